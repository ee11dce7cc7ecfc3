"""The source's disk and its replica in the root message and in the thread."""

from dataclasses import replace

import pytest
from block_limits import assert_fits
from shown import APPROVERS, HARM, NOW, RITA, STATES, a_migration, at_the_gate, position_of

from bot.messages.root import root
from bot.messages.synchronization import size, sync_words
from bot.messages.thread import Readers, entries
from migration.events import DiskLevelChanged, Event, ReplicaRecovered, ReplicaTroubled
from migration.model import Status
from migration.ports import Recorded
from migration.service import Snapshot
from migration.sync import Disk, DiskLevel, Sync

GIB = 2.0**30
HOUR = 3600.0
DISK = Disk(80 * GIB, 100 * GIB, 12 * GIB, 80 * GIB / (9 * HOUR))
SEEN = Sync(NOW - 5, DISK, level=DiskLevel.WARNING)
CALLED = "<!subteam^S0DBAONCALL> <@UADAM>"


def told(sync: Sync | None, state: str = "active") -> str:
    """What the root says of it."""
    message = root(replace(STATES[state], sync=sync), APPROVERS)
    assert_fits(message)
    texts = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    return "\n".join(texts)


def test_the_disk_is_said_as_time_left() -> None:
    """WAL kept, what is free, when it is full at this pace, and how bad that is."""
    assert (
        ":warning: *Warning.* WAL kept on `orders`: 12 GiB; free storage: 80 GiB of 100 GiB, "
        "*full in 9 h 0 min* at this pace"
    ) in told(SEEN)
    assert "not filling up now" in told(
        replace(SEEN, disk=replace(DISK, bytes_a_second=-1.0), level=DiskLevel.OK)
    )
    assert "*Alarm.*" in told(replace(SEEN, level=DiskLevel.ALARM))


def test_what_is_not_known_is_said() -> None:
    """A disk that nobody could look at, or has not looked at for long, is no safe disk."""
    assert "could not be seen*: &lt;silent&gt;" in told(Sync(NOW, None, "<silent>"))
    assert "has not been looked at* since" in told(replace(SEEN, at=NOW - 301))


def test_what_is_wrong_with_the_replica_stands_first() -> None:
    """It is why the disk fills."""
    text = told(replace(SEEN, trouble="The replica stands <still>"))
    assert ":warning: *The replica stands &lt;still&gt;.*\n" in text


@pytest.mark.parametrize("state", ["waiting_open", "halted"])
def test_it_is_said_also_while_the_migration_stands_still(state: str) -> None:
    """The source keeps WAL whoever waits for whom."""
    assert "full in 9 h" in told(SEEN, state)


@pytest.mark.parametrize(
    "state", ["active_after_cut_over", "cutting_over_begun", "cancelled", "completed"]
)
def test_it_is_not_said_when_it_means_nothing(state: str) -> None:
    """There is no replica any more, or something else is at stake."""
    assert "free storage" not in told(SEEN, state)


def test_nothing_is_said_before_there_is_a_replica() -> None:
    """No WAL is kept during the preparation."""
    migration = a_migration(position=position_of("copy_parameters"))
    assert "free storage" not in str(root(Snapshot(migration, (), None, NOW, sync=SEEN), APPROVERS))


def a_change(level: DiskLevel) -> DiskLevelChanged:
    """The disk's level changes."""
    return DiskLevelChanged(NOW, level, 80 * GIB, 12 * GIB, 9 * HOUR)


@pytest.mark.parametrize(
    ("event", "words", "broadcast"),
    [
        (a_change(DiskLevel.WARNING), "fills up*: 80 GiB free, 12 GiB of WAL kept", True),
        (a_change(DiskLevel.ALARM), f"<@{RITA}> {CALLED}: act now", True),
        (a_change(DiskLevel.OK), "*The disk of `orders` is safe again*", True),
        (ReplicaTroubled(NOW, "It is <gone>"), "*It is &lt;gone&gt;.* `orders` keeps WAL", True),
        (ReplicaRecovered(NOW), "*The replica moves again.*", False),
    ],
    ids=["warning", "alarm", "ok", "troubled", "recovered"],
)
def test_the_thread_says_it_once_and_calls_who_must_act(
    event: Event, words: str, broadcast: bool
) -> None:
    """The requester for a warning, the approvers too for an alarm."""
    (entry,) = entries(at_the_gate(), [Recorded(1, event)], 0, Readers(APPROVERS, {}))
    assert words in entry.message.text
    assert entry.broadcast is broadcast
    assert (CALLED in entry.message.text) is ("act now" in words)


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_of_the_replica_stay_words(harm: str) -> None:
    """AWS's words reach the root and the thread escaped and cut."""
    assert "<!channel>" not in told(Sync(NOW, None, harm, trouble=harm))
    words = sync_words(at_the_gate(), ReplicaTroubled(NOW, harm), APPROVERS)
    assert "<!channel>" not in words


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 bytes"), (1023, "1023 bytes"), (1.5 * GIB, "1.5 GiB")]
)
def test_sizes_are_in_units_that_people_know(value: float, words: str) -> None:
    """As AWS's console has them."""
    assert size(value) == words


def test_a_halt_after_the_cut_over_is_no_synchronization() -> None:
    """Its status alone does not tell."""
    assert "free storage" not in told(SEEN, "halted_after_cut_over")
    assert Status.HALTED is STATES["halted_after_cut_over"].migration.status


@pytest.mark.parametrize(
    ("behind", "catches_up", "words"),
    [
        (12 * GIB, 12 * GIB / HOUR, "12 GiB yet to replay: caught up in about *1 h 0 min* at this"),
        (12 * GIB, -5.0, "falls further behind"),
        (12 * GIB, None, "not known yet"),
    ],
    ids=["catching up", "falling behind", "first look"],
)
def test_catching_up_is_said_as_time_left(
    behind: float, catches_up: float | None, words: str
) -> None:
    """As long as it is worth a word."""
    assert words in told(replace(SEEN, behind_bytes=behind, catches_up=catches_up))
    assert "yet to replay" not in told(replace(SEEN, behind_bytes=1e6, catches_up=catches_up))
