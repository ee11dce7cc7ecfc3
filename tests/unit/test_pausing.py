"""A pause: nothing new is started, nothing is undone, and it goes on where it was."""

import json
from collections.abc import Callable

import pytest
from builders import ADAM, RITA, House, a_migration, position_of
from situations import SITUATIONS

from migration.adapters.json_codec import MIGRATION
from migration.errors import Conflict, Permanent
from migration.events import MigrationPaused, MigrationResumed
from migration.model import Migration, Pause, Status, Waiting
from migration.plan import CREATE_REPLICA
from migration.recorder import Recorder
from migration.remedies import REMEDIES, why_not_now
from migration.schedule import work_of
from migration.situation import Situation
from migration.steps import Done, Wait
from migration.sync import is_synchronizing

WAITING = Waiting("the cluster is being created", 1_799_999_000.0, 0.4)


def at_work(house: House, step: str = CREATE_REPLICA) -> Migration:
    """One whose step waits for AWS, and is to be looked at again."""
    migration = a_migration(position=position_of(step), waiting=WAITING, attempts=2)
    house.store.create(migration, [], work_of(migration))
    return migration


def test_nothing_is_queued_and_nothing_due_while_it_is_paused() -> None:
    """However late it gets, and whoever asks for another look."""
    house = House()
    migration = at_work(house)
    paused = house.service.pause(migration.id, ADAM)
    house.store.look_again(migration.id, 0.0)

    assert (paused.status, paused.paused) == (Status.PAUSED, Pause(ADAM, house.clock.now()))
    assert [work.version for work in house.engine.submitted] == [migration.version]
    assert work_of(paused) is None
    assert house.store.overdue(house.clock.now() + 1e9) == []
    assert [entry.event for entry in house.store.events(migration.id)] == [
        MigrationPaused(house.clock.now(), ADAM, CREATE_REPLICA)
    ]


def test_it_goes_on_at_the_step_where_it_was() -> None:
    """At once, with what it had found, and without what failed before."""
    house = House()
    migration = at_work(house)
    house.service.pause(migration.id, ADAM)
    house.clock.time += 5400
    after = house.service.resume(migration.id, RITA)

    assert (after.status, after.paused, after.attempts) == (Status.ACTIVE, None, 0)
    assert (after.position, after.facts, after.waiting) == (
        migration.position,
        migration.facts,
        WAITING,
    )
    assert house.engine.submitted[-1] == work_of(after)
    assert house.store.overdue(house.clock.now() + 60) == [migration.id]
    assert house.store.events(migration.id)[-1].event == MigrationResumed(
        house.clock.now(), RITA, CREATE_REPLICA, 5400.0
    )


@pytest.mark.parametrize(
    "answer",
    [
        lambda recorder, migration: recorder.record(migration, Done({"cluster": "orders-aurora"})),
        lambda recorder, migration: recorder.record(migration, Wait(5, "something else")),
        lambda recorder, migration: recorder.failed(migration, Permanent("no")),
    ],
    ids=["done", "waits", "failed"],
)
def test_what_a_step_at_work_answers_is_void(
    answer: Callable[[Recorder, Migration], object],
) -> None:
    """It was of the version before: it moves nothing on, and the step looks anew later."""
    house = House()
    migration = at_work(house)
    paused = house.service.pause(migration.id, ADAM)
    with pytest.raises(Conflict):
        answer(house.recorder, migration)

    assert house.store.load(migration.id) == paused
    assert house.engine.submitted == [work_of(migration)]


def test_a_wait_that_says_nothing_new_moves_nothing_on_either() -> None:
    """It asks for another look without a new version: there is none to ask for."""
    house = House()
    migration = at_work(house)
    house.service.pause(migration.id, ADAM)
    house.recorder.record(migration, Wait(5, WAITING.reason, WAITING.progress))

    assert house.store.overdue(house.clock.now() + 1e9) == []


def test_the_second_of_two_who_pause_reads_that_it_is_paused() -> None:
    """And so does the second who resumes."""
    house = House()
    migration = at_work(house)
    paused = house.service.pause(migration.id, ADAM)
    with pytest.raises(Exception, match="paused already"):
        house.service.pause(migration.id, RITA)
    assert house.store.load(migration.id) == paused
    house.service.resume(migration.id, RITA)
    with pytest.raises(Exception, match="not paused"):
        house.service.resume(migration.id, ADAM)


@pytest.mark.parametrize("way_on", ["cancel", "drop_replica"])
def test_a_paused_migration_can_be_ended(way_on: str) -> None:
    """It is paused no more then: what takes it down is carried out."""
    house = House()
    migration = at_work(house)
    house.service.pause(migration.id, ADAM)
    after = getattr(house.service, way_on)(migration.id, RITA)

    assert after.paused is None
    assert house.engine.submitted[-1] == work_of(after)


def test_its_replica_is_watched_while_it_is_paused() -> None:
    """Its source keeps WAL all the same; before there is one nothing is watched."""
    assert is_synchronizing(SITUATIONS[Situation.PAUSED_SYNCHRONIZING])
    assert not is_synchronizing(SITUATIONS[Situation.PAUSED_PREPARING])


def test_a_source_may_be_mended_while_it_is_paused() -> None:
    """Nothing runs beside it."""
    paused = SITUATIONS[Situation.PAUSED_PREPARING]

    assert [why_not_now(remedy, paused) for remedy in REMEDIES] == [""] * len(REMEDIES)


def test_a_record_from_before_there_was_a_pause_is_read() -> None:
    """It is not paused."""
    stored = json.loads(MIGRATION.dump_json(a_migration()))
    del stored["paused"]

    assert MIGRATION.validate_json(json.dumps(stored)).paused is None


def test_a_pause_is_read_back_as_it_was_written() -> None:
    """Over a restart of everything."""
    paused = SITUATIONS[Situation.PAUSED_SYNCHRONIZING]

    assert MIGRATION.validate_json(MIGRATION.dump_json(paused)) == paused
