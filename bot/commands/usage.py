"""`/migrate help`, and the answer to what is no sub-command: what comes nearest to it."""

import difflib

from bot.commands.named import found_by_id
from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers, start_options

HELP = frozenset({"help", "--help", "-h", "?", "-?"})


def usage(edge: Edge, request: Request) -> None:
    """What can be typed; after something unknown, what was probably meant."""
    # Names are copied from where they stand between backticks.
    typed = request.typed.replace("`", "")
    if typed.lower() in HELP and request.argument.strip().lower() == "start":
        request.answer(start_options.options())
    elif not typed or typed.lower() in HELP:
        request.answer(answers.usage())
    else:
        meant = _meant(edge, typed.lower(), request.argument.replace("`", ""))
        request.answer(answers.unknown(typed, meant))


def _meant(edge: Edge, typed: str, argument: str) -> str:
    """What to type instead, without `/migrate`; empty when nothing comes near."""
    exactly = _of_a_name(edge, typed)
    if exactly:
        return exactly
    inventory = edge.store.inventory()
    names = [source.identifier for source in inventory.sources] if inventory else []
    likely = difflib.get_close_matches(typed, names, n=1)
    near = difflib.get_close_matches(typed, answers.SUBCOMMANDS, n=1, cutoff=0.5)
    if near and (not likely or _alike(typed, near[0]) >= _alike(typed, likely[0])):
        return f"{near[0]} {argument}".strip()
    return _of_a_name(edge, likely[0]) if likely else ""


def _alike(typed: str, known: str) -> float:
    """From 0 to 1, as `difflib` compares."""
    return difflib.SequenceMatcher(None, known, typed).ratio()


def _of_a_name(edge: Edge, name: str) -> str:
    """Of an instance: to start it, or how it stands; of a migration: how it stands."""
    for migration in edge.store.under_way():
        if name in {migration.id, migration.source}:
            return f"status {migration.id}"
    inventory = edge.store.inventory()
    if inventory and inventory.source(name):
        return f"start {name}"
    ended = found_by_id(edge, name)
    return f"status {ended.id}" if ended else ""
