"""Traffic is held, led elsewhere and let go without an application noticing."""

import psycopg
import pytest
from traffic_ground import SOURCE, Ground, applications, are_still, endpoint, rows_written

from sandbox.servers.postgres import PostgresServer
from workers.traffic.errors import PoolerUnreachable


def test_a_move_under_load_gives_no_error_and_ends_the_old_way(
    ground: Ground, source: PostgresServer, target: PostgresServer
) -> None:
    """Held, moved, let go: no client sees an error, and nothing reaches the old server after it."""
    with ground.group() as layer, applications(ground) as clients:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert are_still(source, target)
        [state] = layer.states(SOURCE)
        assert state.paused
        assert state.endpoint == endpoint(source)
        before = rows_written(source)

        layer.point_to(SOURCE, endpoint(target), epoch=1)
        assert are_still(source, target)
        assert layer.states(SOURCE)[0].endpoint == endpoint(target)

        layer.resume(SOURCE, epoch=1)
        clients.go_on()
    assert not clients.errors
    assert rows_written(source) == before
    acknowledged = {(client, n) for _, client, n, _ in clients.acknowledged}
    assert before | rows_written(target) >= acknowledged
    assert clients.by_port().keys() == {source.port, target.port}


def test_a_move_of_flowing_traffic_never_serves_two_places(
    ground: Ground, source: PostgresServer, target: PostgresServer
) -> None:
    """Without a pause before it, a move holds for a moment by itself: first one place, then one."""
    with ground.group() as layer, applications(ground) as clients:
        layer.point_to(SOURCE, endpoint(target), epoch=1)
        clients.go_on()
        assert not layer.states(SOURCE)[0].paused
    ports = [port for port, *_, when in sorted(clients.acknowledged, key=lambda ack: ack[3])]
    assert ports == sorted(ports, key=[source.port, target.port].index)


def test_a_move_that_the_pooler_does_not_take_over_is_undone(
    ground: Ground, source: PostgresServer, target: PostgresServer
) -> None:
    """A pooler that cannot read its entries makes the move fail, and all lead where they did."""
    configuration = ground.pooler.databases_file.parent / "pgbouncer.ini"
    text = configuration.read_text()
    with ground.group() as layer, applications(ground) as clients:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        configuration.write_text(f"nonsense\n{text}")
        with pytest.raises(PoolerUnreachable, match="%include"):
            layer.point_to(SOURCE, endpoint(target), epoch=1)
        configuration.write_text(text)
        assert f"port={source.port}" in ground.pooler.databases_file.read_text()
        assert layer.states(SOURCE)[0].endpoint == endpoint(source)
        layer.resume(SOURCE, epoch=1)
        clients.go_on()


def test_the_validation_entry_is_the_applications_own_way(
    ground: Ground, source: PostgresServer, target: PostgresServer
) -> None:
    """Daybreak's certificate gets in as the application, at the target, with its real password."""
    with ground.group() as layer:
        [entry] = layer.validation_entries(SOURCE, endpoint(target), epoch=1)
        assert (entry.host, entry.port) == (ground.pooler.host, ground.pooler.port)
        with psycopg.connect(ground.dsn(entry.dbname, entry.user, ground.caller)) as connection:
            row = connection.execute(
                "SELECT current_user, inet_server_port(),"
                " (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())"
            ).fetchone()
        assert row == ("app", target.port, True)
        assert layer.states(SOURCE)[0].endpoint == endpoint(source), "the live entry stays"


def test_the_validation_entry_is_held_once_it_leads_to_the_source(
    ground: Ground, target: PostgresServer
) -> None:
    """It leads elsewhere during a move, but to the same server on the way back."""
    with ground.group() as layer:
        layer.validation_entries(SOURCE, endpoint(target), epoch=1)
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert not ground.is_held("orders_validation")
        layer.point_to(SOURCE, endpoint(target), epoch=1)
        layer.resume(SOURCE, epoch=1)
        layer.pause(SOURCE, epoch=2, timeout_seconds=10, resume_after_seconds=60)
        assert ground.is_held("orders_validation")
        layer.resume(SOURCE, epoch=2)
        assert not ground.is_held("orders_validation")


def test_the_validation_entry_is_let_go_after_a_move_away_from_it(
    ground: Ground, source: PostgresServer, target: PostgresServer
) -> None:
    """Held together with the live entry, it is let go with it, though they have parted since."""
    with ground.group() as layer:
        layer.point_to(SOURCE, endpoint(target), epoch=1)
        layer.validation_entries(SOURCE, endpoint(target), epoch=1)
        layer.point_to(SOURCE, endpoint(source), epoch=1)

        assert not ground.is_held()
        assert not ground.is_held("orders_validation")
