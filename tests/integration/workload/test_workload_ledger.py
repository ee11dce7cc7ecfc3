"""The account of the ledger turns red for every kind of damage, and only for damage."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from workload_ground import Written, execute

from sandbox.servers.postgres import PostgresServer
from sandbox.workload.ledger import Account, account, only_in_first
from sandbox.workload.records import Outcome, Record, read

# A transaction in the middle, so that neither end is special.
SOME = "(SELECT client, seq FROM ledger ORDER BY id LIMIT 1 OFFSET 100)"
LAST_ROW = "(SELECT max(id) FROM ledger)"


@pytest.fixture
def damaged(
    server: PostgresServer, database: Callable[..., str], written: Written
) -> Callable[..., Account]:
    """Accounts for a copy of the ledger after it was damaged."""

    def after(*statements: str) -> Account:
        dsn = server.dsn(database(written.database))
        execute(dsn, *statements)
        return account([written.records], dsn)

    return after


@pytest.fixture
def told(
    server: PostgresServer, written: Written, tmp_path: Path
) -> Callable[[Callable[[Record], Record | None]], Account]:
    """Accounts for the ledger after the clients' records were changed."""

    def after(change: Callable[[Record], Record | None]) -> Account:
        records = [change(record) for record in read([written.records])]
        file = tmp_path / "changed.tsv"
        file.write_text("".join(record.line() for record in records if record))
        return account([file], server.dsn(written.database))

    return after


def test_an_untouched_ledger_is_clean(damaged: Callable[..., Account]) -> None:
    """Every acknowledged transaction is there once and whole."""
    found = damaged()

    assert found.clean
    assert found.acknowledged > 200
    assert (found.lost, found.duplicated, found.phantom, found.unknown) == (0, 0, 0, 0)


def test_a_missing_transaction_is_lost(damaged: Callable[..., Account]) -> None:
    """All rows of an acknowledged transaction are gone, its balances with them."""
    found = damaged(
        f"CREATE TEMP TABLE gone AS SELECT * FROM ledger WHERE (client, seq) = {SOME}",
        "UPDATE accounts a SET balance = balance - g.total FROM"
        " (SELECT account, sum(delta) AS total FROM gone GROUP BY account) g"
        " WHERE g.account = a.id",
        "DELETE FROM ledger l USING gone g WHERE l.id = g.id",
    )

    assert (found.lost, found.duplicated, found.phantom) == (1, 0, 0)
    assert found.balance_matches
    assert not found.clean


def test_half_a_transaction_is_lost(damaged: Callable[..., Account]) -> None:
    """One row of an acknowledged transaction is gone."""
    found = damaged(f"DELETE FROM ledger WHERE (client, seq) = {SOME} AND line = 2")

    assert (found.lost, found.duplicated, found.phantom) == (1, 0, 0)
    assert not found.balance_matches
    assert not found.clean


def test_a_doubled_row_is_a_duplicate(damaged: Callable[..., Account]) -> None:
    """The same row of a transaction is there twice, though its sum is zero."""
    found = damaged(
        "INSERT INTO ledger (client, seq, line, account, delta)"
        f" SELECT client, seq, line, account, 0 FROM ledger WHERE (client, seq) = {SOME}"
        " AND line = 1"
    )

    assert (found.lost, found.duplicated, found.phantom) == (0, 1, 0)
    assert not found.clean


def test_a_transaction_nobody_sent_is_a_phantom(damaged: Callable[..., Account]) -> None:
    """A foreign row is there."""
    found = damaged(
        "INSERT INTO ledger (client, seq, line, account, delta) VALUES (99, 1, 1, 1, 0)"
    )

    assert (found.lost, found.duplicated, found.phantom) == (0, 0, 1)
    assert not found.clean


def test_a_row_too_many_is_a_phantom(damaged: Callable[..., Account]) -> None:
    """A transaction has a row that its client never wrote."""
    found = damaged(
        "INSERT INTO ledger (client, seq, line, account, delta)"
        f" SELECT client, seq, 9, account, 0 FROM ledger WHERE (client, seq) = {SOME}"
        " AND line = 1"
    )

    assert (found.lost, found.duplicated, found.phantom) == (0, 0, 1)
    assert not found.clean


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE accounts SET balance = balance + 1 WHERE id = 7",
        # the total stays the same
        "UPDATE accounts SET balance = balance + 15 - 2 * id WHERE id IN (7, 8)",
        f"UPDATE ledger SET delta = delta + 1 WHERE id = {LAST_ROW}",
    ],
)
def test_a_changed_amount_breaks_the_balance(damaged: Callable[..., Account], damage: str) -> None:
    """Each account's balance is compared with its own ledger rows."""
    found = damaged(damage)

    assert not found.balance_matches
    assert not found.clean


