"""The layer of names in Route 53, held to its promises: epochs, lost answers, records of others."""

import threading

import pytest
from cutover_ground import SOURCE, Ground
from named_ground import NOTE, RECORD, Zone

from migration.errors import DaybreakError
from workers.traffic.errors import OlderEpoch, PoolerUnreachable
from workers.traffic.noted_name import NotInSync
from workers.traffic.port import Endpoint


def test_what_the_layer_promises(ground: Ground, zone: Zone) -> None:
    """Epochs, lost answers, sync, other ports, records of others: one server's worth of rules."""
    layer = ground.bench.tools.traffic
    there = Endpoint("127.0.0.9", zone.port)
    [state] = layer.states(SOURCE)
    assert (state.epoch, state.endpoint, state.holds) == (
        0,
        Endpoint(ground.cloud.address(SOURCE), zone.port),
        False,
    )
    assert "TTL is 2 s" in state.problems[0]

    layer.pause(SOURCE, epoch=3, timeout_seconds=1, resume_after_seconds=1)
    assert layer.states(SOURCE)[0].epoch == 3
    for older in (
        lambda: layer.point_to(SOURCE, there, epoch=2, timeout_seconds=1),
        lambda: layer.lead_to(SOURCE, there, epoch=2),
        lambda: layer.resume(SOURCE, epoch=2),
        lambda: layer.pause(SOURCE, epoch=2, timeout_seconds=1, resume_after_seconds=1),
        lambda: layer.validation_entries(SOURCE, there, epoch=2),
    ):
        with pytest.raises(OlderEpoch, match="epoch 3 has taken over"):
            older()
    assert zone.get()[0] == ground.cloud.address(SOURCE)

    ground.cloud.scenario.lose_record_answers = 1
    layer.point_to(SOURCE, there, epoch=4, timeout_seconds=5)
    assert zone.get()[0] == there.host

    ground.cloud.scenario.route53_sync_seconds = 3600.0
    with pytest.raises(NotInSync):
        layer.point_to(SOURCE, there, epoch=5, timeout_seconds=0.1)
    ground.cloud.scenario.route53_sync_seconds = 0.0
    layer.point_to(SOURCE, there, epoch=5, timeout_seconds=0.1)

    with pytest.raises(DaybreakError, match="another port"):
        layer.point_to(SOURCE, Endpoint("127.0.0.9", 1), epoch=6, timeout_seconds=1)
    with pytest.raises(DaybreakError, match="DAYBREAK_ROUTE53_RECORDS"):
        layer.states("billing")
    zone.put(NOTE, "TXT", 60, '"somebody else"')
    with pytest.raises(DaybreakError, match="not written by Daybreak"):
        layer.resume(SOURCE, epoch=9)


def test_a_batch_that_rests_on_an_older_note_is_refused(ground: Ground, zone: Zone) -> None:
    """The compare-and-swap itself: who was overtaken between reading and writing changes nothing.

    Two attempts change the name at once, again and again; the later one's word stands each time.
    """
    layer = ground.bench.tools.traffic
    source = Endpoint(ground.cloud.address(SOURCE), zone.port)
    there = Endpoint("127.0.0.9", zone.port)

    def act(endpoint: Endpoint, epoch: int) -> None:
        try:
            layer.point_to(SOURCE, endpoint, epoch=epoch, timeout_seconds=5)
        except (OlderEpoch, PoolerUnreachable):
            return

    for epoch in range(2, 30, 2):
        older = threading.Thread(target=act, args=(there, epoch))
        later = threading.Thread(target=act, args=(source, epoch + 1))
        older.start()
        later.start()
        older.join()
        later.join()
        assert layer.states(SOURCE)[0].epoch == epoch + 1
        assert zone.get()[0] == source.host
        assert RECORD in layer.states(SOURCE)[0].url
