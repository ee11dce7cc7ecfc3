"""The preflight table's rows of what a way back needs."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from preflight_states import SOURCE, Row, sql
from steps_ground import Ground


@contextmanager
def _without_workers(ground: Ground) -> Iterator[None]:
    """Their number is read when the server starts."""
    _restarted(ground, "SET max_logical_replication_workers = 0")
    try:
        yield
    finally:
        _restarted(ground, "RESET max_logical_replication_workers")


def _restarted(ground: Ground, change: str) -> None:
    with ground.superuser(SOURCE) as connection:
        connection.execute(f"ALTER SYSTEM {change}".encode())
    server = ground.cloud._datacenter.servers[SOURCE]
    server.stop()
    server.start()


@contextmanager
def _tables_elsewhere(ground: Ground) -> Iterator[None]:
    elsewhere = psycopg.conninfo.make_conninfo(
        ground.cloud.superuser_dsn(SOURCE), dbname="postgres"
    )
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute("CREATE TABLE elsewhere (id int PRIMARY KEY)")
        try:
            yield
        finally:
            connection.execute("DROP TABLE elsewhere")


ROWS = (
    Row("way-back-worker", _without_workers, "No worker is free"),
    Row(
        "way-back-origin",
        sql(
            "SELECT count(pg_replication_origin_create('o' || n)) FROM generate_series(1, "
            "current_setting('max_replication_slots')::int) n",
            "SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin",
        ),
        "No replication origin is free",
    ),
    Row("way-back-database", _tables_elsewhere, "`postgres` holds tables"),
    Row(
        "way-back-identity",
        sql(
            "CREATE TABLE bare (v int);; CREATE TABLE late (id int PRIMARY KEY DEFERRABLE);; "
            "CREATE TABLE unique_only (id int NOT NULL UNIQUE);; CREATE TABLE whole (v int);; "
            "ALTER TABLE whole REPLICA IDENTITY FULL",
            "DROP TABLE bare, late, unique_only, whole",
        ),
        "no replica identity: `bare`, `late`, `unique_only`.",
    ),
    Row(
        "way-back-owners",
        sql(
            "CREATE TABLE theirs (id int PRIMARY KEY);; ALTER TABLE theirs OWNER TO reporting",
            "DROP TABLE theirs",
        ),
        "lacks the rights of `reporting`",
    ),
    Row(
        "way-back-policies",
        sql(
            "CREATE TABLE shut (id int PRIMARY KEY);; ALTER TABLE shut FORCE ROW LEVEL SECURITY",
            "DROP TABLE shut",
        ),
        "forced on `shut`",
    ),
    Row(
        "way-back-triggers",
        sql(
            "CREATE TABLE told (id int PRIMARY KEY);; CREATE FUNCTION tell() RETURNS trigger "
            "LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';; CREATE TRIGGER again BEFORE INSERT ON "
            "told FOR EACH ROW EXECUTE FUNCTION tell();; ALTER TABLE told ENABLE ALWAYS TRIGGER "
            "again",
            "DROP TABLE told;; DROP FUNCTION tell()",
        ),
        "`again on told`",
    ),
    Row(
        "way-back-large-objects",
        sql("SELECT lo_create(4711)", "SELECT lo_unlink(4711)"),
        "has large objects",
    ),
)
