"""The preflight table's rows inside the server and its databases."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from preflight_states import SOURCE, Row, as_it_is, session, sql
from steps_ground import Ground

from workers.postgres import fence

SLEEPY = "ALTER SYSTEM SET autovacuum_naptime = 2000000;; SELECT pg_reload_conf()"
AWAKE = "ALTER SYSTEM RESET autovacuum_naptime;; SELECT pg_reload_conf()"
SERVER = (
    "CREATE EXTENSION postgres_fdw;; CREATE SERVER warehouse FOREIGN DATA WRAPPER postgres_fdw",
    "DROP EXTENSION postgres_fdw CASCADE",
)


@contextmanager
def _forgotten(ground: Ground) -> Iterator[None]:
    with session(ground, "app") as connection:
        connection.execute("SELECT pg_sleep(0.01)")
        yield


@contextmanager
def _shared_role(ground: Ground) -> Iterator[None]:
    with session(ground, "daybreak", application_name="reports"):
        yield


@contextmanager
def _fenced(ground: Ground) -> Iterator[None]:
    with ground.tools.databases.source(SOURCE) as connection:
        fence.prepare(connection, "orders-old")
        connection.execute("UPDATE daybreak.fence SET state = 'fenced'")
        try:
            yield
        finally:
            connection.execute("DROP SCHEMA daybreak CASCADE")


@contextmanager
def _read_slot(ground: Ground) -> Iterator[None]:
    """A slot is active while somebody streams from it, here by the provider's own role."""
    with (
        ground.superuser(SOURCE) as plain,
        psycopg.connect(
            ground.cloud.superuser_dsn(SOURCE),
            autocommit=True,
            application_name="feed",
        ) as reader,
    ):
        # a session that makes a temporary slot has it active until it ends
        reader.execute("SELECT pg_create_logical_replication_slot('feed', 'pgoutput', true)")
        yield
        plain.execute("SELECT 1")


@contextmanager
def _busy_senders(ground: Ground) -> Iterator[None]:
    with ExitStack() as stack:
        with ground.superuser(SOURCE) as connection:
            found = connection.execute("SHOW max_wal_senders").fetchone()
        assert found is not None
        dsn = ground.cloud.superuser_dsn(SOURCE)
        for _ in range(int(found[0])):
            sender = psycopg.connect(dsn, replication="database", autocommit=True)
            stack.callback(sender.close)
        yield


