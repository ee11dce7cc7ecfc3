"""The write pause is measured as the clients saw it, in the cut-over's window and nowhere else."""

from sandbox.workload.pause import Pause, pause
from sandbox.workload.records import Outcome, Record

# The wall clock and the monotonic clock have nothing in common.
WALL = 1_700_000_000.0
WINDOW = (WALL + 100.0, WALL + 101.0)


def a_record(
    sent: float, ended: float, *, client: int = 1, outcome: Outcome = Outcome.ACKNOWLEDGED
) -> Record:
    """A transaction that was sent and ended at these seconds of the test's clock."""
    return Record(outcome, client, 1, 2, WALL + sent, WALL + ended, sent, ended)


def test_the_longest_wait_is_one_client_s() -> None:
    """Of all transactions that overlap the window, the longest."""
    records = [a_record(99.0, 100.25), a_record(100.1, 100.2), a_record(100.9, 102.0, client=2)]

    assert pause(records, WINDOW).longest_wait == 1250.0


def test_waits_outside_of_the_window_do_not_count() -> None:
    """What clients waited before or after it has other causes."""
    records = [a_record(90.0, 99.9), a_record(100.4, 100.5), a_record(101.1, 120.0)]

    assert pause(records, WINDOW).longest_wait == 100.0


def test_a_wait_that_spans_the_window_counts() -> None:
    """It began before and ended after."""
    assert pause([a_record(99.0, 102.0)], WINDOW).longest_wait == 3000.0


def test_a_wait_that_ended_in_an_error_counts() -> None:
    """A client that got an error has waited too."""
    records = [a_record(100.0, 100.1), a_record(100.0, 100.5, outcome=Outcome.FAILED)]

    assert pause(records, WINDOW).longest_wait == 500.0


def test_the_gap_is_between_acknowledgements_of_all_clients() -> None:
    """Two clients that take turns leave half the gap of each."""
    records = [
        a_record(99.0, 99.9),
        a_record(99.0, 100.3, client=2),
        a_record(100.0, 100.5),
        a_record(100.4, 101.2, client=2),
    ]

    assert pause(records, WINDOW).gap == 700.0


def test_an_error_does_not_close_a_gap() -> None:
    """Only acknowledgements are answers."""
    records = [
        a_record(99.0, 99.9),
        a_record(100.0, 100.4, outcome=Outcome.UNKNOWN),
        a_record(100.0, 100.9),
    ]

    assert pause(records, WINDOW).gap == 1000.0


def test_gaps_outside_of_the_window_do_not_count() -> None:
    """Writers that began late or went on for long leave no gap."""
    records = [a_record(10, t) for t in (20.0, 99.9, 100.2, 100.5, 101.1, 150.0)]

    assert pause(records, WINDOW).gap == 600.0


def test_without_records_in_the_window_nothing_is_claimed() -> None:
    """An unmeasured pause is None, never zero."""
    assert pause([], WINDOW) == Pause(None, None)
    assert pause([a_record(1.0, 2.0), a_record(2.0, 3.0)], WINDOW) == Pause(None, None)
