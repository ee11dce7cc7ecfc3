"""The options of the wizard's menus, within what Slack shows."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.messages.text import Block, duration, plain
from migration.identifiers import is_identifier
from migration.ports import Inventory, Source

MOST = 100
TEXT = 75

#: Carried by an option that only explains: no instance and no class is called so.
NOTHING = "-"
# Tags that tell people whose it is come first in what little room there is.
TELLING = ("team", "owner", "service", "environment", "env", "name")
CLASS = re.compile(r"db\.[a-z0-9-]{1,20}\.[a-z0-9]{1,20}")

#: What `ack` takes: `options` or `option_groups`.
Suggestions = dict[str, Any]


def option(value: str, text: str = "", description: str = "") -> Block:
    """One choice; the text is the value if nothing else is said."""
    made: Block = {"text": _plain(text or value), "value": value}
    return {**made, "description": _plain(description)} if description else made


def _plain(text: str) -> Block:
    # An emoji counts twice where Slack counts, and tags may be full of them.
    short = plain(text, TEXT)
    while _units(short) > TEXT:
        short = plain(short, len(short) - 1)
    return {"type": "plain_text", "text": short}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def source_option(source: Source, busy: Mapping[str, str]) -> Block:
    """An instance: its name, and below it what it is, or why it can't be chosen."""
    if source.identifier in busy:
        about = f"being moved already by {busy[source.identifier]}"
    elif source.obstacle:
        about = f"can't be moved: {source.obstacle}"
    else:
        facts = (f"PostgreSQL {source.engine_version}", source.instance_class, *_tags(source))
        about = ", ".join(fact for fact in facts if fact)
    return option(source.identifier, description=about.replace("`", ""))


def _tags(source: Source) -> list[str]:
    tags = {key.lower(): value for key, value in source.tags.items()}
    return [tags[name] for name in TELLING if tags.get(name)]


def sources(
    found: Sequence[Source],
    near: Sequence[Source],
    typed: str,
    inventory: Inventory | None,
    busy: Mapping[str, str],
    now: float,
) -> Suggestions:
    """The instances that fit; where none does, why, and a way to go on all the same."""
    if found:
        return _listed([source_option(source, busy) for source in found[:MOST]], len(found))
    name = plain(typed, TEXT).lower()
    known = _known(inventory, now)
    typed_so = option(name, description=f"as you typed it; {known}")
    if not is_identifier(name):
        typed_so = option(NOTHING, "Nothing fits" if name else "Nothing to choose", known)
    if not near:
        return {"options": [typed_so]}
    likely = [source_option(source, busy) for source in near]
    return {
        "option_groups": [_group("Not in the list", [typed_so]), _group("Near it", likely)],
    }


def _known(inventory: Inventory | None, now: float) -> str:
    if inventory is None:
        return "the list has not been read from AWS yet"
    count = len(inventory.sources)
    listed = f"{count} {'instance' if count == 1 else 'instances'}"
    return f"not among the {listed} that AWS listed {age(inventory, now)} ago"


def age(inventory: Inventory, now: float) -> str:
    """How old the list is."""
    return duration(max(0, round(now - inventory.at)))


def classes(found: Sequence[str], offered: Sequence[str], typed: str) -> Suggestions:
    """The classes that fit; while it is not known what is offered, what was typed if it is one."""
    if found:
        return _listed([option(name) for name in found[:MOST]], len(found))
    name = plain(typed, TEXT).lower()
    if offered:
        return {"options": [option(NOTHING, "Nothing fits", f"{len(offered)} can be ordered here")]}
    unread = "what AWS can order is not known for this source"
    if CLASS.fullmatch(name):
        return {"options": [option(name, description=f"as you typed it; {unread}")]}
    return {"options": [option(NOTHING, "Type it in full, like db.r6g.large", unread)]}


def unavailable(words: str) -> Suggestions:
    """One that says why there are none."""
    return {"options": [option(NOTHING, "Nothing to choose from now", words)]}


def _listed(options: Sequence[Block], count: int) -> Suggestions:
    """All of them, or the first with a heading that says how many there are."""
    if count <= len(options):
        return {"options": list(options)}
    heading = f"The first {len(options)} of {count}; type more to see the others"
    return {"option_groups": [_group(heading, options)]}


def _group(label: str, options: Sequence[Block]) -> Block:
    return {"label": _plain(label), "options": list(options)}
