"""The look at an audit's lines: whether they hold each other, and what is missing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from migration.audit.canonical import HASH, NOTHING, digest
from migration.audit.chain import ENDINGS
from migration.audit.head import FORMAT
from migration.canonical import canonical


@dataclass(frozen=True)
class Broken:
    """The first line that does not hold, counted from 1, and why."""

    line: int
    why: str


@dataclass(frozen=True)
class Verdict:
    """What the lines are worth."""

    migration: str
    events: int
    #: Of them, those that were recorded after the end.
    after_seal: int
    #: The hash of the last line that holds.
    last: str
    #: How the migration ended; empty without a seal.
    ended: str
    #: Every hash that the chain came through.
    hashes: frozenset[str]
    broken: Broken | None = None
    #: What is not there at the end; empty when nothing is missing.
    missing: str = ""


class _Wrong(Exception):
    """This line does not hold; the message says why."""


@dataclass
class _Reader:
    """What was read so far."""

    previous: str = NOTHING
    migration: str = ""
    events: int = 0
    #: How the migration ended, by its last event: a seal comes next.
    ending: str = ""
    ended: str = ""
    sealed_at: int = 0
    hashes: set[str] = field(default_factory=set)

    def read(self, text: str) -> None:
        """The next line; raises _Wrong."""
        line = _parsed(text)
        match line.get("line"):
            case "head":
                self._check_head(line)
            case _ if not self.migration:
                raise _Wrong("the first line is missing, which says what migration it is")
            case "event":
                self._check_event(line)
            case "seal":
                self._check_seal(line)
            case other:
                raise _Wrong(f"it is no line of an audit: {other!r}")
        if digest(self.previous, line) != line[HASH]:
            raise _Wrong(
                "its hash does not fit what it says and what stands before it: it was changed"
            )
        self._take(line)

    def _check_head(self, line: dict[str, Any]) -> None:
        if self.migration:
            raise _Wrong("another audit begins here")
        if line.get("format") != FORMAT:
            raise _Wrong(f"its format is {line.get('format')!r}, and {FORMAT} is known here")

    def _check_event(self, line: dict[str, Any]) -> None:
        wanted, number = self.events + 1, line.get("number")
        if not isinstance(number, int) or number != wanted:
            raise _Wrong(
                f"it is event {number!r} where event {wanted} has to be: one was removed, or they "
                "stand in another order"
            )
        if self.ending and not self.ended:
            raise _Wrong("the migration is over, and the seal is missing before this line")

    def _check_seal(self, line: dict[str, Any]) -> None:
        if self.ended:
            raise _Wrong("it is a second seal")
        if line.get("events") != self.events:
            raise _Wrong(f"it seals {line.get('events')!r} events, and {self.events} stand before")
        if line.get("head") != self.previous or line.get("ended") != self.ending:
            raise _Wrong("it is the seal of another story")

    def _take(self, line: dict[str, Any]) -> None:
        self.previous = line[HASH]
        self.hashes.add(self.previous)
        match line["line"]:
            case "head":
                self.migration = str(line.get("migration"))
            case "event":
                self.events += 1
                self.ending = self.ending or ENDINGS.get(_kind(line), "")
            case _:
                self.ended, self.sealed_at = str(line["ended"]), self.events


def verify(lines: Sequence[str]) -> Verdict:
    """Look at the lines of one audit, without their line feeds; stops at the first that breaks."""
    reader, broken = _Reader(), None
    for number, text in enumerate(lines, start=1):
        try:
            reader.read(text)
        except _Wrong as wrong:
            broken = Broken(number, str(wrong))
            break
    return Verdict(
        migration=reader.migration,
        events=reader.events,
        after_seal=reader.events - reader.sealed_at if reader.ended else 0,
        last=reader.previous,
        ended=reader.ended,
        hashes=frozenset(reader.hashes),
        broken=broken,
        missing="" if broken else _missing(reader),
    )


def _missing(reader: _Reader) -> str:
    if not reader.migration:
        return "everything: there is no line"
    if reader.ended:
        return ""
    if reader.ending:
        return f"the seal after event {reader.events}, with which the migration ended"
    return (
        f"the end: there is no seal, and what comes after event {reader.events} is not known. It "
        "was made while the migration was under way, or its end was cut off"
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        raise _Wrong("it is no JSON: it was changed, or cut off") from None
    if not isinstance(line, dict) or not isinstance(line.get(HASH), str):
        raise _Wrong("it is no line of an audit: it has no hash")
    if canonical(line) != text:
        raise _Wrong("it is not written as Daybreak writes it: it was changed")
    return line


def _kind(line: dict[str, Any]) -> str:
    event = line.get("event")
    return str(event.get("kind")) if isinstance(event, dict) else ""
