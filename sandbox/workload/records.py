"""What the writers put down of every transaction: the clients' side of the account."""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

# Short enough that a kill of the machine loses little, long enough to cost nothing.
FLUSH_SECONDS = 0.2


class Outcome(StrEnum):
    """How a transaction ended, as its client saw it."""

    #: the client has read the answer to its COMMIT
    ACKNOWLEDGED = "acknowledged"
    #: it failed before COMMIT was sent: it must not be in the database
    FAILED = "failed"
    #: COMMIT was sent and no answer came: it may be there, but then whole
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Record:
    """One transaction of one client; all times in seconds."""

    outcome: Outcome
    client: int
    seq: int
    #: how many ledger rows it writes, numbered from 1
    lines: int
    #: when BEGIN was sent, and when the end was known: time.time(), comparable between processes
    sent: float
    ended: float
    #: the same by time.monotonic(): for durations
    sent_monotonic: float
    ended_monotonic: float
    error: str = ""

    @property
    def waited(self) -> float:
        """How long the client waited for the end of this transaction, in seconds."""
        return self.ended_monotonic - self.sent_monotonic

    def line(self) -> str:
        """The record as a line of tab separated text."""
        error = " ".join(self.error.split())
        return (
            f"{self.outcome}\t{self.client}\t{self.seq}\t{self.lines}\t{self.sent:.6f}\t"
            f"{self.ended:.6f}\t{self.sent_monotonic:.6f}\t{self.ended_monotonic:.6f}\t{error}\n"
        )


def parse(line: str) -> Record:
    """Read one line; a damaged one raises ValueError."""
    outcome, client, seq, lines, sent, ended, sent_monotonic, ended_monotonic, error = line.rstrip(
        "\n"
    ).split("\t")
    return Record(
        Outcome(outcome),
        int(client),
        int(seq),
        int(lines),
        float(sent),
        float(ended),
        float(sent_monotonic),
        float(ended_monotonic),
        error,
    )


def read(files: Iterable[Path]) -> Iterator[Record]:
    """All records of these files.

    A last line without its end is left out: the writers are still at it (or were killed there).
    """
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield parse(line)


class Journal:
    """Appends records to a file from many threads without making them wait for the disk."""

    def __init__(self, path: Path) -> None:
        """Open `path` for appending; `close` writes what is left."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._waiting: deque[Record] = deque()
        self._closing = threading.Event()
        self._flusher = threading.Thread(target=self._flush_regularly, name="journal", daemon=True)
        self._flusher.start()

    def append(self, record: Record) -> None:
        """Take a record; it reaches the file within moments."""
        self._waiting.append(record)

    def close(self) -> None:
        """Write everything taken so far and close the file."""
        self._closing.set()
        self._flusher.join()
        self._flush()
        os.fsync(self._file)
        os.close(self._file)

    def _flush_regularly(self) -> None:
        while not self._closing.wait(FLUSH_SECONDS):
            self._flush()

    def _flush(self) -> None:
        lines = [self._waiting.popleft().line() for _ in range(len(self._waiting))]
        text = "".join(lines).encode()
        while text:
            text = text[os.write(self._file, text) :]
