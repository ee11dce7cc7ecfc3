"""Cancel against promote: of two commits that race exactly one wins, and the other one is told."""

import random
from dataclasses import replace
from functools import partial

from store_ground import Ground, a_migration, race

from migration.approvals import Policy
from migration.events import ActIntended, CancelRequested
from migration.model import Migration, Status, pivot_of
from migration.recorder import Recorder
from migration.service import Service

ROUNDS = 200
# Who begins later by more than this has lost before it begins.
HEAD_START_SECONDS = 0.002


def begun(ground: Ground, number: int) -> Migration:
    """A cut-over under way."""
    plain = a_migration(f"orders-{number}", f"orders-{number}")
    migration = replace(
        plain,
        status=Status.CUTTING_OVER,
        position=pivot_of(plain.plan),
        cut_over_began=1.0,
        epoch=1,
    )
    ground.store.create(migration, [], None)
    return migration


def test_either_the_cancel_or_the_promotion_wins_and_never_both(ground: Ground) -> None:
    """Both are seen to win; the history holds only the winner's decision."""
    service = Service(ground.store, ground.clock, Policy(frozenset()))
    recorder = Recorder(ground.store, ground.clock)
    chance = random.Random(4)
    winners = []
    for number in range(ROUNDS):
        migration = begun(ground, number)
        lead = chance.uniform(-HEAD_START_SECONDS, HEAD_START_SECONDS)
        told = race(
            {
                "cancel": (max(lead, 0), partial(service.cancel, migration.id, "U-RITA")),
                "promote": (max(-lead, 0), partial(recorder.decide_promotion, migration, "go")),
            }
        )
        (winner,) = (name for name, error in told.items() if error is None)
        after = ground.store.load(migration.id)
        assert bool(after.cancelled_by) is (winner == "cancel")
        assert (after.promoting_since is not None) is (winner == "promote")
        decisions = [type(entry.event) for entry in ground.store.events(migration.id)]
        assert decisions == [CancelRequested if winner == "cancel" else ActIntended]
        winners.append(winner)

    assert {"cancel", "promote"} == set(winners)
