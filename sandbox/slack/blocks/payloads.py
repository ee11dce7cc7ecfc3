"""Checks whole payloads: the blocks of a message together, and views."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.slack.blocks.checks import Problems, array, boolean, by_type, choice, fields, string
from sandbox.slack.blocks.layout import MAXIMUM_BLOCKS, METADATA, SURFACES
from sandbox.slack.blocks.texts import plain
from sandbox.slack.errors import Problem, SlackError

MARKDOWN_TOTAL = 12_000
CHARTS_A_MESSAGE = 2
TABLES_A_MESSAGE = 1
VIEW_BYTES = 250_000
# Undocumented: 12,000 characters over all blocks, with something added for each block.
TEXT_TOTAL = 12_000
TEXT_FOR_A_BLOCK = 20


def blocks_problems(blocks: Any, surface: str, at: str = "/blocks") -> Problems:
    """Everything that is wrong with the blocks of a message, a modal or a home tab."""
    problems: Problems = []
    if not isinstance(blocks, list):
        return [Problem(at, "must provide an array")]
    array(by_type(SURFACES[surface]), MAXIMUM_BLOCKS[surface], 0)(blocks, at, problems)
    named = [(f"{at}/{index}", block) for index, block in enumerate(blocks)]
    known = [(where, block) for where, block in named if isinstance(block, dict)]
    problems += _repeated_names(known)
    if surface == "message":
        problems += _totals(known, at)
    return problems


def _repeated_names(blocks: list[tuple[str, dict[str, Any]]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for where, block in blocks:
        name = block.get("block_id")
        if isinstance(name, str) and name in seen:
            yield Problem(f"{where}/block_id", f"`block_id` {name} already exists")
        elif isinstance(name, str):
            seen.add(name)


def _totals(blocks: list[tuple[str, dict[str, Any]]], at: str) -> Iterator[Problem]:
    """The limits that hold for a message as a whole."""
    kinds = [block.get("type") for _, block in blocks]
    for kind, maximum in (("table", TABLES_A_MESSAGE), ("data_visualization", CHARTS_A_MESSAGE)):
        if kinds.count(kind) > maximum:
            yield Problem(at, f"no more than {maximum} blocks of type {kind} allowed")
    written = sum(len(str(b.get("text"))) for _, b in blocks if b.get("type") == "markdown")
    if written > MARKDOWN_TOTAL:
        yield Problem(at, f"markdown must be less than {MARKDOWN_TOTAL + 1} characters in total")
    for where, block in blocks:
        if block.get("type") == "task_card" and block.get("status") == "pending":
            yield Problem(f"{where}/status", "a standalone task_card may not be pending")
    if "plan" in kinds and "task_card" in kinds:
        yield Problem(at, "must not provide both plan and task_card")


def check_message(blocks: Any, metadata: Any = None) -> None:
    """Refuse blocks or metadata that Slack would refuse."""
    problems = blocks_problems(blocks, "message") if blocks else []
    if blocks is not None and not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if problems:
        raise SlackError("invalid_blocks", problems)
    if blocks and _letters(blocks) + TEXT_FOR_A_BLOCK * len(blocks) > TEXT_TOTAL:
        raise SlackError("msg_blocks_too_long")
    if metadata:
        found: Problems = []
        METADATA(metadata, "/metadata", found)
        if found:
            raise SlackError("metadata_must_be_sent_as_json_object", found)


def _letters(part: Any) -> int:
    if isinstance(part, list):
        return sum(_letters(entry) for entry in part)
    if not isinstance(part, dict):
        return 0
    own = part.get("text")
    here = len(own) if isinstance(own, str) else 0
    return here + sum(_letters(entry) for entry in part.values())


_TITLES = {"title": plain(24), "submit": plain(24), "close": plain(24)}
_VIEW = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_CHECKED_APART = {"blocks": lambda _value, _at, _problems: None}
_SHAPES = {
    "modal": fields(
        {"type": choice("modal"), "title": _TITLES["title"], **_CHECKED_APART},
        {
            **_TITLES,
            **_VIEW,
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
    ),
    "home": fields({"type": choice("home"), **_CHECKED_APART}, _VIEW),
}


def view_problems(view: Any, kind: str) -> Problems:
    """Everything that is wrong with a view that is to be a modal or a home tab."""
    problems: Problems = []
    by_type({kind: _SHAPES[kind]})(view, "/view", problems)
    if not isinstance(view, dict) or "blocks" not in view:
        return problems
    blocks = view["blocks"]
    problems += blocks_problems(blocks, kind, "/view/blocks")
    if kind == "modal" and isinstance(blocks, list) and not view.get("submit"):
        asks = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
        if asks:
            problems.append(Problem("/view", "missing required field: submit"))
    return problems


def check_view(view: Any, kind: str) -> None:
    """Refuse a view that Slack would refuse."""
    if len(json.dumps(view)) > VIEW_BYTES:
        raise SlackError("view_too_large")
    problems = view_problems(view, kind)
    if problems:
        raise SlackError("invalid_arguments", problems)