ROWS = (
    Row("prepared-transactions", as_it_is, "`settlement-4711 (app, app)`", source="legacy"),
    Row(
        "forgotten-transactions",
        _forgotten,
        "A transaction of `app`",
        settings={"forgotten_transaction_seconds": 0.001},
    ),
    Row(
        "unread-logical-slots",
        sql(
            "SELECT pg_create_logical_replication_slot('feed', 'pgoutput')",
            "SELECT pg_drop_replication_slot('feed')",
        ),
        "Nobody reads the logical replication slot `feed` in `app`",
    ),
    Row(
        "unused-physical-slots",
        sql(
            "SELECT pg_create_physical_replication_slot('spare', true)",
            "SELECT pg_drop_replication_slot('spare')",
        ),
        "physical replication slot `spare`",
    ),
    Row("logical-slots", _read_slot, "`feed` (pgoutput, `app`) is read by feed ("),
    Row(
        "subscriptions",
        sql(
            "CREATE SUBSCRIPTION feed CONNECTION 'dbname=none' PUBLICATION p "
            "WITH (connect = false)",
            "ALTER SUBSCRIPTION feed SET (slot_name = NONE);; DROP SUBSCRIPTION feed",
        ),
        "`app.feed`",
    ),
    Row(
        "free-slot",
        sql(
            "SELECT count(pg_create_physical_replication_slot('s' || n)) FROM generate_series(1, "
            "current_setting('max_replication_slots')::int) n",
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
        ),
        "replication slots are taken",
    ),
    Row("free-sender", _busy_senders, "WAL senders are busy"),
    Row(
        "slots-unbounded",
        sql(
            "ALTER SYSTEM SET max_slot_wal_keep_size = '5GB';; SELECT pg_reload_conf()",
            "ALTER SYSTEM RESET max_slot_wal_keep_size;; SELECT pg_reload_conf()",
        ),
        "`max_slot_wal_keep_size` is 5120 MB",
    ),
    Row(
        "collations",
        sql(
            "UPDATE pg_database SET datcollversion = '0' WHERE datname = 'app'",
            "UPDATE pg_database SET datcollversion = pg_database_collation_actual_version(oid) "
            "WHERE datname = 'app'",
        ),
        "has changed under `app`",
    ),
    Row(
        "invalid-databases",
        sql(
            "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'postgres'",
            "UPDATE pg_database SET datconnlimit = -1 WHERE datname = 'postgres'",
        ),
        "`postgres` are left over",
    ),
    Row(
        "databases-open",
        sql(
            "ALTER DATABASE postgres ALLOW_CONNECTIONS false",
            "ALTER DATABASE postgres ALLOW_CONNECTIONS true",
        ),
        "`postgres` take no connections",
    ),
    Row(
        "wraparound",
        sql(
            "UPDATE pg_database SET datfrozenxid = ((pg_current_xact_id()::text::bigint "
            "+ 4294967296 - 1700000000) % 4294967296)::text::xid WHERE datname = 'postgres'",
            "UPDATE pg_database SET datfrozenxid = (SELECT datfrozenxid FROM pg_database WHERE "
            f"datname = 'app') WHERE datname = 'postgres';; {AWAKE}",
            SLEEPY,
        ),
        "has not been frozen for 1,7",
    ),
    Row(
        "autovacuum",
        sql(
            "ALTER SYSTEM SET autovacuum = off;; SELECT pg_reload_conf()",
            "ALTER SYSTEM RESET autovacuum;; SELECT pg_reload_conf()",
        ),
        "`autovacuum` is off",
    ),
    Row(
        "tablespaces",
        sql(
            "SET allow_in_place_tablespaces = on;; CREATE TABLESPACE fast LOCATION ''",
            "DROP TABLESPACE fast",
        ),
        "`fast`",
    ),
    Row(
        "role-membership",
        sql("REVOKE rds_superuser FROM daybreak", "GRANT rds_superuser TO daybreak"),
        "not in `rds_superuser`",
    ),
    Row(
        "role-createrole",
        sql("ALTER ROLE daybreak NOCREATEROLE", "ALTER ROLE daybreak CREATEROLE"),
        "no CREATEROLE",
    ),
    Row(
        "superusers",
        sql("ALTER ROLE app SUPERUSER", "ALTER ROLE app NOSUPERUSER"),
        "can't be kept out: `app`",
    ),
    Row(
        "logins",
        sql("ALTER ROLE app REPLICATION", "ALTER ROLE app NOREPLICATION"),
        "take the login from `app`",
    ),
    Row(
        "own-schema",
        sql("CREATE SCHEMA daybreak AUTHORIZATION reporting", "DROP SCHEMA daybreak"),
        "belongs to `reporting`",
    ),
    Row("no-fence", _fenced, "`fenced` by `orders-old`"),
    Row("role-alone", _shared_role, "reports from"),
    Row(
        "unlogged-tables",
        sql("CREATE UNLOGGED TABLE volatile (id int PRIMARY KEY)", "DROP TABLE volatile"),
        "`volatile`",
    ),
    Row(
        "invalid-indexes",
        sql(
            "CREATE TABLE broken (id int PRIMARY KEY);; UPDATE pg_index SET indisvalid = false "
            "WHERE indexrelid = 'broken_pkey'::regclass",
            "DROP TABLE broken",
        ),
        "`broken_pkey`",
    ),
    Row(
        "readable-tables",
        sql(
            "CREATE SCHEMA hidden;; CREATE TABLE hidden.secret (id int PRIMARY KEY);; "
            "REVOKE pg_read_all_data FROM daybreak;; REVOKE pg_read_all_data FROM rds_superuser",
            "DROP SCHEMA hidden CASCADE;; GRANT pg_read_all_data TO daybreak;; "
            "GRANT pg_read_all_data TO rds_superuser WITH ADMIN OPTION",
        ),
        "`hidden.secret`",
    ),
    Row(
        "extensions",
        sql(
            "UPDATE pg_extension SET extname = 'rds_tools' WHERE extname = 'pgcrypto'",
            "UPDATE pg_extension SET extname = 'pgcrypto' WHERE extname = 'rds_tools'",
        ),
        "`rds_tools`",
    ),
    Row(
        "cron-jobs",
        sql(
            "UPDATE pg_extension SET extname = 'pg_cron' WHERE extname = 'pgcrypto'",
            "UPDATE pg_extension SET extname = 'pgcrypto' WHERE extname = 'pg_cron'",
        ),
        "pg_cron jobs",
    ),
    Row(
        "replica-identity",
        sql("CREATE TABLE heap (id int)", "DROP TABLE heap"),
        "1 table of `app` have no primary key and no other replica identity: `heap`",
    ),
    Row(
        "large-objects",
        sql("SELECT lo_create(4711)", "SELECT lo_unlink(4711)"),
        "`app` has 1 large objects",
    ),
    Row("foreign-servers", sql(*SERVER), "`warehouse`"),
    Row(
        "collation-versions",
        sql(
            "CREATE COLLATION stale (locale = 'C');; "
            "UPDATE pg_collation SET collversion = '0' WHERE collname = 'stale'",
            "DROP COLLATION stale",
        ),
        "`stale`",
    ),
    Row(
        "publications",
        sql("CREATE PUBLICATION changes", "DROP PUBLICATION changes"),
        "publishes: `changes`",
    ),
)
