"""Source against target: what has to be the same, what may differ, and what counts can prove.

Counts at one comparable point: the source is counted, then the target once it has replayed
everything that this count could see, then the source again. The target's count is of a moment
between the two. A table that did not change meanwhile has to agree exactly; one that did has to
lie between its two counts. Only a table that gained and lost rows at once can lie outside though
all is well, and then the next look settles it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workers.postgres import counts, fingerprint, inventory, replication
from workers.postgres.connect import Connection

# PostgreSQL stops replay on a standby that has less of these than its source.
STANDBY_SETTINGS = (
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_wal_senders",
    "max_worker_processes",
)
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
    for name in STANDBY_SETTINGS:
        wanted, got = here_settings.get(name), there_settings.get(name)
        if wanted and (got is None or int(got.value) < int(wanted.value)):
            found.lasting.append(
                f"`{name}` is {got.value if got else 'missing'} on the target and {wanted.value} "
                "on the source: the replica would stop replaying. Raise it in the target's "
                "parameter group and reboot the replica."
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
    _compare_extensions(name, source, target, found)
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
    )


def _compare_objects(name: str, source: Connection, target: Connection, found: Differences) -> int:
    here, there = fingerprint.schema(source), fingerprint.schema(target)
    found.passing.extend(f"`{name}`: {words}" for words in _differing("", here, there))
    return len(here)


def _compare_extensions(
    name: str, source: Connection, target: Connection, found: Differences
) -> None:
    here = inventory.extensions(source)
    found.passing.extend(
        f"`{name}`: {words}"
        for words in _differing("extension", here, inventory.extensions(target))
    )
    available = inventory.available_extensions(target)
    for extension, version in here.items():
        if (extension, version) not in available:
            found.lasting.append(
                f"`{name}` uses the extension {extension} {version}, and the target has no files "
                "for it. Update it on the source to a version that Aurora has, or drop it."
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
