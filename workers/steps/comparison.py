"""Source against target: what has to be the same, what may differ, and what counts can prove.

Counts at one comparable point: the source is counted, then the target once it has replayed
everything that this count could see, then the source again. The target's count is of a moment
between the two. A table that did not change meanwhile has to agree exactly; one that did has to
lie between its two counts. Only a table that gained and lost rows at once can lie outside though
all is well, and then the next look settles it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workers.postgres import counts, fingerprint, inventory, replication
from workers.postgres.connect import Connection
from workers.steps.findings import named

# RDS and Aurora load libraries of their own besides, and not the same ones.
_PROVIDERS_LIBRARIES = ("rds", "aurora")
# What an application would notice, or an operator be surprised by.
NOTICED_SETTINGS = (
    "DateStyle",
    "IntervalStyle",
    "TimeZone",
    "bytea_output",
    "client_encoding",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "extra_float_digits",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "lc_messages",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "log_min_duration_statement",
    "password_encryption",
    "random_page_cost",
    "row_security",
    "search_path",
    "server_encoding",
    "session_replication_role",
    "shared_preload_libraries",
    "standard_conforming_strings",
    "synchronous_commit",
    "wal_level",
    "work_mem",
    "xmloption",
)


@dataclass
class Differences:
    """What was found; `passing` may be gone at the next look, `lasting` will not."""

    lasting: list[str] = field(default_factory=list)
    passing: list[str] = field(default_factory=list)
    settings: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceView:
    """The source's side of one database, taken before the target's."""

    choice: counts.Choice
    #: The source's WAL position that covers all that was seen.
    position: str
    rows: Mapping[str, int]
    sequences: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Compared:
    """How much was compared in one database."""

    objects: int
    tables_exact: int
    tables_between: int
    rows: int
    sequences: int
    not_counted: tuple[str, ...]
    #: Name, version on both sides, and the version that the target would install by itself.
    extensions: tuple[tuple[str, str, str], ...] = ()


def view(source: Connection) -> SourceView:
    """Count the source, and note its sequences."""
    choice = counts.choose(source)
    with counts.snapshot(source):
        sequences = fingerprint.sequences(source)
        # After the snapshot was taken: every commit that it shows lies before this position.
        position = replication.position(source)
        return SourceView(choice, position, counts.count(source, choice.counted), sequences)


def compare_servers(source: Connection, target: Connection, found: Differences) -> None:
    """Roles, databases and settings."""
    for what, here, there in (
        ("role", fingerprint.roles(source), fingerprint.roles(target)),
        ("database", fingerprint.databases(source), fingerprint.databases(target)),
    ):
        found.passing.extend(_differing(what, here, there))
    here_settings, there_settings = inventory.settings(source), inventory.settings(target)
    for name in inventory.STANDBY_SETTINGS:
        wanted, got = here_settings.get(name), there_settings.get(name)
        if wanted and (got is None or int(got.value) < int(wanted.value)):
            found.lasting.append(
                f"`{name}` is {got.value if got else 'missing'} on the target and {wanted.value} "
                "on the source: the replica would stop replaying. Raise it in the target's "
                "parameter group and reboot the replica."
            )
    found.lasting.extend(
        f"The source preloads {name}, and the target does not: set `shared_preload_libraries` in "
        "the target's cluster parameter group and reboot the replica."
        for name in not_preloaded(source, target)
    )
    for name in NOTICED_SETTINGS:
        pair = [
            entry.value if entry else "missing"
            for entry in (here_settings.get(name), there_settings.get(name))
        ]
        if pair[0] != pair[1]:
            found.settings[name] = pair


def compare_databases(
    name: str, before: SourceView, source: Connection, target: Connection, found: Differences
) -> Compared:
    """One database; `before` was taken on the source, and the target has replayed it since."""
    objects = _compare_objects(name, source, target, found)
    extensions = _compare_extensions(name, source, target, found)
    with counts.snapshot(target):
        there = counts.count(target, before.choice.counted)
        there_sequences = fingerprint.sequences(target)
    with counts.snapshot(source):
        after = counts.count(source, before.choice.counted)
    exact = 0
    for table, first in before.rows.items():
        low, high = sorted((first, after[table]))
        if low == high == there[table]:
            exact += 1
        elif not low <= there[table] <= high:
            found.passing.append(
                f"`{name}`: table {table} has {there[table]} rows on the target, and had {first} "
                f"before and {after[table]} after on the source"
            )
    for sequence, (last, step) in before.sequences.items():
        got = there_sequences.get(sequence)
        if got is None or (got[0] - last) * step < 0:
            found.passing.append(
                f"`{name}`: sequence {sequence} is at {got[0] if got else 'nothing'} on the "
                f"target, behind the source's {last}"
            )
    return Compared(
        objects=objects,
        tables_exact=exact,
        tables_between=len(before.rows) - exact,
        rows=sum(there.values()),
        sequences=len(before.sequences),
        not_counted=before.choice.left_out,
        extensions=extensions,
    )


def _compare_objects(name: str, source: Connection, target: Connection, found: Differences) -> int:
    here, there = fingerprint.schema(source), fingerprint.schema(target)
    found.passing.extend(f"`{name}`: {words}" for words in _differing("", here, there))
    return len(here)


def _compare_extensions(
    name: str, source: Connection, target: Connection, found: Differences
) -> tuple[tuple[str, str, str], ...]:
    here = inventory.extensions(source)
    found.passing.extend(
        f"`{name}`: {words}"
        for words in _differing("extension", here, inventory.extensions(target))
    )
    found.lasting.extend(without_files(name, here, inventory.available_extensions(target)))
    by_itself = inventory.default_extensions(target)
    return tuple((one, version, by_itself.get(one, "")) for one, version in here.items())


def without_files(
    database: str, used: Mapping[str, str], available: set[tuple[str, str]]
) -> Iterator[str]:
    """Extensions of a database that the target has in its catalogue only."""
    for extension, version in used.items():
        if (extension, version) not in available:
            offers = sorted(other for name, other in available if name == extension)
            yield (
                f"`{database}` uses the extension {extension} {version}, and the target has no "
                f"files for it{f', only {named(offers)}' if offers else ''}. Update it on the "
                "source to a version that Aurora has, or drop it."
            )


def not_preloaded(source: Connection, target: Connection) -> tuple[str, ...]:
    """Libraries that the source preloads and the target does not; the provider's own aside."""
    here, there = inventory.preloaded(source), inventory.preloaded(target)
    return tuple(
        name for name in here if name not in there and not name.startswith(_PROVIDERS_LIBRARIES)
    )


def _differing(what: str, here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    words = f"{what} " if what else ""
    return [
        *(f"{words}{name} is missing on the target" for name in sorted(here.keys() - there)),
        *(f"{words}{name} is on the target only" for name in sorted(there.keys() - here)),
        *(
            f"{words}{name} differs on the target"
            for name in sorted(here.keys() & there)
            if here[name] != there[name]
        ),
    ]
