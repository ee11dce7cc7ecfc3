"""What an examination of the installation finds: one line each, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

#: Who answers for what the bot can't see itself.
WORKER = "worker"
CHANNEL_WORKER = "channel worker"


class Level(IntEnum):
    """How bad it is; the worst of all is the exit code of `python -m bot doctor`."""

    GOOD = 0
    WARNING = 1
    FAILURE = 2


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and the remedy where something is wrong."""

    name: str
    level: Level
    detail: str
    remedy: str = ""


def good(name: str, detail: str) -> Finding:
    """It is as it has to be."""
    return Finding(name, Level.GOOD, detail)


def warning(name: str, detail: str, remedy: str) -> Finding:
    """Daybreak works, and somebody should look."""
    return Finding(name, Level.WARNING, detail, remedy)


def failure(name: str, detail: str, remedy: str) -> Finding:
    """Something that Daybreak needs does not work."""
    return Finding(name, Level.FAILURE, detail, remedy)


def worst(findings: Iterable[Finding]) -> Level:
    """The worst of them; nothing looked at is nothing wrong."""
    return max((finding.level for finding in findings), default=Level.GOOD)
