"""Accounts for every transaction: what the clients were told against what the database holds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from sandbox.workload.records import Outcome, Record, read

Transaction = tuple[int, int]
# (client, seq) -> line -> how often it is there
Found = dict[Transaction, Counter[int]]

ERRORS_KEPT = 20
# Every account on its own: errors that cancel out in the total do not hide.
UNBALANCED = """
    SELECT count(*)
      FROM accounts a
      FULL JOIN (SELECT account, sum(delta) AS total FROM ledger GROUP BY account) l
        ON l.account = a.id
     WHERE a.balance IS DISTINCT FROM coalesce(l.total, 0)
"""


@dataclass(frozen=True)
class Account:
    """What became of the transactions; the numbers count transactions."""

    acknowledged: int
    #: acknowledged, and not there with all rows
    lost: int
    #: there with a row twice
    duplicated: int
    #: there although nobody was told so, or half there
    phantom: int
    #: exceptions that clients saw, but for those of an outage that was stated
    client_errors: int
    #: COMMIT sent, no answer
    unknown: int
    #: every account's balance is the sum of its ledger rows
    balance_matches: bool
    #: the next identifier is a new one
    sequence_ok: bool
    #: the first few exceptions, with their time
    errors: tuple[str, ...] = ()
    #: exceptions in the stated outage
    refused: int = 0

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled, invented or out of balance, and no client saw an error."""
        wrong = self.lost + self.duplicated + self.phantom + self.client_errors
        return wrong == 0 and self.balance_matches and self.sequence_ok


def account(
    record_files: Iterable[Path], dsn: str, outage: tuple[float, float] | None = None
) -> Account:
    """Compare the records in these files with the ledger of the database at `dsn`.

    `outage` is the begin and end of one that people were told of, by time.time().
    """
    records = {
        outcome: {(r.client, r.seq): r for r in found}
        for outcome, found in _by_outcome(read(record_files)).items()
    }
    acknowledged = records[Outcome.ACKNOWLEDGED]
    # A client given up at the stop may have had its answer after all.
    failed = {k: r for k, r in records[Outcome.FAILED].items() if k not in acknowledged}
    unknown = {k: r for k, r in records[Outcome.UNKNOWN].items() if k not in acknowledged}
    seen = sorted((*failed.values(), *unknown.values()), key=lambda r: r.ended)
    errors = [r for r in seen if not _within(r, outage)]
    # One snapshot for all questions, in case something still writes.
    with psycopg.connect(dsn, autocommit=True) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = _read_ledger(connection)
        balance_matches = _one(connection, UNBALANCED) == 0
        sequence_ok = _sequence_ok(connection)
    return Account(
        acknowledged=len(acknowledged),
        lost=_lost(acknowledged, found),
        duplicated=sum(any(n > 1 for n in lines.values()) for lines in found.values()),
        phantom=_phantom(acknowledged, unknown, found),
        client_errors=len(errors),
        unknown=len(unknown),
        balance_matches=balance_matches,
        sequence_ok=sequence_ok,
        errors=tuple(f"{r.ended:.3f} client {r.client}: {r.error}" for r in errors[:ERRORS_KEPT]),
        refused=len(seen) - len(errors),
    )


def _within(record: Record, outage: tuple[float, float] | None) -> bool:
    """Whether a client that saw an error had to expect it."""
    return outage is not None and record.sent <= outage[1] and record.ended >= outage[0]


def only_in_first(first_dsn: str, second_dsn: str) -> int:
    """How many ledger rows the first database has that the second has not."""
    first, second = _whole_rows(first_dsn), _whole_rows(second_dsn)
    return len(first - second)


def _whole_rows(dsn: str) -> set[tuple[str, ...]]:
    with (
        psycopg.connect(dsn, autocommit=True) as connection,
        connection.cursor().copy("COPY ledger TO STDOUT") as copy,
    ):
        return set(copy.rows())


def _by_outcome(records: Iterable[Record]) -> dict[Outcome, list[Record]]:
    sorted_out: dict[Outcome, list[Record]] = {outcome: [] for outcome in Outcome}
    for record in records:
        sorted_out[record.outcome].append(record)
    return sorted_out


def _read_ledger(connection: psycopg.Connection) -> Found:
    found: Found = {}
    with connection.cursor().copy("COPY (SELECT client, seq, line FROM ledger) TO STDOUT") as copy:
        copy.set_types(["int4", "int8", "int2"])
        for client, seq, line in copy.rows():
            found.setdefault((client, seq), Counter())[line] += 1
    return found


def _lost(acknowledged: Mapping[Transaction, Record], found: Found) -> int:
    return sum(
        not all(found.get(key, Counter())[line] for line in range(1, record.lines + 1))
        for key, record in acknowledged.items()
    )


def _phantom(
    acknowledged: Mapping[Transaction, Record], unknown: Mapping[Transaction, Record], found: Found
) -> int:
    return sum(
        not _expected(lines, acknowledged.get(key), unknown.get(key))
        for key, lines in found.items()
    )


def _expected(lines: Counter[int], acknowledged: Record | None, unknown: Record | None) -> bool:
    """Whether these rows are such as the client's record admits (missing ones are `lost`)."""
    if acknowledged:
        return set(lines) <= set(range(1, acknowledged.lines + 1))
    return unknown is not None and set(lines) == set(range(1, unknown.lines + 1))


def _sequence_ok(connection: psycopg.Connection) -> bool:
    """Whether every sequence will next give a number that no row has yet."""
    return all(
        _one(
            connection,
            f"SELECT (SELECT last_value + is_called::int FROM {sequence})"
            f" > (SELECT coalesce(max({column}), 0) FROM {table})",
        )
        for table, column, sequence in (
            ("ledger", "id", "ledger_id_seq"),
            ("orders", "id", "orders_id_seq"),
            ("orders", "invoice", "invoice_number"),
        )
    )


def _one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
