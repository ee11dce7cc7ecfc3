"""What an ALTER TABLE that was refused means for whoever asked for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from migration.errors import Permanent
from workers.postgres import mending
from workers.postgres.connect import Connection
from workers.steps.findings import named


@contextmanager
def told(connection: Connection, schema: str, table: str) -> Iterator[None]:
    """A lock that was not had, a right that is missing: with who has it, and what to do.

    Raises:
        Permanent: nothing was changed by this statement.
    """
    shown = f"`{schema}.{table}`"
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        holding = named(mending.holders(connection, schema, table)) or "somebody who is gone by now"
        raise Permanent(
            f"The lock on {shown} was not had within {mending.LOCK_SECONDS:g} s: it is held by "
            f"{holding}. {shown} was left as it is. Press again when that is over."
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        owner = mending.owner_of(connection, schema, table)
        raise Permanent(
            f"Daybreak's role may not change {shown}, which belongs to `{owner}`. As the master "
            f"user `GRANT {owner} TO` Daybreak's role, or change it yourself."
        ) from error
