"""What stands in one database against moving it, or should be known before."""

from collections.abc import Iterator

from migration.preflight import Level
from workers.postgres import contents, inventory
from workers.preflight.check import Check, Family, Found
from workers.preflight.subject import Subject
from workers.steps.findings import named


def _unlogged(subject: Subject) -> Iterator[Found]:
    unlogged = inventory.unlogged_tables(subject.connection)
    if unlogged:
        yield Found(
            f"Database `{subject.database}` has unlogged tables, which arrive empty: "
            f"{named(unlogged)}."
        )


def _indexes(subject: Subject) -> Iterator[Found]:
    invalid = inventory.invalid_indexes(subject.connection)
    if invalid:
        yield Found(f"Database `{subject.database}` has invalid indexes: {named(invalid)}.")


def _unreadable(subject: Subject) -> Iterator[Found]:
    unreadable = inventory.unreadable_tables(subject.connection)
    if unreadable:
        yield Found(f"Daybreak's role may not read {named(unreadable)} in `{subject.database}`.")


def _cron(subject: Subject) -> Iterator[Found]:
    if "pg_cron" in inventory.extensions(subject.connection):
        yield Found(f"Database `{subject.database}` has pg_cron jobs.")


def _unkeyed(subject: Subject) -> Iterator[Found]:
    unkeyed = contents.tables_without_identity(subject.connection)
    if unkeyed:
        yield Found(
            f"{len(unkeyed)} {'table' if len(unkeyed) == 1 else 'tables'} of `{subject.database}` "
            f"have no primary key and no other replica identity: {named(unkeyed)}."
        )


def _large_objects(subject: Subject) -> Iterator[Found]:
    count = contents.large_objects(subject.connection)
    if count:
        yield Found(f"Database `{subject.database}` has {count} large objects.")


def _foreign_servers(subject: Subject) -> Iterator[Found]:
    found = contents.foreign_servers(subject.connection)
    if found:
        yield Found(f"Database `{subject.database}` reaches out to the servers {named(found)}.")


def _collations(subject: Subject) -> Iterator[Found]:
    found = contents.changed_collations(subject.connection)
    if found:
        yield Found(
            f"Database `{subject.database}` has collations of another version of their library: "
            f"{named(found)}."
        )


def _publications(subject: Subject) -> Iterator[Found]:
    found = contents.publications(subject.connection)
    if found:
        yield Found(f"Database `{subject.database}` publishes: {named(found)}.")


CHECKS = (
    Check(
        "unlogged-tables",
        "No table is unlogged",
        Level.BLOCKER,
        Family.DATABASE,
        "A physical copy has them, but empty.",
        "`ALTER TABLE ... SET LOGGED` them (rewrites and locks the table), or drop them.",
        _unlogged,
        at_gate=True,
    ),
    Check(
        "invalid-indexes",
        "Every index is valid",
        Level.WARNING,
        Family.DATABASE,
        "They cost writes, help no query, and are copied as they are.",
        "`REINDEX INDEX CONCURRENTLY` or drop them.",
        _indexes,
    ),
    Check(
        "readable-tables",
        "Daybreak's role may read every table",
        Level.WARNING,
        Family.DATABASE,
        "Their rows will not be compared.",
        "Grant it `pg_read_all_data` to have them counted.",
        _unreadable,
    ),
    Check(
        "cron-jobs",
        "No job is started by the database itself",
        Level.WARNING,
        Family.DATABASE,
        "Jobs of pg_cron come along: they may run on both sides after the cut-over.",
        "See that they do not.",
        _cron,
    ),
    Check(
        "replica-identity",
        "Every table has a primary key or another replica identity",
        Level.WARNING,
        Family.DATABASE,
        "What is updated or deleted in it can't be replicated back from Aurora.",
        "Give it a primary key, or go without a way back for it.",
        _unkeyed,
    ),
    Check(
        "large-objects",
        "It has no large objects",
        Level.INFORMATION,
        Family.DATABASE,
        "They come along; what changes in them on Aurora can't be replicated back.",
        "Nothing.",
        _large_objects,
    ),
    Check(
        "foreign-servers",
        "It reaches out to no other server",
        Level.WARNING,
        Family.DATABASE,
        "Addresses and passwords come along; whether the target may go there does not.",
        "See that the target's security groups and the other side's rules let it through.",
        _foreign_servers,
    ),
    Check(
        "collation-versions",
        "Its own collations are of the library's present version",
        Level.WARNING,
        Family.DATABASE,
        "Indexes that use them may be out of order already.",
        "Rebuild them, then `ALTER COLLATION ... REFRESH VERSION`.",
        _collations,
    ),
    Check(
        "publications",
        "It publishes nothing",
        Level.INFORMATION,
        Family.DATABASE,
        "Publications come along; their subscribers' slots do not.",
        "Lead subscribers to the cluster, with new slots made before its first write.",
        _publications,
    ),
)
