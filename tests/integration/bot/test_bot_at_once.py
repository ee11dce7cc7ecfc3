"""Several at the same moment: two approvers, two clicks, two bots. Each act counts once."""

from collections.abc import Iterator

import pytest
from bot_ground import CHANNEL, Ground, Process, wait_until
from deciding import at_once

from bot.cursor import Cursors
from migration.events import Approved, CancelRequested, MigrationRetried
from migration.model import Migration, Status
from sandbox.slack.people.person import Person, Submission
from sandbox.slack.people.reading import visible_text

NAME = "Type the source instance's name"
FIRST = "approved this at"


def filled_in(ground: Ground, person: Person, migration: Migration) -> None:
    """Everything but the last click."""
    person.click(ground.promotable(migration), "Promote")
    ground.answers_observation(migration)
    person.wait_for_modal(saying=NAME)
    person.fill({NAME: migration.source})


def happened(ground: Ground, migration: Migration, kind: type) -> list[object]:
    """What happened of that kind."""
    events = [recorded.event for recorded in ground.store.events(migration.id)]
    return [event for event in events if isinstance(event, kind)]


def assert_one_of_two_decides(ground: Ground) -> None:
    """One approval; the other reads, at the field, who was first."""
    migration, people = ground.at_the_gate(), {"adam": ground.adam, "anna": ground.anna}
    for person in people.values():
        filled_in(ground, person, migration)
    outcomes: dict[str, Submission] = {}
    at_once(*(lambda name=name: outcomes.update({name: people[name].submit()}) for name in people))

    decided = ground.store.load(migration.id)
    (first,) = [name for name, outcome in outcomes.items() if outcome.closed]
    (second,) = set(people) - {first}
    assert f"{first} {FIRST}" in outcomes[second].errors[NAME]
    assert len(happened(ground, migration, Approved)) == 1
    assert decided.status is Status.CUTTING_OVER
    assert decided.approval is not None
    assert decided.approval.by == people[first].user
    people[second].close()


def test_of_two_approvers_at_once_one_decides(ground: Ground) -> None:
    """Their last clicks come in the same moment."""
    assert_one_of_two_decides(ground)


def test_of_one_submission_twice_at_once_one_counts(http_ground: Ground) -> None:
    """One person's click that came twice: one approval, and the other answer tells of it.

    Over a socket an envelope has one acknowledgement: two of the same can't be told apart.
    """
    ground, migration = http_ground, http_ground.at_the_gate()
    filled_in(ground, ground.adam, migration)
    answers = twice_submitted(ground, migration)

    assert [answer["error"] for answer in answers] == [None, None]
    told = [answer["payload"]["errors"]["name"] for answer in answers if answer["payload"]]
    assert len(told) == 1
    assert f"adam {FIRST}" in told[0]
    assert len(happened(ground, migration, Approved)) == 1
    ground.adam.close()


def twice_submitted(ground: Ground, migration: Migration) -> list[dict[str, object]]:
    """The same complete submission, delivered twice in one moment; it was refused once before."""
    ground.sees(migration, holds=False)
    assert "replication lag" in ground.adam.submit().errors[NAME]
    ground.sees(migration)
    answers: list[dict[str, object]] = []
    at_once(*[lambda: answers.append(ground.adam.replay())] * 2)
    return answers


def test_cancelled_by_two_at_once_it_is_cancelled_once(ground: Ground) -> None:
    """Whoever was second reads that it is being cancelled already."""
    migration = ground.at_the_gate()
    root = ground.promotable(migration)
    people, link = (ground.rita, ground.anna), Cursors(ground.redis).load(migration.id).link
    at_once(*(lambda who=who: who.click_stale(root, "Cancel", "Cancel it") for who in people))

    def told() -> bool:
        words = "This migration is cancelling already"
        answers = [message for one in people for message in one.ephemerals(CHANNEL)]
        return any(words in visible_text(m) and link in visible_text(m) for m in answers)

    wait_until(told, "somebody to read that it is cancelling already")
    assert len(happened(ground, migration, CancelRequested)) == 1


@pytest.fixture
def two_bots(quiet_ground: Ground) -> Iterator[tuple[Process, Process]]:
    """Two processes on the same workspace and store: Slack gives each request to one of them."""
    ground = quiet_ground
    ground.forgets_jobs()
    pair = (ground.bot("Listening to Slack"), ground.bot("Listening to Slack", "second"))
    worker = ground.channel_worker()
    for process in (*pair, worker):
        process.start()
    yield pair
    assert [process.stop() for process in (*pair, worker)] == [0, 0, 0]


def test_of_two_bots_each_click_reaches_one(
    quiet_ground: Ground, two_bots: tuple[Process, Process]
) -> None:
    """Retry, pressed twice in one moment: it goes on once."""
    ground = quiet_ground
    wait_until(lambda: len(ground.rita.wire.sockets()) == len(two_bots), "a socket for each")
    for _ in range(6):
        halted = ground.recorder.halt(ground.started(ground.a_source()), "The disk is full.")
        root = ground.root(halted, "The disk is full.")
        at_once(*[lambda root=root: ground.rita.click_stale(root, "Retry")] * 2)
        wait_until(lambda halted=halted: happened(ground, halted, MigrationRetried), "it to go on")
        # told by the migration's link: too late, or in the very same moment
        ground.rita.wait_for_ephemeral(CHANNEL, Cursors(ground.redis).load(halted.id).link)
        assert len(happened(ground, halted, MigrationRetried)) == 1


@pytest.mark.usefixtures("two_bots")
def test_of_two_bots_one_approval(quiet_ground: Ground) -> None:
    """A form that one bot opened is decided by whichever gets it, once."""
    ground = quiet_ground
    for _ in range(3):
        assert_one_of_two_decides(ground)
