"""Which Aurora version and instance class a source moves to: pure, from what AWS offers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workers.aws.resources import AVAILABLE, EngineVersion
from workers.steps.findings import Blocker

# Only plain versions: `16.4-limitless` and the like are other products.
_PLAIN = re.compile(r"(\d+)\.(\d+)")
_CLASSES_NAMED = 6


@dataclass(frozen=True)
class Choice:
    """The version to make the cluster with, and its parameter groups' family."""

    version: str
    family: str


def choose_version(source_version: str, offered: Iterable[EngineVersion]) -> Choice | Blocker:
    """The lowest offered version that can replicate the source: the smallest change.

    AWS replicates to the same major version, same or higher minor.
    """
    source = _parsed(source_version)
    parsed = ((_parsed(entry.version), entry) for entry in offered if entry.status == AVAILABLE)
    fitting = [
        (version, entry)
        for version, entry in parsed
        if source and version and version[0] == source[0] and version >= source
    ]
    if not fitting:
        return Blocker(
            f"This Region offers no Aurora PostgreSQL that can replicate PostgreSQL "
            f"{source_version}: it takes the same major version, and the same or a higher minor.",
            "Wait until AWS offers one, and keep automatic minor upgrades of the source off.",
        )
    _, chosen = min(fitting, key=lambda pair: pair[0])
    return Choice(chosen.version, chosen.family)


def check_class(
    wanted: str, asked_for: bool, version: str, offered: Iterable[str]
) -> Blocker | None:
    """Whether Aurora of that version can be ordered with this class."""
    classes = sorted(offered)
    if wanted in classes:
        return None
    family = wanted.rpartition(".")[0]
    near = [name for name in classes if name.startswith(family)] or classes
    shown = ", ".join(f"`{name}`" for name in near[:_CLASSES_NAMED]) or "none"
    whose = "asked for" if asked_for else "of the source"
    return Blocker(
        f"The instance class {whose}, `{wanted}`, can't be ordered for Aurora PostgreSQL "
        f"{version} here.",
        f"Cancel, and start again with another class. Offered are, among others: {shown}.",
    )


def _parsed(version: str) -> tuple[int, int] | None:
    found = _PLAIN.fullmatch(version)
    return (int(found[1]), int(found[2])) if found else None
