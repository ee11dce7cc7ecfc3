"""Slack's markup as plain words for a terminal."""

import re
from collections.abc import Mapping

from sandbox.slack.cast import Cast

REFERENCE = re.compile(r"<([@#!]|https?://)?([^>|]*)(?:\|([^>]*))?>")
EMPHASIS = re.compile(r"[*`]")
ESCAPES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def names_of(cast: Cast) -> dict[str, str]:
    """What stands for the ids of people, groups and channels."""
    people = {member.id: f"@{member.handle}" for member in (*cast.members, cast.bot)}
    groups = {group.id: f"@{group.handle}" for group in cast.groups}
    return people | groups | {room.id: f"#{room.name}" for room in cast.rooms}


def plain(text: str, names: Mapping[str, str]) -> str:
    """Text without markup: names for ids, fallbacks for dates, words for links."""

    def shown(found: re.Match[str]) -> str:
        kind, what, words = found.groups()
        if words:
            return str(words)
        if kind == "!":
            return names.get(what.rpartition("^")[2], f"@{what}")
        return names.get(what, what) if kind in {"@", "#"} else f"{kind or ''}{what}"

    said = EMPHASIS.sub("", REFERENCE.sub(shown, text))
    for escape, character in ESCAPES.items():
        said = said.replace(escape, character)
    return said
