"""Gives tables a replica identity: an index that names their rows, else all of each row."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from migration.errors import Permanent
from migration.remedies import REPLICA_IDENTITY, Change, Offer, RemedyRun
from migration.steps import Done, Outcome, Wait
from workers.postgres import inventory, mending
from workers.postgres.connect import Connection
from workers.postgres.mending import DEFAULT, FULL, USING_INDEX, Bare
from workers.preflight.subject import Subject
from workers.remedies.locks import told
from workers.remedies.mender import Diary, Mender, listed
from workers.toolbox import Toolbox

_WORDS = {FULL: "FULL", DEFAULT: "DEFAULT", "n": "NOTHING"}


def _offer(subject: Subject) -> Offer | None:
    tables = [
        {"database": database, **asdict(table), "to": table.index}
        for database, found in _everywhere(subject)
        for table in found
    ]
    on = tuple(
        f"{one['database']}: {one['schema']}.{one['table']} "
        f"({_words(USING_INDEX if one['to'] else FULL, str(one['to']))})"
        for one in tables
    )
    return Offer(REPLICA_IDENTITY, on, {"tables": tables}) if tables else None


def _everywhere(subject: Subject) -> Iterator[tuple[str, list[Bare]]]:
    instance, databases = subject.instance, subject.tools.databases
    with databases.at(instance.id, instance.endpoint) as connection:
        names = [base.name for base in inventory.databases(connection) if base.connectable]
    for name in names:
        with databases.at(instance.id, instance.endpoint, name) as connection:
            yield name, mending.bare_tables(connection)


def _words(letter: str, index: str) -> str:
    return f"index {index}" if letter == USING_INDEX else _WORDS.get(letter, letter)


def _apply(run: RemedyRun, tools: Toolbox, diary: Diary) -> Outcome:
    """The next table of those that were shown and are still without an identity."""
    shown = {_what(one): one for one in listed(run.offer.params, "tables")}
    left: list[tuple[str, Bare]] = []
    for database in dict.fromkeys(str(one["database"]) for one in shown.values()):
        with tools.databases.source(run.source, database) as connection:
            left += [(database, bare) for bare in mending.bare_tables(connection)]
    due = {f"{database}: {bare.schema}.{bare.table}": (database, bare) for database, bare in left}
    diary.settle(due.keys())
    for what, (database, bare) in due.items():
        if what in shown:
            _see_as_shown(what, str(shown[what].get("to", "")), bare.index)
            with tools.databases.source(run.source, database) as connection:
                _give(connection, what, database, bare, diary)
            return Wait(0.0, f"{what} has its replica identity")
    return Done()


def _see_as_shown(what: str, index: str, now: str) -> None:
    """Raises Permanent where it would get another identity than the person was shown."""
    if index != now:
        was, would = (_words(USING_INDEX if one else FULL, one) for one in (index, now))
        raise Permanent(
            f"{what} would get {would} by now, and {was} was shown. Look at the source again, and "
            "press the button that is shown then."
        )


def _what(table: Any) -> str:
    return f"{table['database']}: {table['schema']}.{table['table']}"


def _give(connection: Connection, what: str, database: str, bare: Bare, diary: Diary) -> None:
    letter = USING_INDEX if bare.index else FULL
    diary.intend(
        what,
        _words(bare.identity, ""),
        _words(letter, bare.index),
        database=database,
        schema=bare.schema,
        table=bare.table,
        was=bare.identity,
        letter=letter,
        index=bare.index,
    )
    with told(connection, bare.schema, bare.table):
        mending.set_identity(connection, bare.schema, bare.table, letter, bare.index)
    diary.done(what)


MENDER = Mender(REPLICA_IDENTITY, _offer, _apply)


def set_back(change: Change, source: str, tools: Toolbox, intend: Callable[[], None]) -> str | None:
    """Give a table back the identity that it had: empty once it has it, else why it keeps ours.

    None: it never had ours, or is gone. Nobody else's choice is undone, and a table that is
    published keeps what its updates need. `intend` is called before the act.
    """
    told_of = change.details
    database, schema = str(told_of["database"]), str(told_of["schema"])
    table, letter = str(told_of["table"]), str(told_of["letter"])
    ours = (letter, str(told_of["index"]) if letter == USING_INDEX else "")
    shown = f"`{database}: {schema}.{table}`"
    with tools.databases.source(source, database) as connection:
        now = mending.identity_of(connection, schema, table)
        if now is None or (now[0] == told_of["was"] and not change.done):
            return None
        if now[0] == told_of["was"]:
            # By a worker that died after it.
            return ""
        if now != ours:
            return f"{shown} has another replica identity by now, and keeps it"
        publications = mending.publications_of(connection, schema, table)
        if publications:
            return f"{shown} keeps {change.after}: `{publications[0]}` publishes it"
        intend()
        with told(connection, schema, table):
            # An index of before that named no rows any more is not gone back to.
            was = "n" if told_of["was"] == "n" else DEFAULT
            mending.set_identity(connection, schema, table, was, "")
    return ""