@pytest.mark.parametrize(
    "damage",
    [
        "SELECT setval('ledger_id_seq', (SELECT max(id) - 1 FROM ledger))",
        "SELECT setval('ledger_id_seq', (SELECT max(id) FROM ledger), false)",
        "SELECT setval('invoice_number', 100001)",
    ],
)
def test_a_sequence_behind_its_column_is_found(
    damaged: Callable[..., Account], damage: str
) -> None:
    """The next number of a sequence must be a new one."""
    found = damaged(damage)

    assert not found.sequence_ok
    assert not found.clean


def test_a_transaction_that_failed_and_is_there_is_a_phantom(
    told: Callable[..., Account],
) -> None:
    """A client that was told of a failure before COMMIT must find nothing in the ledger."""
    found = told(lambda r: replace(r, outcome=Outcome.FAILED) if r.seq == 5 else r)

    assert found.phantom == found.client_errors == 4
    assert found.lost == found.unknown == 0
    assert not found.clean


def test_an_unknown_outcome_is_neither_lost_nor_phantom(told: Callable[..., Account]) -> None:
    """COMMIT sent and no answer: there or not, both are right, but the client saw an error."""

    def change(record: Record) -> Record:
        if record.seq == 5:
            return replace(record, outcome=Outcome.UNKNOWN, error="no answer")
        return record

    there = told(change)
    absent = told(lambda r: change(replace(r, client=r.client + 100)) if r.seq == 5 else r)

    assert (there.unknown, there.client_errors, there.lost, there.phantom) == (4, 4, 0, 0)
    assert (absent.unknown, absent.client_errors, absent.lost) == (4, 4, 0)
    assert "no answer" in there.errors[0]
    assert not there.clean


def test_half_of_an_unknown_transaction_is_a_phantom(
    server: PostgresServer, database: Callable[..., str], written: Written, tmp_path: Path
) -> None:
    """Whatever became of COMMIT, a transaction is there whole or not at all."""
    records = tmp_path / "changed.tsv"
    with records.open("w") as file:
        for r in read([written.records]):
            doubtful = (r.client, r.seq) == (1, 5)
            file.write(replace(r, outcome=Outcome.UNKNOWN if doubtful else r.outcome).line())
    dsn = server.dsn(database(written.database))
    execute(dsn, "DELETE FROM ledger WHERE (client, seq, line) = (1, 5, 2)")

    found = account([records], dsn)

    assert (found.lost, found.duplicated, found.phantom) == (0, 0, 1)


def test_an_acknowledgement_beats_giving_up(told: Callable[..., Account], tmp_path: Path) -> None:
    """A client that was given up at the stop and answered all the same has been answered."""
    seen: list[Record] = []

    def change(record: Record) -> Record:
        seen.append(record)
        return record

    found = told(change)
    doubled = tmp_path / "changed.tsv"
    with doubled.open("a") as file:
        file.write(replace(seen[0], outcome=Outcome.UNKNOWN).line())
    again = list(read([doubled]))

    assert len(again) == len(seen) + 1
    assert found.clean


def test_rows_that_only_the_source_has_are_counted(
    server: PostgresServer, database: Callable[..., str], written: Written
) -> None:
    """A row written to the source behind the cut-over's back is found."""
    source = server.dsn(database(written.database))
    target = server.dsn(database(written.database))
    row = "INSERT INTO ledger (client, seq, line, account, delta) VALUES (99, {}, 1, 1, 0)"
    execute(target, row.format(1))
    before = only_in_first(source, target)
    execute(source, row.format(2))

    assert (before, only_in_first(source, target)) == (0, 1)


def test_a_record_that_is_still_being_written_is_left_out(written: Written, tmp_path: Path) -> None:
    """The file of living writers can be read at any moment."""
    copy = tmp_path / "copy.tsv"
    shutil.copy(written.records, copy)
    whole = len(list(read([copy])))
    with copy.open("a") as file:
        file.write("acknowledged\t1\t99")

    assert len(list(read([copy]))) == whole


@pytest.mark.parametrize(
    ("sent", "ended", "excused"),
    [
        (100.0, 109.9, False),
        (109.0, 110.1, True),
        (112.0, 113.0, True),
        (119.9, 125.0, True),
        (120.1, 121.0, False),
    ],
)
def test_errors_of_a_stated_outage_are_counted_apart(
    server: PostgresServer,
    written: Written,
    tmp_path: Path,
    sent: float,
    ended: float,
    *,
    excused: bool,
) -> None:
    """Only those that some part of it falls into; without one all are errors of clients."""
    seen = list(read([written.records]))
    refused = replace(seen[0], seq=10**6, outcome=Outcome.FAILED, error="no", sent=sent)
    file = tmp_path / "refused.tsv"
    file.write_text("".join(r.line() for r in [*seen, replace(refused, ended=ended)]))
    dsn = server.dsn(written.database)
    found = account([file], dsn, (110.0, 120.0))

    assert (found.client_errors, found.refused) == ((0, 1) if excused else (1, 0))
    assert account([file], dsn).client_errors == 1
    assert (found.lost, found.duplicated, found.phantom) == (0, 0, 0)
