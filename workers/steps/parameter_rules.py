"""What becomes of each of a source's parameters on the target, and why: pure.

A parameter that instances have goes to the instance's group, because there it always wins; what
only clusters have goes to the cluster's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from workers.aws.parameters import Parameter
from workers.postgres.inventory import STANDBY_SETTINGS
from workers.steps.findings import Blocker

# Tuned for a server with an operating system's cache and files of its own: on Aurora these values
# make it slower, or mean something else.
_SIZED_FOR_RDS = {
    "shared_buffers": "Aurora has no operating system's cache and needs far more; its own default "
    "stands",
    "effective_cache_size": "sized for RDS's memory; Aurora's own default stands",
    "huge_pages": "decided by Aurora",
    "effective_io_concurrency": "about RDS's disks; Aurora's own default stands",
    "maintenance_io_concurrency": "about RDS's disks; Aurora's own default stands",
}
_NOT_THERE = "Aurora has no such one"
LOGICAL = "rds.logical_replication"
PRELOADED = "shared_preload_libraries"
EXTENSIONS = "rds.extensions"
_OWN_LOG_PREFIXES = ("archive_", "bgwriter_", "checkpoint_", "recovery_", "wal_")
_OWN_LOG = {"max_wal_size", "min_wal_size", "full_page_writes", "fsync", "max_slot_wal_keep_size"}


class Verdict(StrEnum):
    """What becomes of a parameter; in the order in which people want to read them."""

    #: Set higher than the source's group or Aurora says: a standby needs it.
    RAISED = "raised"
    #: Nobody set it on the source: the plan needs it.
    ADDED = "added"
    DROPPED = "dropped"
    #: Somebody set it, and Aurora's own value is better.
    KEPT = "Aurora's own kept"
    RENAMED = "renamed"
    COPIED = "copied"
    #: Nobody set it, and Aurora's own value is another one than RDS's.
    DIFFERS = "defaults differ"


_SET = frozenset({Verdict.RAISED, Verdict.ADDED, Verdict.RENAMED, Verdict.COPIED})
CLUSTER, INSTANCE = "cluster", "instance"


@dataclass(frozen=True)
class Row:
    """One parameter: its value here and there as AWS writes it, empty where there is none."""

    name: str
    verdict: Verdict
    source: str
    target: str
    reason: str
    #: Which of the target's groups it is set in; empty where it is not set.
    level: str = ""
    #: Its name there, where that is another one.
    renamed: str = ""
    static: bool = False


@dataclass(frozen=True)
class Families:
    """The defaults of Aurora's two families, by the parameters' names."""

    instance: Mapping[str, Parameter]
    cluster: Mapping[str, Parameter]

    def find(self, name: str) -> Parameter | None:
        """The parameter of that name, or of the same name in other letters."""
        for family in (self.instance, self.cluster):
            if name in family:
                return family[name]
        folded = name.lower()
        for family in (self.instance, self.cluster):
            for other, parameter in family.items():
                if other.lower() == folded:
                    return parameter
        return None

    def level(self, parameter: Parameter) -> str:
        """Which group it is set in."""
        return INSTANCE if parameter.name in self.instance else CLUSTER


@dataclass(frozen=True)
class Wanted:
    """What the target has to be fit for, besides what the source's group says."""

    #: The standby settings as they are in force on the source; empty where nobody could look.
    in_force: Mapping[str, str]
    #: Both are of one class: the same formula comes to the same number.
    same_class: bool
    #: Why the target needs logical replication; empty where it does not.
    logical: str = ""


def decide(source: Mapping[str, Parameter], families: Families, wanted: Wanted) -> list[Row]:
    """A row for each parameter that is set, left out, or another one on Aurora by itself."""
    found = [
        row
        for name in sorted(source)
        for row in _rows(source[name], families, wanted)
        if name != EXTENSIONS
    ]
    if wanted.logical:
        found = [row for row in found if row.name != LOGICAL or row.target == "1"]
        if all(row.name != LOGICAL for row in found):
            own = source.get(LOGICAL)
            said = own.value or "" if own else ""
            found.append(
                Row(LOGICAL, Verdict.ADDED, said, "1", wanted.logical, CLUSTER, static=True)
            )
    order = list(Verdict)
    return sorted(found, key=lambda row: (order.index(row.verdict), row.name))


def to_set(rows: Sequence[Row], level: str) -> dict[str, Parameter]:
    """What is set in one of the groups, by the name that it has there."""
    return {
        name: Parameter(name, row.target, "user", modifiable=True, static=row.static)
        for row in rows
        if row.level == level and row.verdict in _SET
        for name in (row.renamed or row.name,)
    }


def refused(rows: Sequence[Row]) -> list[Blocker]:
    """What can't be left out: without it the replica stops, or the copy lacks a library.

    Where Aurora's family does not list one at all, the replica itself tells what is in force there.
    """
    return [
        Blocker(
            f"`{row.name}` is {row.source} on the source, and {row.reason}.",
            "Set it on the source to a value that Aurora takes, and reboot it.",
        )
        for row in rows
        if row.verdict is Verdict.DROPPED
        and row.reason != _NOT_THERE
        and row.name in {*STANDBY_SETTINGS, PRELOADED}
    ]


