"""Traffic is held, led elsewhere and let go without an application noticing."""

from collections.abc import Callable

from traffic_ground import SOURCE, Ground, applications, endpoint, rows_written

from sandbox.servers.postgres import PostgresServer


def test_a_move_under_load_gives_no_error_and_ends_the_old_way(
    ground: Ground, source: PostgresServer, target: PostgresServer
) -> None:
    """Held, moved, let go: no client sees an error, and nothing reaches the old server after it."""
    with ground.group() as layer, applications(ground) as clients:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert clients.are_still()
        [state] = layer.states(SOURCE)
        assert state.paused
        assert state.endpoint == endpoint(source)
        before = rows_written(source)

        layer.point_to(SOURCE, endpoint(target), epoch=1)
        assert clients.are_still()
        assert layer.states(SOURCE)[0].endpoint == endpoint(target)

        layer.resume(SOURCE, epoch=1)
        clients.go_on()
    assert not clients.errors
    assert rows_written(source) == before
    acknowledged = {(client, n) for _, client, n in clients.acknowledged}
    assert before | rows_written(target) >= acknowledged
    assert clients.by_port().keys() == {source.port, target.port}
