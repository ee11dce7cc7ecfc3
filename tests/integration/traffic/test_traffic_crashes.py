"""Agent or pooler die in the middle: what was asked for stays true, and nobody hangs for ever."""

import json
import signal

from traffic_ground import SOURCE, Ground, applications, are_still, endpoint, eventually

from sandbox.servers.postgres import PostgresServer


def test_a_killed_agent_takes_its_watch_up_again(ground: Ground) -> None:
    """Killed in a pause and started again: still held, still ended by itself when nobody calls."""
    with ground.group() as layer, applications(ground) as clients:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=2)
        ground.end_agent(signal.SIGKILL)
        ground.forget_log()
        ground.start_agent()
        assert layer.states(SOURCE)[0].epoch == 1
        clients.go_on()
        eventually(lambda: ground.said("Nobody called about the pause of orders (epoch 1)"))
    assert not clients.errors


def test_a_pause_that_ran_out_while_the_agent_was_down_ends_at_its_start(
    ground: Ground, source: PostgresServer
) -> None:
    """The term passes without an agent: the first thing the next one does is resume."""
    with ground.group() as layer, applications(ground) as clients:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        ground.end_agent(signal.SIGKILL)
        record = json.loads(ground.state_file.read_text())
        record["sources"][SOURCE]["hold"]["resumes_at"] -= 100
        ground.state_file.write_text(json.dumps(record))
        assert are_still(source)
        ground.start_agent(wait=False)
        clients.go_on()


def test_an_agent_that_ends_politely_leaves_the_pause(ground: Ground) -> None:
    """A restart of the agent for an update, in a pause, is no reason to let traffic go."""
    with ground.group() as layer:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert ground.end_agent() == 0
        assert ground.said("Ending with orders held")
        assert ground.is_held()
        ground.forget_log()
        ground.start_agent()
        assert layer.states(SOURCE)[0].paused
        layer.resume(SOURCE, epoch=1)
        assert not ground.is_held()


def test_a_pooler_that_restarts_in_a_pause_is_held_again(ground: Ground) -> None:
    """PgBouncer forgets a pause when it dies: the agent notices and holds it again."""
    with ground.group() as layer:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        ground.pooler.kill()
        ground.pooler.start()
        eventually(lambda: layer.states(SOURCE)[0].paused, "the pause")
        assert ground.said("The pooler forgot the pause of orders")
        layer.resume(SOURCE, epoch=1)
        assert not ground.is_held()


def test_a_pooler_that_restarts_after_a_move_leads_to_the_new_place(
    ground: Ground, source: PostgresServer, target: PostgresServer
) -> None:
    """Where an entry leads is in the file: neither the pooler's death nor the agent's undoes it."""
    with ground.group() as layer:
        layer.point_to(SOURCE, endpoint(target), epoch=1)
        ground.pooler.kill()
        ground.pooler.start()
        assert layer.states(SOURCE)[0].endpoint == endpoint(target)
        ground.end_agent(signal.SIGKILL)
        ground.pooler.databases_file.write_text("[databases]\n")
        ground.forget_log()
        ground.start_agent()
        assert layer.states(SOURCE)[0].endpoint == endpoint(target)
        with ground.connect() as connection:
            row = connection.execute("SELECT inet_server_port()").fetchone()
        assert row == (target.port,)


def test_an_agent_starts_without_a_pooler_and_finds_it_later(ground: Ground) -> None:
    """Whichever starts first: the files are there for the pooler to read."""
    ground.end_agent()
    ground.pooler.kill()
    ground.pooler.databases_file.write_text("[databases]\n")
    ground.forget_log()
    ground.start_agent()
    ground.pooler.start()
    with ground.group() as layer:
        assert not layer.states(SOURCE)[0].paused
    with ground.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
