"""What stands against a step: blockers with their remedies, all named at once."""

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


class Blocked(Permanent):
    """The source can't be moved as it is."""

    def __init__(self, opening: str, blockers: Sequence[Blocker]) -> None:
        """Name every blocker, so that one round of mending is enough."""
        self.blockers = tuple(blockers)
        lines = [f"{opening} Mend this, then retry:", *(f"• {blocker}" for blocker in blockers)]
        super().__init__("\n".join(lines))


def named(names: Iterable[str]) -> str:
    """Some names in code style, and how many more there are."""
    everything = list(names)
    shown = ", ".join(f"`{name}`" for name in everything[:_NAMED])
    more = len(everything) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
