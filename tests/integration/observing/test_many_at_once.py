"""What AWS is asked for one migration, for thirty and for three hundred that wait."""

from fleet_ground import Desk, Fleet

from workers.observing.observer import Observer

SIZES = (1, 30, 300)
SIZE = SIZES[-1]
# A collector that looks every five seconds does so twice in it, and all waits are due in it.
SECONDS = 6
# From one migration to three hundred. Without a collector it is three hundred.
MOST_GROWTH = 2


def pass_time(desk: Desk, observer: Observer) -> int:
    """The collector looks at its pace, workers at whatever is due: how often they had to."""
    looked_at, next_look = 0, desk.clock.now()
    for _ in range(SECONDS):
        if desk.clock.now() >= next_look:
            observer.look()
            next_look += observer.pace
        looked_at += desk.work()
        desk.clock.time += 1
    return looked_at


def test_calls_a_minute_stay_nearly_flat(fleet: Fleet, desk: Desk) -> None:
    """The account is as large for one as for all: what grows is who waits in it."""
    observer = Observer(desk.bench)
    calls, jobs, before = {}, {}, 0
    for size in SIZES:
        desk.store(fleet.waiting(range(before + 1, size + 1), desk.clock.now()))
        before = size
        with fleet.counting() as counted:
            jobs[size] = pass_time(desk, observer)
        calls[size] = counted.total()

    assert jobs == dict.fromkeys(SIZES, 0), "a wait that goes on needs no worker"
    assert 0 < calls[1] <= calls[300] <= MOST_GROWTH * calls[1], calls
    waits = [one.waiting.reason for one in desk.bench.store.under_way() if one.waiting]
    assert len([reason for reason in waits if "AWS is copying" in reason]) == SIZE / 2
    assert waits.count("The lag is over 5 s") == SIZE / 2
