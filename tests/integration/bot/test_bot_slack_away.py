"""Slack away while a migration is shown: late, nothing lost, nothing doubled, nothing decided."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from bot_ground import Ground, wait_until
from slack_faults import FAULTS, Fault, refused, struck

from migration.events import StepDone
from migration.model import Migration
from sandbox.slack.people.reading import visible_text

STARTED = "*Started* by rita"
STEPS = ("check_source", "enable_backups", "check_network")
WORDS = ("*Check the source*: done.", "*Enable backups*: done.", "*Check the network*: done.")
REASON = "The account is closed."


@dataclass(frozen=True)
class Shown:
    """What the channel has to say in the end."""

    migration: Migration
    root: str
    entries: tuple[str, ...]


def begin(ground: Ground) -> Shown:
    """A migration that nobody has seen yet."""
    return Shown(ground.started(ground.a_source()), "*Under way, preparation*", (STARTED,))


def begun(ground: Ground) -> Migration:
    """A migration that the channel shows already."""
    migration = ground.started(ground.a_source())
    ground.root(migration)
    wait_until(lambda: ground.up_to_date(migration), "it to be shown")
    return migration


def go_on(ground: Ground, migration: Migration) -> Shown:
    """Three steps end at once."""
    events = [StepDone(ground.clock.now(), step, {"checked": True}) for step in STEPS]
    ground.store.append(migration.id, events)
    return Shown(migration, "*Under way, preparation*", (STARTED, *WORDS))


def halt(ground: Ground, migration: Migration) -> Shown:
    """The root has to say something else."""
    return Shown(ground.recorder.halt(migration, REASON), REASON, (STARTED, REASON))


#: Sets a fault for a method.
Setting = Callable[[str], AbstractContextManager[None]]
Moment = Callable[[Ground, Setting], Shown]


def first_root(ground: Ground, fault: Setting) -> Shown:
    """Its first message is posted."""
    with fault("chat.postMessage"):
        return begin(ground)


def root_edit(ground: Ground, fault: Setting) -> Shown:
    """Its root is edited."""
    migration = begun(ground)
    with fault("chat.update"):
        return halt(ground, migration)


def thread_entries(ground: Ground, fault: Setting) -> Shown:
    """Several entries are posted."""
    migration = begun(ground)
    with fault("chat.postMessage"):
        return go_on(ground, migration)


def looking(ground: Ground, fault: Setting) -> Shown:
    """What may have been posted is looked for."""
    migration = begun(ground)
    unclear = struck(ground, Fault("cut", done=True, calls=1), "chat.postMessage")
    with unclear, fault("conversations.replies"):
        return go_on(ground, migration)


MOMENTS: tuple[Moment, ...] = (first_root, root_edit, thread_entries, looking)


def assert_shown_once(ground: Ground, shown: Shown) -> None:
    """One root, each entry once and in order, in words; and the migration is where it was."""
    migration = shown.migration
    wait_until(lambda: ground.up_to_date(migration), "the channel to show all of it")
    assert shown.root in visible_text(ground.root(migration))
    assert ground.thread(migration) == list(range(1, len(shown.entries) + 1))
    for entry, words in zip(ground.entries(migration), shown.entries, strict=True):
        assert words in entry
    assert ground.store.load(migration.id) == migration


@pytest.fixture
def ground(socket_ground: Ground) -> Ground:
    """The channel worker posts in one way, whatever brings the clicks."""
    return socket_ground


@pytest.fixture(autouse=True)
def no_traces(ground: Ground) -> Iterator[None]:
    """Whoever reads the log finds lines, and no stack trace."""
    before = len(ground.processes["channel"].said())
    yield
    assert "Traceback" not in ground.processes["channel"].said()[before:]


@pytest.mark.table("slack_faults")
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_migration_is_shown_once_and_whole(ground: Ground, fault: Fault, moment: Moment) -> None:
    """Whatever Slack does wrong at whatever moment."""
    shown = moment(ground, lambda method: struck(ground, fault, method))
    assert_shown_once(ground, shown)


@pytest.mark.table("slack_faults")
@pytest.mark.parametrize("moment", MOMENTS[:3], ids=lambda moment: moment.__name__)
def test_a_refused_connection_makes_it_late_only(ground: Ground, moment: Moment) -> None:
    """Nobody at Slack's address: what happens meanwhile is shown when somebody is."""
    shown = moment(ground, lambda _method: refused(ground, "channel", "Slack does not take"))
    assert_shown_once(ground, shown)
    wait_until(ground.rita.wire.sockets, "the bot's socket")


def test_a_long_outage_costs_two_lines(ground: Ground) -> None:
    """Many things happen meanwhile; the log says once that it began, and once that it is over."""
    migration, channel = begun(ground), ground.processes["channel"]
    before = len(channel.said())
    with refused(ground, "channel", "Slack does not take"):
        for _ in range(20):
            ground.engine.refresh(migration.id)
        shown = go_on(ground, migration)
    assert_shown_once(ground, shown)
    said = channel.said()[before:].splitlines()
    posting = [line for line in said if "chat.postMessage" in line]
    assert [("does not take" in line, "again" in line) for line in posting] == [
        (True, False),
        (False, True),
    ]
    wait_until(ground.rita.wire.sockets, "the bot's socket")
