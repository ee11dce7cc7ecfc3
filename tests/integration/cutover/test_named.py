"""The whole cut-over without a pooler: Route 53 leads a name, and clients see errors, not loss."""

import pytest
from cutover_ground import SOURCE, TARGET, Client, Ground, assert_writes_flow, eventually
from named_ground import FIRST_TTL, NOTE, Zone, named_clients
from second_pooler import Rehearsal

from migration.events import ActDone, ActIntended
from migration.model import Migration, Status
from workers.postgres.fence import State
from workers.runner import StepRunner
from workers.traffic.errors import OlderEpoch
from workers.traffic.port import Endpoint

TARGET_INSTANCE = f"{TARGET}-1"
# The name has to be known before the migration reaches its gate.
FRESH = True


def assert_accounted(ground: Ground, place: str, clients: list[Client]) -> None:
    """Every acknowledged write is there, and none that nobody sent."""
    for client in clients:
        found = set(ground.numbers_on(place, client))
        assert set(client.acknowledged) <= found, "lost"
        assert found <= set(client.acknowledged) | client.unknown, "phantom"


def acts(ground: Ground, migration: Migration) -> list[tuple[type, str]]:
    """Intents and outcomes in their order."""
    history = [entry.event for entry in ground.store.events(migration.id)]
    return [(type(e), e.act) for e in history if isinstance(e, ActIntended | ActDone)]


def test_the_name_leads_to_the_target_and_nothing_is_lost(ground: Ground, zone: Zone) -> None:
    """Clients see errors, ask again and go on; the TTL was lowered ahead and is restored."""
    gated = ground.at_the_gate()
    assert zone.get() == (ground.cloud.address(SOURCE), 1)
    assert (ActIntended, "lower_ttl") in acts(ground, gated)
    assert f"ttl={FIRST_TTL}" in zone.get(NOTE, "TXT")[0]
    approved = ground.approve(gated)
    evidence = ground.store.evidence(gated.id)
    assert evidence is not None
    [said] = [check.detail for check in evidence.checks if check.name == "Poolers ready"]
    assert "Nothing can hold its clients" in said
    ground.cloud.scenario.route53_sync_seconds = 1.0
    with named_clients(ground, zone) as clients:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)
        eventually(
            lambda: zone.get()[0] == ground.cloud.address(TARGET_INSTANCE), "the name's new place"
        )

    assert after.status is Status.ACTIVE, (after.problem, after.aborted)
    assert ground.fence_on(TARGET_INSTANCE).state is State.OPENED
    assert ground.fence_on(SOURCE).state is State.FENCED
    assert_accounted(ground, TARGET_INSTANCE, clients)
    assert all(client.errors for client in clients), "nothing held them: an honest table says so"
    facts = after.facts["cut_over"]
    assert facts["probe"] == {"not_measured": "there is no pooler that a probe could come through"}
    assert f"epoch={facts['epoch']} " in zone.get(NOTE, "TXT")[0]

    def protected() -> bool:
        migration = ground.store.load(after.id)
        if migration.status is Status.COMPLETED:
            return True
        assert migration.step is not None
        StepRunner(ground.bench).run(migration.id, migration.step.name, migration.version)
        return False

    eventually(protected, "the end of the plan")
    assert zone.get() == (ground.cloud.address(TARGET_INSTANCE), FIRST_TTL)
    for act in ("lower_ttl", "restore_ttl"):
        order = acts(ground, after)
        assert order.index((ActIntended, act)) < order.index((ActDone, act))


@pytest.mark.table("name led back")
def test_a_name_that_is_not_in_sync_in_time_leads_back(ground: Ground, zone: Zone) -> None:
    """After the promotion, too: the target is abandoned, the name leads to the source again."""
    approved = ground.approve(ground.at_the_gate(max_write_pause_seconds=10.0))
    ground.cloud.scenario.route53_sync_seconds = 3600.0
    rehearsal = Rehearsal(ground, "back-gave-up", 0.0)
    with named_clients(ground, zone) as clients:
        with rehearsal.reached(approved):
            assert zone.get()[0] == ground.cloud.address(TARGET_INSTANCE)
            ground.cloud.scenario.route53_sync_seconds = 0.0
        assert_writes_flow(clients)

    (after,) = rehearsal.outcome
    assert after.status is Status.HALTED
    assert "in sync" in after.aborted
    assert zone.get()[0] == ground.cloud.address(SOURCE)
    assert ground.fence_on(TARGET_INSTANCE).state is State.ABANDONED
    assert ground.fence_on(SOURCE).state is State.OPEN
    assert_accounted(ground, SOURCE, clients)


@pytest.mark.table("name led back")
def test_a_name_that_cannot_be_led_sends_the_cut_over_back(ground: Ground, zone: Zone) -> None:
    """After the promotion, too: the target is abandoned, and the clients go on with the source."""
    approved = ground.approve(ground.at_the_gate())
    rehearsal = Rehearsal(ground, "claimed")
    with named_clients(ground, zone) as clients:
        with rehearsal.reached(approved):
            ours, _ = zone.get(NOTE, "TXT")
            zone.put(NOTE, "TXT", 60, '"somebody else"')
            eventually(lambda: ground.fence_on(SOURCE).state is State.OPEN, "the reopening")
            # The name never led away: who asks for it writes before it can be written again.
            assert_writes_flow(clients)
            zone.put(NOTE, "TXT", 60, ours)
        assert_writes_flow(clients)

    (after,) = rehearsal.outcome
    assert after.status is Status.HALTED
    assert "not written by Daybreak" in after.aborted
    assert zone.get()[0] == ground.cloud.address(SOURCE)
    assert ground.fence_on(TARGET_INSTANCE).state is State.ABANDONED
    assert_accounted(ground, SOURCE, clients)
    overtaken = Endpoint(ground.cloud.address(TARGET_INSTANCE), zone.port)
    with pytest.raises(OlderEpoch):
        ground.bench.tools.traffic.point_to(
            SOURCE, overtaken, epoch=approved.epoch, timeout_seconds=5
        )
    assert zone.get()[0] == ground.cloud.address(SOURCE)
