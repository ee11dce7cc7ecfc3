"""What a look at a source brings to light: blockers with their remedies, and warnings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migration.errors import Permanent

# In one message, of a list that may be long.
_NAMED = 5


@dataclass(frozen=True)
class Blocker:
    """Something that has to be mended before the migration can go on."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}"


@dataclass(frozen=True)
class Caution:
    """Something that people should know, and that stops nothing."""

    what: str

    def __str__(self) -> str:
        return self.what


Finding = Blocker | Caution


class Blocked(Permanent):
    """The source can't be moved as it is."""

    def __init__(self, opening: str, blockers: Sequence[Blocker]) -> None:
        """Name every blocker, so that one round of mending is enough."""
        self.blockers = tuple(blockers)
        lines = [f"{opening} Mend this, then retry:", *(f"• {blocker}" for blocker in blockers)]
        super().__init__("\n".join(lines))


def blockers_of(findings: Iterable[Finding]) -> list[Blocker]:
    """Only what blocks."""
    return [finding for finding in findings if isinstance(finding, Blocker)]


def warnings_of(findings: Iterable[Finding]) -> list[str]:
    """The words of what does not."""
    return [finding.what for finding in findings if not isinstance(finding, Blocker)]


def named(names: Iterable[str]) -> str:
    """Some names in code style, and how many more there are."""
    everything = list(names)
    shown = ", ".join(f"`{name}`" for name in everything[:_NAMED])
    more = len(everything) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
