"""The roles of a new server: the provider's, as on RDS, and the customer's, as the seed says."""

import re
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from sandbox.aws.privileges import allow_logical_replication
from sandbox.aws.seed import InstanceSeed, Roles
from sandbox.servers.postgres import REPLICATION_ROLE, SUPERUSER, PostgresServer

DAYBREAK_ROLE_SQL = Path(__file__).parents[2] / "docs" / "daybreak-role.sql"
_VARIABLE = re.compile(r""":'(?P<literal>\w+)'|:"(?P<identifier>\w+)\"""")
_GROUPS = ("rds_superuser", "rds_replication", "rds_password", "rds_iam", "rds_ad")
_FIRST_WITH_CHECKPOINT_ROLE = 15
_FIRST_WITH_ADMIN_OPTION_RULES = 16

Connection = psycopg.Connection[tuple[Any, ...]]


def bootstrap(server: PostgresServer, master: str, password: str, database: str | None) -> None:
    """What RDS has made before a customer logs in for the first time."""
    major = int(server.program.version.partition(".")[0])
    allow_logical_replication(server)
    with server.connect() as connection:
        for group in _GROUPS:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(group)))
        rights = "pg_monitor, pg_signal_backend, rds_replication, rds_password"
        if major >= _FIRST_WITH_CHECKPOINT_ROLE:
            rights += ", pg_checkpoint"
        connection.execute(f"GRANT {rights} TO rds_superuser WITH ADMIN OPTION")
        connection.execute(f"CREATE ROLE {REPLICATION_ROLE} LOGIN REPLICATION")
        connection.execute("CREATE DATABASE rdsadmin")
        connection.execute("REVOKE ALL ON DATABASE rdsadmin FROM PUBLIC")
        name = sql.Identifier(master)
        connection.execute(
            sql.SQL(
                "CREATE ROLE {} LOGIN CREATEROLE CREATEDB VALID UNTIL 'infinity' PASSWORD {}"
            ).format(name, sql.Literal(password))
        )
        connection.execute(sql.SQL("GRANT rds_superuser TO {} WITH ADMIN OPTION").format(name))
        if major >= _FIRST_WITH_ADMIN_OPTION_RULES:
            # From 16 on CREATEROLE alone grants nothing, and RDS gives its master user this.
            connection.execute(
                sql.SQL("GRANT pg_read_all_data TO {} WITH ADMIN OPTION").format(name)
            )
        connection.execute(sql.SQL("ALTER DATABASE postgres OWNER TO {}").format(name))
        if database is not None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), name)
            )


def run_script(connection: Connection, path: Path, variables: dict[str, str]) -> None:
    """Run a file written for psql, with `:'name'` and `:"name"` put in safely."""
    text, parts, position = path.read_text(), list[sql.Composable](), 0
    for found in _VARIABLE.finditer(text):
        parts.append(sql.SQL(text[position : found.start()]))
        literal, identifier = found["literal"], found["identifier"]
        if literal is not None:
            parts.append(sql.Literal(variables[literal]))
        else:
            parts.append(sql.Identifier(variables[identifier]))
        position = found.end()
    parts.append(sql.SQL(text[position:]))
    connection.execute(sql.Composed(parts))


def _as(connection: Connection, role: str) -> None:
    connection.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(role)))


def _quick(server: PostgresServer, database: str) -> Connection:
    """A superuser session whose commits do not wait for the disk, one by one."""
    connection = server.connect(database)
    connection.execute("SET synchronous_commit = off")
    return connection


def seed_roles(
    server: PostgresServer, roles: Roles, instance: InstanceSeed, passwords: dict[str, str]
) -> None:
    """The customer's roles and database, made by the master user, and the seed's oddities."""
    with _quick(server, "postgres") as connection:
        _as(connection, roles.master)
        _customer_roles(connection, roles, passwords)
    with _quick(server, roles.database) as connection:
        for extension in instance.extensions:
            # As the provider: RDS lets its master user do this, PostgreSQL not for all of them.
            connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
        _as(connection, roles.master)
        run_script(
            connection,
            DAYBREAK_ROLE_SQL,
            {"password": passwords[roles.daybreak], "database": roles.database},
        )
        connection.execute("RESET SESSION AUTHORIZATION")
        # What `rds_replication` gives its members on RDS: PostgreSQL asks for the attribute.
        daybreak = sql.Identifier(roles.daybreak)
        connection.execute(sql.SQL("ALTER ROLE {} REPLICATION").format(daybreak))
        _as(connection, roles.master)
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                sql.Identifier(roles.database), sql.Identifier(roles.reporting)
            )
        )
    for statement in instance.sql:
        with _quick(server, roles.database) as connection:
            if statement.role != SUPERUSER:
                _as(connection, statement.role)
            connection.execute(statement.run)
    with server.connect() as connection:
        # A transaction that waits for its flush takes everything before it along.
        connection.execute("SELECT txid_current()")


def _customer_roles(connection: Connection, roles: Roles, passwords: dict[str, str]) -> None:
    owner, application = sql.Identifier(roles.owner), sql.Identifier(roles.application)
    master = sql.Identifier(roles.master)
    connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(owner))
    connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(roles.retired)))
    for role in (roles.application, roles.reporting):
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(passwords[role])
            )
        )
    connection.execute(sql.SQL("GRANT {} TO {}, {}").format(owner, application, master))
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(roles.database), owner)
    )
