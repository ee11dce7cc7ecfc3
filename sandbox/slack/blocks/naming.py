"""Gives blocks and elements the names that an app left out, as Slack does before it shows them."""

import copy
from collections.abc import Iterator
from typing import Any

from sandbox.slack.identifiers import new_name

Json = dict[str, Any]
# elements that only show something
MUTE = frozenset({"image", "plain_text", "mrkdwn"})


def named(blocks: list[Json]) -> list[Json]:
    """A copy of the blocks in which each block has a block_id and each element an action_id."""
    result = copy.deepcopy(blocks)
    for block in result:
        block.setdefault("block_id", new_name())
        for element in elements_of(block):
            element.setdefault("action_id", new_name())
    return result


def elements_of(block: Json) -> Iterator[Json]:
    """The elements of a block that people can act on, in the order in which they see them."""
    if block.get("type") == "input":
        yield block["element"]
    elif block.get("type") == "section" and block.get("accessory", {}).get("type") not in {
        None,
        "image",
    }:
        yield block["accessory"]
    elif block.get("type") in {"actions", "context_actions"}:
        yield from (e for e in block["elements"] if e.get("type") not in MUTE)
    elif block.get("type") == "card":
        yield from block.get("actions", [])
    elif block.get("type") == "carousel":
        for card in block["elements"]:
            yield from card.get("actions", [])


def all_blocks(blocks: list[Json]) -> Iterator[Json]:
    """The blocks, with those inside containers."""
    for block in blocks:
        yield block
        yield from all_blocks(block.get("child_blocks", []))
