"""An engineer leads the pooler elsewhere while no agent runs: the next agent keeps to it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from traffic_ground import SOURCE, Ground, applications, endpoint, eventually

from sandbox.servers.postgres import PostgresServer
from workers.traffic.errors import OlderEpoch
from workers.traffic.port import Endpoint

Way = Callable[[Ground, Endpoint, int], None]


def run(
    ground: Ground, *words: str, source: str = SOURCE, epoch: int = 5
) -> subprocess.CompletedProcess[str]:
    """The agent's verb, as an engineer types it."""
    return subprocess.run(
        [sys.executable, "-m", "workers.traffic", "point-to", source, *words, f"--epoch={epoch}"],
        env={**os.environ, "DAYBREAK_AGENT_CONFIG": str(ground.config)},
        capture_output=True,
        text=True,
        check=False,
    )


def by_command(ground: Ground, there: Endpoint, epoch: int) -> None:
    """As docs/on-call.md says."""
    done = run(ground, there.host, str(there.port), epoch=epoch)
    assert done.returncode == 0, done.stderr
    assert "RELOAD; RESUME orders; RESUME billing;" in done.stderr


def by_editor(ground: Ground, there: Endpoint, epoch: int) -> None:
    """The same where not even that runs."""
    kept = json.loads(ground.state_file.read_text())
    kept["sources"][SOURCE] |= {
        "epoch": epoch,
        "endpoint": {"host": there.host, "port": there.port},
        "hold": None,
    }
    ground.state_file.write_text(json.dumps(kept))
    file = ground.pooler.databases_file
    lines = file.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.startswith((f"{SOURCE} = ", "billing = ")):
            rest = line.partition(" dbname=")
            lines[number] = (
                f"{line.split()[0]} = host={there.host} port={there.port}{rest[1]}{rest[2]}"
            )
    file.write_text("\n".join([*lines, ""]))


@pytest.fixture
def two_entries(make_ground: Callable[..., Ground], source: PostgresServer) -> Ground:
    """Applications come by two names."""
    entry = {"secret": "app/orders", "host": source.address, "port": source.port}
    return make_ground([{"name": name, "source": SOURCE, **entry} for name in (SOURCE, "billing")])


@pytest.mark.parametrize("way", [by_command, by_editor])
def test_an_agent_that_is_started_later_keeps_to_it(
    two_entries: Ground, target: PostgresServer, way: Way
) -> None:
    """Killed in a pause; led elsewhere by hand; writes flow before and after the agent's start."""
    ground, there = two_entries, endpoint(target)
    with ground.group() as layer, applications(ground) as clients:
        layer.pause(SOURCE, epoch=3, timeout_seconds=10, resume_after_seconds=600)
        ground.end_agent(signal.SIGKILL)
        way(ground, there, 5)
        for command in ("RELOAD", f"RESUME {SOURCE}", "RESUME billing"):
            ground.console(command)
        clients.go_on()
        ground.forget_log()
        ground.start_agent()
        clients.go_on()
        assert not ground.is_held()
        (state,) = layer.states(SOURCE)
        assert (state.epoch, state.endpoint) == (5, there)
        with pytest.raises(OlderEpoch):
            layer.point_to(SOURCE, Endpoint(there.host, there.port), epoch=4)
    assert set(clients.by_port()) >= {target.port}


def test_what_is_still_held_is_let_go_by_the_next_agent(
    two_entries: Ground, target: PostgresServer
) -> None:
    """Nobody typed RESUME: the agent does what the console was not told."""
    ground = two_entries
    with ground.group() as layer, applications(ground) as clients:
        layer.pause(SOURCE, epoch=3, timeout_seconds=10, resume_after_seconds=600)
        ground.end_agent(signal.SIGKILL)
        by_command(ground, endpoint(target), 5)
        ground.console("RELOAD")
        ground.start_agent(wait=False)
        clients.go_on()
        eventually(lambda: clients.by_port()[target.port] > 0, "a write on the target")


def test_nothing_is_changed_while_an_agent_runs(ground: Ground, target: PostgresServer) -> None:
    """It would write over it, at once or when it is woken."""
    there = endpoint(target)
    for what in (signal.SIGCONT, signal.SIGSTOP):
        ground.signal_agent(what)
        before = ground.state_file.read_text()
        refused = run(ground, there.host, str(there.port))
        assert refused.returncode == 2
        assert "An agent runs here" in refused.stderr
        assert ground.state_file.read_text() == before
    ground.signal_agent(signal.SIGCONT)


def test_what_is_wrong_changes_nothing(ground: Ground, target: PostgresServer) -> None:
    """An older epoch, a source of nobody's, a word that is no host."""
    host, port = endpoint(target).host, str(endpoint(target).port)
    with ground.group() as layer:
        layer.resume(SOURCE, epoch=7)
    ground.end_agent()
    before = (ground.state_file.read_text(), ground.pooler.databases_file.read_text())
    for refused, words in (
        (run(ground, host, port, epoch=6), "give 7 or more"),
        (run(ground, host, port, source="nobody", epoch=9), "No entry of this pooler"),
        (run(ground, "a host", port, epoch=9), "not the name of a host"),
        (run(ground, host, "0", epoch=9), "not the name of a host"),
    ):
        assert refused.returncode == 2
        assert words in refused.stderr
    assert (ground.state_file.read_text(), ground.pooler.databases_file.read_text()) == before


def test_an_entry_that_the_pooler_never_had_is_told(ground: Ground, target: PostgresServer) -> None:
    """The agent's own file says the place nevertheless, so that the next agent writes the line."""
    ground.end_agent()
    ground.pooler.databases_file.write_text("[databases]\n")
    told = run(ground, endpoint(target).host, str(endpoint(target).port))
    assert told.returncode == 2
    assert "has no line of orders" in told.stderr
    ground.forget_log()
    ground.start_agent()
    with ground.group() as layer:
        assert layer.states(SOURCE)[0].endpoint == endpoint(target)