def _rows(own: Parameter, families: Families, wanted: Wanted) -> Iterator[Row]:
    there = families.find(own.name)
    if own.name in STANDBY_SETTINGS and there is not None:
        yield from _for_a_standby(own, there, families, wanted)
    elif own.source == "user":
        yield _of_somebody(own, there, families)
    elif there is not None and _differ(own, there):
        reason = "nobody set it; Aurora's own stands"
        yield Row(own.name, Verdict.DIFFERS, own.value or "", there.value or "", reason)


def _differ(own: Parameter, there: Parameter) -> bool:
    return own.value is not None and there.value is not None and own.value != there.value


def _of_somebody(own: Parameter, there: Parameter | None, families: Families) -> Row:
    value = own.value or ""
    if there is None:
        own_log = own.name.startswith(_OWN_LOG_PREFIXES) or own.name in _OWN_LOG
        reason = "Aurora writes its log in its own way" if own_log else _NOT_THERE
        return Row(own.name, Verdict.DROPPED, value, "", reason)
    if own.name in _SIZED_FOR_RDS:
        return Row(own.name, Verdict.KEPT, value, there.value or "", _SIZED_FOR_RDS[own.name])
    if not there.modifiable:
        return Row(own.name, Verdict.DROPPED, value, there.value or "", "it is fixed by Aurora")
    wrong = _not_taken(value, there)
    if wrong:
        return Row(own.name, Verdict.DROPPED, value, there.value or "", wrong)
    return _set(own, there, families, value, "")


def _set(own: Parameter, there: Parameter, families: Families, value: str, reason: str) -> Row:
    level = families.level(there)
    renamed = there.name if there.name != own.name else ""
    verdict = Verdict.RENAMED if renamed else Verdict.COPIED
    said = f"it is called {there.name} there" if renamed else reason or "somebody set it"
    return Row(own.name, verdict, own.value or "", value, said, level, renamed, there.static)


def _for_a_standby(
    own: Parameter, there: Parameter, families: Families, wanted: Wanted
) -> Iterator[Row]:
    """Copied or left alone, but never less than what is in force on the source.

    PostgreSQL stops replay on a standby that has less.
    """
    needed = _number(wanted.in_force.get(own.name)) or _number(own.value)
    as_it_was = _of_somebody(own, there, families) if own.source == "user" else None
    got = as_it_was.target if as_it_was else there.value
    if needed is None or not _may_be_less(own, got, needed, wanted):
        if as_it_was:
            yield as_it_was
        elif _differ(own, there):
            reason = "nobody set it; Aurora's own is enough for a standby"
            yield Row(own.name, Verdict.DIFFERS, own.value or "", there.value or "", reason)
        return
    value = str(needed)
    wrong = "it is fixed by Aurora" if not there.modifiable else _not_taken(value, there)
    if wrong:
        reason = f"a standby needs {value}, but {wrong}"
        yield Row(own.name, Verdict.DROPPED, own.value or value, there.value or "", reason)
        return
    reason = f"{value} is in force on the source, and a standby with less stops"
    level = families.level(there)
    yield Row(own.name, Verdict.RAISED, own.value or "", value, reason, level, static=there.static)


def _may_be_less(own: Parameter, got: str | None, needed: int, wanted: Wanted) -> bool:
    """Whether this value on the target may come to less than what is needed."""
    number = _number(got)
    if number is not None:
        return number < needed
    # A formula, or nothing that AWS would tell.
    return not (wanted.same_class and got is not None and got == own.value)


def _number(value: str | None) -> int | None:
    try:
        return int(value) if value is not None else None
    except ValueError:
        return None


def _not_taken(value: str, there: Parameter) -> str:
    """Why Aurora would not take the value, by what AWS says that it takes."""
    allowed = there.allowed
    if not allowed or "{" in value:
        return ""
    if _is_range(allowed):
        return "" if _in_ranges(value, allowed) else f"Aurora takes {allowed} only"
    choices = {choice.strip() for choice in allowed.split(",")}
    items = library_names(value) if there.listed else [value]
    missing = [item for item in items if item not in choices]
    return f"Aurora does not take {', '.join(missing)}" if missing else ""


def _is_range(allowed: str) -> bool:
    return all(_bounds(part) is not None for part in allowed.split(","))


def _bounds(part: str) -> tuple[float, float] | None:
    """`0-100`, `-1-2147483647`, `0.0-1.0` or one number; None for a word."""
    try:
        return float(part), float(part)
    except ValueError:
        pass
    low, _, high = part.strip().rpartition("-")
    if low.endswith("-"):
        low, high = low[:-1], f"-{high}"
    try:
        return float(low), float(high)
    except ValueError:
        return None


def _in_ranges(value: str, allowed: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    bounds = filter(None, map(_bounds, allowed.split(",")))
    return any(low <= number <= high for low, high in bounds)


def library_names(value: str) -> list[str]:
    """The items of a list as AWS and PostgreSQL write it."""
    return [item.strip().strip('"') for item in value.split(",") if item.strip().strip('"')]
