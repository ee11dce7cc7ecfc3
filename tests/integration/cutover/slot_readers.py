"""Readers of logical slots: one that streams and confirms as it reads, and plain looks by SQL."""

import re
import select
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from cutover_ground import SOURCE, Client, Ground, eventually

PLUGIN = "test_decoding"
LOOK_SECONDS = 0.05
# A consumer writes down what it got before it confirms that; a session that is ended at once has
# not confirmed the end of the log.
CONFIRMING_SECONDS = 0.15
INSERTED = re.compile(r"table public\.seen: INSERT: client\[bigint\]:(\d+) number\[bigint\]:(\d+)")
Writes = set[tuple[int, int]]


def make_slot(ground: Ground, name: str, database: str = "app") -> None:
    """On the source, as the provider."""
    dsn = psycopg.conninfo.make_conninfo(ground.cloud.superuser_dsn(SOURCE), dbname=database)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_create_logical_replication_slot(%s, %s)", [name, PLUGIN])


def look(ground: Ground, instance: str, slot: str) -> Writes:
    """The writes that the slot there still has for its consumer."""
    with psycopg.connect(ground.cloud.superuser_dsn(instance), autocommit=True) as connection:
        found = connection.execute(
            "SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL)", [slot]
        ).fetchall()
    return writes_in("\n".join(data for (data,) in found))


def writes_in(text: str) -> Writes:
    """Client and number of each."""
    return {(int(client), int(number)) for client, number in INSERTED.findall(text)}


def written(ground: Ground, instance: str, clients: list[Client]) -> Writes:
    """What the clients wrote, as that server has it."""
    return {(id(one), number) for one in clients for number in ground.numbers_on(instance, one)}


class Reader:
    """A consumer that streams a slot; unless it is lazy it confirms what it got, a moment later."""

    def __init__(self, connection: psycopg.Connection[Any], slot: str, *, lazy: bool) -> None:
        self.read: list[str] = []
        self._lazy = lazy
        #: When to confirm up to where, oldest first.
        self._due: list[tuple[float, int]] = []
        self._stream = connection.pgconn
        self._stream.exec_(f"START_REPLICATION SLOT {slot} LOGICAL 0/0".encode())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def writes(self) -> Writes:
        """What it has got."""
        return writes_in("\n".join(self.read))

    def _run(self) -> None:
        """Look, and wait for more outside of libpq: a wait in there would hold up all threads."""
        while True:
            try:
                self._confirm()
                length, data = self._stream.get_copy_data(1)
                if length == 0:
                    select.select([self._stream.socket], [], [], LOOK_SECONDS)
                    self._stream.consume_input()
                    continue
            except psycopg.Error:
                return
            if length < 0:
                return
            self._take(bytes(data))

    def _take(self, message: bytes) -> None:
        changes = message[:1] == b"w"
        if changes:
            self.read.append(message[25:].decode())
        if not self._lazy:
            # Of changes where they begin, of keep-alives the end of all that was sent.
            (end,) = struct.unpack("!Q", message[1:9])
            self._due.append((time.monotonic() + CONFIRMING_SECONDS, end))

    def _confirm(self) -> None:
        now = time.monotonic()
        ends = [end for when, end in self._due if when <= now]
        if ends:
            self._due = self._due[len(ends) :]
            end = max(ends)
            self._stream.put_copy_data(struct.pack("!cQQQQB", b"r", end, end, end, 0, 0))
            self._stream.flush()

    def ended(self) -> bool:
        """Whether the server has put an end to it."""
        return not self._thread.is_alive()


@contextmanager
def reading(ground: Ground, slot: str, *, lazy: bool = False) -> Iterator[Reader]:
    """Somebody streams it under a role of its own, named like the slot."""
    with psycopg.connect(ground.cloud.superuser_dsn(SOURCE), autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE {slot} LOGIN REPLICATION PASSWORD 'reader'".encode())
        dsn = psycopg.conninfo.make_conninfo(
            ground.direct_dsn, user=slot, password="reader", application_name=f"{slot}-connector"
        )
        with closing(psycopg.connect(dsn, replication="database", autocommit=True)) as connection:
            reader = Reader(connection, slot, lazy=lazy)
            # RDS gives the right by membership, which keeps nobody from taking the login away.
            superuser.execute(f"ALTER ROLE {slot} NOREPLICATION".encode())
            active = f"SELECT active FROM pg_replication_slots WHERE slot_name = '{slot}'"
            eventually(lambda: ground.scalar(SOURCE, active) is True, "its session")
            yield reader
