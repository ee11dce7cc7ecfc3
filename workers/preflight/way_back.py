"""What a way back needs of a source: it blocks, warns or tells, as the plan wants one."""

from collections.abc import Iterator

from migration.model import WayBack
from migration.preflight import Level
from workers.postgres import way_back_needs
from workers.postgres.connect import value
from workers.preflight.check import Check, Family, Found
from workers.preflight.subject import Subject
from workers.steps.findings import named

LEVELS = {
    WayBack.NONE: Level.INFORMATION,
    WayBack.IF_POSSIBLE: Level.WARNING,
    WayBack.REQUIRED: Level.BLOCKER,
}


def _found(subject: Subject, what: str) -> Found:
    return Found(what, level=LEVELS[subject.options.way_back])


def _is_home(subject: Subject) -> bool:
    """Whether it is the database that Daybreak's secret names: its fence is there."""
    return subject.database == subject.tools.secrets.login(subject.instance.id).dbname


def _workers(subject: Subject) -> Iterator[Found]:
    if way_back_needs.free_workers(subject.connection) < 1:
        yield _found(subject, "No worker is free that could apply the target's changes.")


def _origins(subject: Subject) -> Iterator[Found]:
    if way_back_needs.free_origins(subject.connection) < 1:
        yield _found(subject, "No replication origin is free, in which is noted what was applied.")


def _one_database(subject: Subject) -> Iterator[Found]:
    if not _is_home(subject) and way_back_needs.holds_tables(subject.connection):
        yield _found(subject, f"Database `{subject.database}` holds tables, too.")


def _identity(subject: Subject) -> Iterator[Found]:
    bare = way_back_needs.tables_without_identity(subject.connection)
    if bare and _is_home(subject):
        yield _found(
            subject, f"Tables in `{subject.database}` have no replica identity: {named(bare)}."
        )


def _owners(subject: Subject) -> Iterator[Found]:
    owners = way_back_needs.owners_not_ours(subject.connection)
    if owners and _is_home(subject):
        yield _found(
            subject,
            f"Daybreak's role lacks the rights of {named(owners)}, who own tables in "
            f"`{subject.database}`.",
        )


def _policies(subject: Subject) -> Iterator[Found]:
    forced = way_back_needs.tables_with_forced_policies(subject.connection)
    if forced and _is_home(subject):
        yield _found(subject, f"Row security is forced on {named(forced)}.")


def _triggers(subject: Subject) -> Iterator[Found]:
    fired = way_back_needs.triggers_fired_again(subject.connection)
    if fired and _is_home(subject):
        yield _found(subject, f"Triggers fire for applied changes as well: {named(fired)}.")


def _large_objects(subject: Subject) -> Iterator[Found]:
    if _is_home(subject) and way_back_needs.has_large_objects(subject.connection):
        yield _found(subject, f"Database `{subject.database}` has large objects.")


CHECKS = (
    Check(
        "way-back-worker",
        "A worker is free that could apply what is written to the target",
        Level.BLOCKER,
        Family.SERVER,
        "The way back is a subscription of the source.",
        "Raise `max_logical_replication_workers` and `max_worker_processes`, and reboot.",
        _workers,
        at_gate=True,
    ),
    Check(
        "way-back-origin",
        "A replication origin is free",
        Level.BLOCKER,
        Family.SERVER,
        "A subscription notes in it how far it is.",
        "Raise `max_replication_slots` and reboot.",
        _origins,
        at_gate=True,
    ),
    Check(
        "way-back-database",
        "All tables are in the database that Daybreak's secret names",
        Level.BLOCKER,
        Family.DATABASE,
        "A way back covers that one alone.",
        "Move the tables, or go without a way back.",
        _one_database,
        at_gate=True,
    ),
    Check(
        "way-back-identity",
        "Every table could be published",
        Level.BLOCKER,
        Family.DATABASE,
        "Once a table is published, UPDATE and DELETE of rows that can't be named are refused.",
        "Give it a primary key, or `ALTER TABLE ... REPLICA IDENTITY FULL`, which writes more WAL "
        "and reads the whole table for each row that goes back.",
        _identity,
        at_gate=True,
    ),
    Check(
        "way-back-owners",
        "Daybreak's role has the rights of all who own tables",
        Level.BLOCKER,
        Family.DATABASE,
        "Changes are applied with its rights.",
        "As the master user `GRANT` it each of these roles.",
        _owners,
        at_gate=True,
    ),
    Check(
        "way-back-policies",
        "Row security is forced on no table",
        Level.BLOCKER,
        Family.DATABASE,
        "Nothing is applied to a table whose row security binds its owner.",
        "`ALTER TABLE ... NO FORCE ROW LEVEL SECURITY`.",
        _policies,
        at_gate=True,
    ),
    Check(
        "way-back-triggers",
        "No trigger fires for changes that are applied",
        Level.BLOCKER,
        Family.DATABASE,
        "What it does has been done on the target already, and is applied as well.",
        "`ALTER TABLE ... ENABLE TRIGGER` without ALWAYS or REPLICA.",
        _triggers,
        at_gate=True,
    ),
    Check(
        "way-back-large-objects",
        "What changes on the target can all be carried back",
        Level.BLOCKER,
        Family.DATABASE,
        "Large objects are no part of logical replication.",
        "Move them into columns of type `bytea`.",
        _large_objects,
        at_gate=True,
    ),
)


def of_target(subject: Subject) -> Iterator[str]:
    """What the replica lacks to keep a way back once it is promoted."""
    if value(subject.connection, "SELECT current_setting('wal_level')") != "logical":
        yield (
            "the target's `wal_level` is not `logical`: its cluster parameter group needs "
            "`rds.logical_replication = 1`, and its instance a reboot"
        )
    room = value(
        subject.connection,
        "SELECT current_setting('max_replication_slots')::int > "
        "(SELECT count(*) FROM pg_replication_slots) AND "
        "current_setting('max_wal_senders')::int > (SELECT count(*) FROM pg_stat_replication)",
    )
    if not room:
        yield "the target has no replication slot or WAL sender free"
