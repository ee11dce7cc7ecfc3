"""PgBouncer's admin console: its few commands, each with a limit, over connections kept warm."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from workers.traffic.errors import PoolerUnreachable

# The console answers in well under a millisecond; this long means that nobody is there.
ANSWER_SECONDS = 5.0
# Warm connections kept; each entry being paused needs one of its own.
KEPT = 8

Row = dict[str, Any]
Connection = psycopg.AsyncConnection[Row]


class Waiting(Exception):
    """The pooler still waits for transactions to end."""


class Refused(PoolerUnreachable):
    """PgBouncer answered a command with an error."""


class Console:
    """Commands over the console; a connection that died in the meantime is replaced."""

    def __init__(self, dsn: str) -> None:
        """`dsn` is libpq's, with the client certificate; nothing is opened yet."""
        self._dsn = dsn
        self._idle: list[Connection] = []

    async def warm(self, count: int) -> None:
        """Open connections beforehand, so that no handshake happens while traffic is held."""
        while len(self._idle) < min(count, KEPT):
            self._idle.append(await self._connect())

    async def close(self) -> None:
        """Close what is open."""
        while self._idle:
            await self._idle.pop().close()

    async def rows(self, what: LiteralString) -> list[Row]:
        """The rows of `SHOW <what>`."""
        return await self._run(sql.SQL("SHOW {}").format(sql.SQL(what)))

    async def reload(self) -> None:
        """Read the files again."""
        await self._run(sql.SQL("RELOAD").format())

    async def pool_size(self) -> int:
        """How many server connections a pool may have."""
        rows = await self.rows("CONFIG")
        return next(int(row["value"]) for row in rows if row["key"] == "default_pool_size")

    async def set_pool_size(self, size: int) -> None:
        """Change it in memory; the next RELOAD brings back what pgbouncer.ini says."""
        await self._run(sql.SQL("SET default_pool_size = {}").format(sql.Literal(size)))

    async def resume(self, entry: str) -> None:
        """Let an entry go; one that flows already is left alone."""
        try:
            await self._run(sql.SQL("RESUME {}").format(sql.Identifier(entry)))
        except Refused as error:
            if "is not paused" not in str(error):
                raise

    async def pause(self, entries: Iterable[str], seconds: float) -> None:
        """Hold entries and wait for their transactions to end; raises `Waiting` after `seconds`.

        However it ends, the entries may be left held: undoing is the caller's, on another
        connection, because one whose PAUSE did not return never gets an answer any more.
        """
        pauses = [asyncio.create_task(self._pause(entry, seconds)) for entry in entries]
        outcomes = await asyncio.gather(*pauses, return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        # what is broken matters more than who is slow
        failures.sort(key=lambda failure: isinstance(failure, Waiting))
        if failures:
            raise failures[0]

    async def _pause(self, entry: str, seconds: float) -> None:
        command = sql.SQL("PAUSE {}").format(sql.Identifier(entry))
        async with self._connection() as connection:
            try:
                await self._answer(connection, command, seconds)
            except TimeoutError:
                raise Waiting from None

    async def _run(self, command: sql.Composed) -> list[Row]:
        async with self._connection() as connection:
            try:
                return await self._answer(connection, command, ANSWER_SECONDS)
            except TimeoutError:
                raise PoolerUnreachable(
                    f"PgBouncer's console did not answer within {ANSWER_SECONDS:g} s."
                ) from None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """A live connection, given back unless something went wrong on it."""
        connection = await self._take()
        try:
            yield connection
        except psycopg.Error as error:
            await connection.close()
            if error.sqlstate:
                raise Refused(f"PgBouncer refused a command: {error}") from error
            raise PoolerUnreachable(f"The connection to PgBouncer broke: {error}") from error
        except BaseException:
            await connection.close()
            raise
        if len(self._idle) < KEPT:
            self._idle.append(connection)
        else:
            await connection.close()

    async def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if _is_alive(connection):
                return connection
            await connection.close()
        return await self._connect()

    async def _connect(self) -> Connection:
        try:
            return await asyncio.wait_for(
                psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, prepare_threshold=None, row_factory=dict_row
                ),
                ANSWER_SECONDS,
            )
        except (TimeoutError, psycopg.Error) as error:
            raise PoolerUnreachable(
                f"PgBouncer's console cannot be reached: {str(error).strip() or 'no answer'}"
            ) from error

    @staticmethod
    async def _answer(connection: Connection, command: sql.Composed, seconds: float) -> list[Row]:
        """Run it without parameters, which keeps to the simple protocol, all the console speaks."""
        task = asyncio.create_task(_execute(connection, command))
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        finally:
            if not task.done():
                # psycopg would send a cancel request, and wait for an answer that never comes
                _hang_up(connection)
                with suppress(psycopg.Error):
                    await task
        if not done:
            raise TimeoutError
        return task.result()


async def _execute(connection: Connection, command: sql.Composed) -> list[Row]:
    cursor = await connection.execute(command)
    return await cursor.fetchall() if cursor.description else []


def _is_alive(connection: Connection) -> bool:
    """Whether the other side has not hung up: an idle connection has nothing to read."""
    if connection.closed:
        return False
    with _socket_of(connection) as link:
        link.setblocking(False)
        try:
            link.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
    return False


def _hang_up(connection: Connection) -> None:
    with suppress(OSError), _socket_of(connection) as link:
        link.shutdown(socket.SHUT_RDWR)


def _socket_of(connection: Connection) -> socket.socket:
    return socket.socket(fileno=os.dup(connection.fileno()))
