"""Closed-loop clients that move money between accounts and write down every answer they get."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from sandbox.workload.records import Journal, Outcome, Record

# A client that just failed comes back after this: long enough not to fill the disk with errors.
PAUSE_AFTER_ERROR = 0.05
# How long a stop waits for transactions under way: more than a cut-over may hold them.
STOP_SECONDS = 20.0
FEWEST_LINES = 2
MOST_LINES = 4
DEBIT = "UPDATE accounts SET balance = balance - %s, changed_at = now() WHERE id = %s"
CREDIT = "UPDATE accounts SET balance = balance + %s, changed_at = now() WHERE id = %s"
# The identifiers come from the table's sequence, one for each row.
LEDGER = {
    lines: "INSERT INTO ledger (client, seq, line, account, delta) VALUES "
    + ", ".join(["(%s, %s, %s, %s, %s)"] * lines)
    for lines in range(FEWEST_LINES, MOST_LINES + 1)
}


class NotCommittedError(Exception):
    """The server answered COMMIT with something else than COMMIT."""


class GivenUpError(Exception):
    """Nobody waits for this transaction any longer; its COMMIT must not be sent."""


class Writer:
    """One client with one connection; it never repeats a transaction."""

    def __init__(
        self, client: int, dsn: str, accounts: int, take: Callable[[Record], None], relaxed: bool
    ) -> None:
        """Make a client.

        Args:
            client: its number, unique among all that ever wrote to this ledger.
            dsn: where it connects to.
            accounts: the accounts are numbered from 1 to this.
            take: what takes its records.
            relaxed: whether it commits with synchronous_commit=off.
        """
        self.client = client
        self._dsn = dsn
        self._accounts = accounts
        self._take = take
        self._relaxed = relaxed
        self._random = random.Random(client)  # noqa: S311 - which accounts it draws is no secret
        self._cursor: psycopg.Cursor | None = None
        self._seq = 0
        self._lines = 0
        self._sent = 0.0
        self._sent_monotonic = 0.0
        self._commit_sent = False
        self._busy = False
        self._given_up = False
        # between one who gives up and a COMMIT about to be sent
        self._decision = threading.Lock()

    def run(self, stop: threading.Event, think_seconds: float) -> None:
        """Write until told to stop."""
        while not stop.is_set():
            if not self.write():
                stop.wait(PAUSE_AFTER_ERROR)
            elif think_seconds:
                stop.wait(think_seconds)
        self._disconnect()

    def write(self) -> bool:
        """One transaction, recorded; False when it failed, and the connection is given up."""
        self._seq += 1
        self._lines = FEWEST_LINES + self._seq % (MOST_LINES - FEWEST_LINES + 1)
        self._commit_sent = False
        self._sent = time.time()
        self._sent_monotonic = time.monotonic()
        self._busy = True
        try:
            self._transaction(self._cursor or self._connect())
        except Exception as error:  # noqa: BLE001 - whatever it is, a client has seen it
            self._record(
                Outcome.UNKNOWN if self._commit_sent else Outcome.FAILED,
                f"{type(error).__name__}: {error}",
            )
            self._disconnect()
            return False
        self._record(Outcome.ACKNOWLEDGED)
        return True

    def give_up(self) -> None:
        """Record the transaction under way as one that nobody waited for any longer."""
        with self._decision:
            self._given_up = True
        if self._busy:
            self._record(
                Outcome.UNKNOWN if self._commit_sent else Outcome.FAILED,
                "stopped while it waited for an answer",
            )

    def _transaction(self, cursor: psycopg.Cursor) -> None:
        payer = self._random.randrange(1, self._accounts)
        # The higher account is always changed last: two clients can never wait for each other.
        payee = self._random.randrange(payer + 1, self._accounts + 1)
        amount = self._random.randrange(1, 1000)
        rows = [self.client, self._seq, 1, payer, -amount, self.client, self._seq, 2, payee, amount]
        for line in range(3, self._lines + 1):
            rows += [self.client, self._seq, line, payee, line]
        interest = sum(range(3, self._lines + 1))
        cursor.execute("BEGIN")
        if self._relaxed:
            cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(DEBIT, (amount, payer))
        cursor.execute(CREDIT, (amount + interest, payee))
        cursor.execute(LEDGER[self._lines], rows)
        with self._decision:
            if self._given_up:
                raise GivenUpError
            self._commit_sent = True
        cursor.execute("COMMIT")
        if cursor.statusmessage != "COMMIT":
            raise NotCommittedError(f"COMMIT was answered by {cursor.statusmessage}.")

    def _record(self, outcome: Outcome, error: str = "") -> None:
        ended_monotonic, ended = time.monotonic(), time.time()
        self._busy = False
        self._take(
            Record(
                outcome,
                self.client,
                self._seq,
                self._lines,
                self._sent,
                ended,
                self._sent_monotonic,
                ended_monotonic,
                error,
            )
        )

    def _connect(self) -> psycopg.Cursor:
        # A pooler hands every transaction to another server: nothing may be prepared on one.
        connection = psycopg.connect(self._dsn, autocommit=True, prepare_threshold=None)
        self._cursor = connection.cursor()
        return self._cursor

    def _disconnect(self) -> None:
        if self._cursor is not None:
            self._cursor.connection.close()
            self._cursor = None


class Writers:
    """A number of clients at work, each in a thread, and the one file they write down in."""

    def __init__(
        self,
        dsn: str,
        out: Path,
        *,
        writers: int,
        first_client: int = 1,
        think_seconds: float = 0.0,
    ) -> None:
        """Start `writers` clients; the last of them commits with synchronous_commit=off."""
        with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
            row = connection.execute("SELECT max(id) FROM accounts").fetchone()
        if row is None or row[0] is None:
            raise ValueError("There are no accounts to move money between.")
        self._journal = Journal(out)
        self._stop = threading.Event()
        self._writers = [
            Writer(first_client + n, dsn, row[0], self._journal.append, n == writers - 1)
            for n in range(writers)
        ]
        self._threads = [
            threading.Thread(
                target=writer.run,
                args=(self._stop, think_seconds),
                name=f"writer {writer.client}",
                daemon=True,
            )
            for writer in self._writers
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Let every client finish its transaction, give up those that hang, close the file."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        for writer, thread in zip(self._writers, self._threads, strict=True):
            thread.join(max(deadline - time.monotonic(), 0))
            if thread.is_alive():
                writer.give_up()
        self._journal.close()
