"""Who gets in, what is understood, and what is said when something is wrong."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from traffic_ground import SOURCE, Ground


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        ("pause", b"nonsense", "not JSON"),
        ("pause", b"\xff", "not JSON"),
        ("pause", b'{"epoch": 1}', "timeout_seconds"),
        ("pause", b'{"epoch":1,"timeout_seconds":-1,"resume_after_seconds":1}', "timeout_seconds"),
        ("pause", b'{"epoch":1,"timeout_seconds":1,"resume_after_seconds":1e9}', "resume_after"),
        ("resume", b'{"epoch": -1}', "epoch"),
        ("resume", b'{"epoch": 1, "force": true}', "force"),
        ("point_to", b'{"epoch":1,"host":"a b","port":5432}', "host"),
        ("point_to", b'{"epoch":1,"host":"10.0.0.1","port":70000}', "port"),
        ("point_to", b'{"epoch":1,"host":"10.0.0.1","port":1,"entry":"x"}', "entry"),
    ],
)
def test_a_body_that_is_wrong_is_refused_with_the_reason(
    shared_ground: Ground, path: str, body: bytes, complaint: str
) -> None:
    """Each complaint names the field, and nothing changes."""
    with shared_ground.http() as caller:
        answer = caller.post(f"/v1/{SOURCE}/{path}", content=body)
        assert answer.status_code == 400
        assert answer.json()["error"] == "bad_request"
        assert complaint in answer.json()["message"]
        assert caller.get(f"/v1/{SOURCE}").json()["epoch"] == 0


def test_an_unknown_route_is_answered_in_json(shared_ground: Ground) -> None:
    """Also what the agent does not know has an error code."""
    with shared_ground.http() as caller:
        assert caller.get("/v2").json()["error"] == "not_found"
        assert caller.delete(f"/v1/{SOURCE}").json()["error"] == "method_not_allowed"


def test_the_state_says_everything_a_cut_over_needs(
    shared_ground: Ground, source_port: int
) -> None:
    """The whole answer of the contract, read from the pooler."""
    with shared_ground.http() as caller:
        answer = caller.get(f"/v1/{SOURCE}").json()
    assert answer["pooler"].pop("version").startswith("PgBouncer ")
    assert answer == {
        "source": SOURCE,
        "epoch": 0,
        "paused": False,
        "endpoint": {"host": "127.0.0.1", "port": source_port},
        "entries": [
            {
                "name": SOURCE,
                "host": "127.0.0.1",
                "port": source_port,
                "held": False,
                "user": "app",
            }
        ],
        "foreign": [],
        "resumes_at": None,
        "pooler": {
            "pool_mode": "transaction",
            "query_wait_timeout": 1200.0,
            "client_login_timeout": 1200.0,
            "server_login_retry": 0.1,
        },
        "public": {"host": "127.0.0.1", "port": shared_ground.pooler.port},
    }


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("listen =", "listne ="), "listne"),
        (('secret = "app/orders"', 'secret = ""'), "secret"),
        (('name = "orders"', 'name = "or ders"'), "name"),
        (('"orders_validation"', '"orders"'), "same name"),
        (("callers =", "callers"), "not TOML"),
        (("agent.key", "missing.key"), "key"),
    ],
)
def test_a_wrong_configuration_is_explained(
    shared_ground: Ground, tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    """The agent does not start, and says what to change instead of showing a traceback."""
    text = shared_ground.config.read_text()
    assert change[0] in text
    config = tmp_path / "agent.toml"
    # one of its own: beside a running agent nobody gets as far
    text = text.replace(str(shared_ground.state_file), str(tmp_path / "agent.json"))
    config.write_text(text.replace(*change))
    ended = run_agent(shared_ground, {"DAYBREAK_AGENT_CONFIG": str(config)})
    assert ended.returncode == 2
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stderr


def test_missing_settings_are_named(shared_ground: Ground, tmp_path: Path) -> None:
    """No file named, no such file, no Region, damaged state: a sentence each."""
    ended = run_agent(shared_ground, {})
    assert (ended.returncode, "DAYBREAK_AGENT_CONFIG" in ended.stderr) == (2, True)
    ended = run_agent(shared_ground, {"DAYBREAK_AGENT_CONFIG": str(tmp_path / "none")})
    assert (ended.returncode, "cannot be read" in ended.stderr) == (2, True)
    state = tmp_path / "agent.json"
    config = tmp_path / "agent.toml"
    text = shared_ground.config.read_text()
    config.write_text(text.replace(str(shared_ground.state_file), str(state)))
    named = {"DAYBREAK_AGENT_CONFIG": str(config)}
    ended = run_agent(shared_ground, {**named, "AWS_REGION": ""})
    assert (ended.returncode, "AWS_REGION" in ended.stderr) == (2, True)
    state.write_text('{"sources": 1}')
    ended = run_agent(shared_ground, named)
    assert (ended.returncode, "damaged" in ended.stderr) == (2, True)


def run_agent(ground: Ground, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """An agent that is expected to end by itself."""
    inherited = {name: value for name, value in os.environ.items() if name != "AWS_REGION"}
    return subprocess.run(
        [sys.executable, "-m", "workers.traffic"],
        env={**inherited, **ground.cloud.environment, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_agent_ends_at_once_when_told_to(ground: Ground) -> None:
    """SIGTERM is a clean end, also with callers connected."""
    with ground.group() as layer:
        layer.states(SOURCE)
        assert ground.end_agent(signal.SIGTERM) == 0
    assert "Traceback" not in ground.log.read_text()
