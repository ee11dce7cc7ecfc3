"""What the probing clients' writes say about a write pause."""

from workers.cutover.waits import Waits, Write, measure

WINDOW = (10.0, 11.0)


def write(sent: float, ended: float, *, acknowledged: bool = True) -> Write:
    """A write at these seconds."""
    return Write(acknowledged, sent, ended, ended - sent)


def test_the_longest_wait_is_one_client_s_and_the_gap_is_everybody_s() -> None:
    """Two clients held at different moments: each waited longer than nobody was answered."""
    writes = [write(9.0, 10.3), write(10.1, 10.8), write(10.2, 10.9), write(10.8, 10.85)]

    assert measure(writes, WINDOW) == Waits(longest_wait=1300.0, gap=500.0)


def test_a_write_that_began_before_the_window_or_ended_after_it_counts_whole() -> None:
    """A client does not care for our window."""
    assert measure([write(9.5, 10.5)], WINDOW).longest_wait == 1000.0
    assert measure([write(10.5, 12.5)], WINDOW).longest_wait == 2000.0
    assert measure([write(8.0, 9.0), write(11.5, 12.5)], WINDOW).longest_wait is None


def test_an_error_was_waited_for_and_acknowledges_nothing() -> None:
    """The gap goes over it."""
    writes = [write(9.9, 10.0), write(10.0, 10.6, acknowledged=False), write(10.7, 10.8)]

    assert measure(writes, WINDOW) == Waits(longest_wait=600.0, gap=800.0)


def test_what_was_not_measured_is_not_zero() -> None:
    """One acknowledgement has nothing before it."""
    assert measure([], WINDOW) == Waits(None, None)
    assert measure([write(10.0, 10.1)], WINDOW).gap is None
