"""The last approval against another last one, and against what voids the first: one wins."""

import random
from dataclasses import replace
from functools import partial

from store_ground import Ground, a_migration, race

from migration.approvals import Click, Person
from migration.errors import NotPossibleNow
from migration.events import ApprovalsVoided, Approved
from migration.model import Check, Evidence, Migration, Status, pivot_of
from migration.plan import CUT_OVER
from migration.policy import Policy, Rule
from migration.service import Service
from migration.voiding import void_approvals

ROUNDS = 60
# Who begins later by more than this has lost before it begins.
HEAD_START_SECONDS = 0.002
ADAM, ANNA, OLAF = "U-ADAM", "U-ANNA", "U-OLAF"
PEOPLE = frozenset({ADAM, ANNA, OLAF})


def evidence(at: float, *, ok: bool) -> Evidence:
    """What was seen then."""
    return Evidence((Check("lag", ok=ok, detail="0.1 s"),), (), at)


def once_approved(ground: Ground, service: Service, number: int) -> Migration:
    """One of two approvals is there."""
    plain = a_migration(f"orders-{number}", f"orders-{number}")
    waiting = replace(plain, status=Status.WAITING_FOR_APPROVAL, position=pivot_of(plain.plan))
    ground.store.create(waiting, [], None)
    ground.store.save_evidence(waiting.id, evidence(ground.clock.now(), ok=True))
    approve(service, waiting, ADAM)
    return ground.store.load(waiting.id)


def approve(service: Service, migration: Migration, user: str) -> None:
    """On the version that this person saw; who was too late is told."""
    click = Click("promote", migration.version)
    others = [Person(ADAM)]
    decision, _ = service.approve(
        migration.id, click, Person(user), migration.source, others=others
    )
    if not decision.granted:
        raise NotPossibleNow(decision.reason)


def void(ground: Ground, migration: Migration) -> None:
    """What a look at the gate does that finds it shut."""
    void_approvals(
        ground.store, ground.clock, migration, evidence(ground.clock.now() + 1, ok=False)
    )
    after = ground.store.load(migration.id)
    if after.status is not Status.WAITING_FOR_APPROVAL:
        raise NotPossibleNow


def test_of_two_last_approvals_and_a_void_one_wins(ground: Ground) -> None:
    """It begins on both approvals, once; or nothing begins, and the first one is void."""
    rule = Rule(PEOPLE, "two", approvals=2)
    service = Service(ground.store, ground.clock, Policy(PEOPLE, (rule,)))
    chance = random.Random(4)
    winners = set()
    for number in range(ROUNDS):
        migration = once_approved(ground, service, number)
        late = partial(chance.uniform, 0, HEAD_START_SECONDS)
        told = race(
            {
                ANNA: (late(), partial(approve, service, migration, ANNA)),
                OLAF: (late(), partial(approve, service, migration, OLAF)),
                "void": (late(), partial(void, ground, migration)),
            }
        )
        (winner,) = (name for name, error in told.items() if error is None)
        after = ground.store.load(migration.id)
        events = [type(entry.event) for entry in ground.store.events(migration.id)]
        jobs = [job for job in ground.queued() if job[0] == migration.id]
        if winner == "void":
            assert (after.status, after.given) == (Status.WAITING_FOR_APPROVAL, ())
            assert (jobs, events[:2]) == ([], [Approved, ApprovalsVoided])
        else:
            assert after.status is Status.CUTTING_OVER
            assert [one.by for one in after.given] == [ADAM, winner]
            assert jobs == [(migration.id, CUT_OVER, after.version)]
            assert ApprovalsVoided not in events
        winners.add("void" if winner == "void" else "approval")

    assert winners == {"void", "approval"}
