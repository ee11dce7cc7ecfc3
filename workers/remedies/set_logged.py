"""Sets unlogged tables logged: each is rewritten under a lock that lets nobody else at it."""

from collections.abc import Iterator
from typing import Any

import psycopg

from migration.errors import Permanent
from migration.remedies import SET_LOGGED, Offer, RemedyRun
from migration.steps import Done, Outcome, Wait
from workers.aws.cloudwatch import FREE_STORAGE, Metric
from workers.postgres import inventory, rewriting
from workers.postgres.connect import Connection
from workers.postgres.rewriting import Unlogged
from workers.preflight.subject import Subject
from workers.remedies.locks import told
from workers.remedies.mender import Diary, Mender, listed
from workers.toolbox import Toolbox

MIB = 2**20
# A table is read, written and logged: gp3 has 125 MiB/s at least for all of these together.
BYTES_A_SECOND = 40 * MIB
# The new table beside the old one, and as much of WAL.
ROOM = 3


def _offer(subject: Subject) -> Offer | None:
    found = list(_everywhere(subject))
    on = tuple(
        f"{database}: {table.name} ({table.bytes / MIB:.1f} MiB, about {seconds_for(table):.0f} s)"
        for database, table in found
    )
    tables = [
        {"database": database, "schema": table.schema, "table": table.table}
        for database, table in found
    ]
    longest = max((seconds_for(table) for _, table in found), default=0.0)
    return Offer(SET_LOGGED, on, {"tables": tables}, longest) if found else None


def _everywhere(subject: Subject) -> Iterator[tuple[str, Unlogged]]:
    instance, databases = subject.instance, subject.tools.databases
    with databases.at(instance.id, instance.endpoint) as connection:
        names = [base.name for base in inventory.databases(connection) if base.connectable]
    for name in names:
        with databases.at(instance.id, instance.endpoint, name) as connection:
            for table in rewriting.unlogged(connection):
                yield name, table


def seconds_for(table: Unlogged) -> float:
    """How long the rewrite may lock it, by its size; never told as less than a second."""
    return max(1.0, table.bytes / BYTES_A_SECOND)


def _apply(run: RemedyRun, tools: Toolbox, diary: Diary) -> Outcome:
    """The next of those that were shown and are unlogged still; what it refers to comes first."""
    shown = [_what(one) for one in listed(run.offer.params, "tables")]
    names = dict.fromkeys(str(one["database"]) for one in listed(run.offer.params, "tables"))
    left: dict[str, tuple[str, Unlogged]] = {}
    for database in names:
        with tools.databases.source(run.source, database) as connection:
            for table in rewriting.unlogged(connection):
                left[f"{database}: {table.name}"] = (database, table)
    diary.settle(left.keys())
    due = [left[what] for what in left if what in shown]
    if not due:
        return Done()
    database, table = next((one for one in due if not one[1].refers), due[0])
    _check_bounds(run.source, table, tools)
    with tools.databases.source(run.source, database) as connection:
        _set(connection, database, table, tools.settings.rewrite_seconds, diary)
    return Wait(0.0, f"{database}: {table.name} is logged")


def _what(table: Any) -> str:
    return f"{table['database']}: {table['schema']}.{table['table']}"


def _check_bounds(source: str, table: Unlogged, tools: Toolbox) -> None:
    """Raises Permanent where the rewrite would lock it too long, or fill the disk."""
    most = tools.settings.rewrite_seconds
    by_hand = f"`ALTER TABLE {table.name} SET LOGGED` it yourself when nobody needs it, or drop it."
    if seconds_for(table) > most:
        raise Permanent(
            f"`{table.name}` has {table.bytes / MIB:.0f} MiB: its rewrite would lock everybody out "
            f"for about {seconds_for(table):.0f} s, and {most:g} s (`DAYBREAK_REWRITE_SECONDS`) "
            f"are the most. {by_hand}"
        )
    metric = Metric(FREE_STORAGE, source, "Minimum")
    free = tools.metrics.latest([metric])[metric]
    if free is None or free.value < ROOM * table.bytes:
        seen = "not known" if free is None else f"{free.value / MIB:.0f} MiB"
        raise Permanent(
            f"The rewrite of `{table.name}` needs {ROOM * table.bytes / MIB:.0f} MiB for a while, "
            f"and the free storage of `{source}` is {seen}. Enlarge it first, or {by_hand}"
        )


def _set(
    connection: Connection, database: str, table: Unlogged, seconds: float, diary: Diary
) -> None:
    what = f"{database}: {table.name}"
    diary.intend(what, "unlogged", "logged")
    try:
        with told(connection, table.schema, table.table):
            rewriting.set_logged(connection, table, seconds)
    except psycopg.errors.QueryCanceled as error:
        raise Permanent(
            f"The rewrite of `{table.name}` took longer than {seconds:g} s "
            "(`DAYBREAK_REWRITE_SECONDS`) and was given up: the table is as it was. Do it yourself "
            "when nobody needs it."
        ) from error
    except psycopg.errors.InvalidTableDefinition as error:
        raise Permanent(
            f"`{table.name}` can't be set logged alone: {str(error).strip()}. Look at its foreign "
            "keys; it was left as it is."
        ) from error
    diary.done(what)


MENDER = Mender(SET_LOGGED, _offer, _apply)
