"""The application's password: fetched by the agent alone, readable by the pooler alone."""

import os
import stat
from collections.abc import Callable

import psycopg
import pytest
from traffic_ground import PASSWORD, SOURCE, Cloud, Ground, endpoint, eventually

from sandbox.servers.postgres import PostgresServer
from workers.traffic.errors import SecretUnavailable


def an_entry(source: PostgresServer, name: str, secret: str) -> dict[str, object]:
    """An entry of the agent's file."""
    return {
        "name": name,
        "source": name,
        "secret": secret,
        "host": source.address,
        "port": source.port + (name != SOURCE),
        "validation": f"{name}_validation",
    }


def test_the_password_is_nowhere_but_in_the_poolers_file(ground: Ground) -> None:
    """Owned like its folder and closed to others; no log, no state and no answer repeats it."""
    with ground.group() as layer, ground.http() as caller:
        with ground.connect():
            pass
        answers = [caller.get(f"/v1/{SOURCE}").text, caller.get(f"/v1/{SOURCE}/sessions").text]
        layer.states(SOURCE)
    users = ground.pooler.users_file
    assert PASSWORD.replace('"', '""') in users.read_text()
    for file in (users, ground.pooler.databases_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.stat().st_uid == file.parent.stat().st_uid
    assert stat.S_IMODE(ground.state_file.stat().st_mode) == 0o600
    assert ground.state_file.stat().st_uid == os.geteuid()
    for text in (*answers, ground.log.read_text(), ground.state_file.read_text()):
        assert 'password"' not in text
        assert PASSWORD[:8] not in text


def test_a_rotated_password_is_read_before_the_validation(
    ground: Ground, cloud: Cloud, target: PostgresServer
) -> None:
    """The validation entry proves the password as it is now, not as it was at the start."""
    login = {"username": "app", "dbname": "app"}
    target.query("ALTER ROLE app PASSWORD 'rotated'")
    cloud.put("app/orders", {**login, "password": "rotated"})
    try:
        with ground.group() as layer:
            [entry] = layer.validation_entries(SOURCE, endpoint(target), epoch=1)
        with psycopg.connect(ground.dsn(entry.dbname, entry.user, ground.caller)) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("app",)
    finally:
        cloud.put("app/orders", {**login, "password": PASSWORD})
        target.query(f"ALTER ROLE app PASSWORD '{PASSWORD.replace(chr(39), 2 * chr(39))}'")


def test_one_name_with_two_passwords_gets_the_right_one_for_each_source(
    make_ground: Callable[..., Ground],
    cloud: Cloud,
    source: PostgresServer,
    target: PostgresServer,
) -> None:
    """Two secrets with the same user name: each entry logs in with its own password."""
    cloud.put("app/billing", {"username": "app", "password": "another", "dbname": "app"})
    entries = [
        an_entry(source, SOURCE, "app/orders"),
        {**an_entry(target, "billing", "app/billing"), "port": target.port},
    ]
    target.query("ALTER ROLE app PASSWORD 'another'")
    try:
        ground = make_ground(entries=entries)
        for name, server in ((SOURCE, source), ("billing", target)):
            with ground.connect(name) as connection:
                row = connection.execute("SELECT inet_server_port(), current_user").fetchone()
            assert row == (server.port, "app")
        with ground.group() as layer:
            [entry] = layer.validation_entries("billing", endpoint(target), epoch=1)
        with psycopg.connect(ground.dsn(entry.dbname, entry.user, ground.caller)) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("app",)
    finally:
        target.query(f"ALTER ROLE app PASSWORD '{PASSWORD.replace(chr(39), 2 * chr(39))}'")


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (None, "ResourceNotFoundException"),
        ({"username": "app", "password": "hush"}, "dbname"),
        ({"username": "app", "password": "hush\n", "dbname": "app"}, "line break"),
        ({"username": "app\n[evil]", "password": "hush", "dbname": "app"}, "username"),
    ],
)
def test_a_secret_that_cannot_be_used_is_said_to_be_one(
    make_ground: Callable[..., Ground],
    cloud: Cloud,
    source: PostgresServer,
    target: PostgresServer,
    value: dict[str, str] | None,
    complaint: str,
) -> None:
    """Missing, incomplete or harmful: named without its text; other sources are served."""
    name = "app/missing" if value is None else f"app/{abs(hash(complaint))}"
    if value is not None:
        cloud.put(name, value)
    entries = [an_entry(source, SOURCE, "app/orders"), an_entry(source, "billing", name)]
    ground = make_ground(entries=entries)
    with ground.group() as layer:
        with pytest.raises(SecretUnavailable, match=complaint) as refusal:
            layer.validation_entries("billing", endpoint(target), epoch=1)
        with pytest.raises(SecretUnavailable, match=complaint):
            layer.point_to("billing", endpoint(target), epoch=1)
        assert layer.states(SOURCE)[0].endpoint == endpoint(source)
    assert "hush" not in str(refusal.value)
    assert "hush" not in ground.log.read_text()
    with ground.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_without_secrets_manager_the_agent_still_holds_and_lets_go(
    ground: Ground, cloud: Cloud, source: PostgresServer, target: PostgresServer
) -> None:
    """Secrets Manager away at a restart: what was known before is enough to move traffic."""
    ground.end_agent()
    ground.forget_log()
    ground.cloud = Cloud("http://127.0.0.1:9")
    ground.start_agent()
    eventually(lambda: ground.said("cannot be read"), "the complaint")
    with ground.group() as layer:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        layer.point_to(SOURCE, endpoint(target), epoch=1)
        layer.resume(SOURCE, epoch=1)
        with ground.connect() as connection:
            row = connection.execute("SELECT inet_server_port()").fetchone()
        assert row == (target.port,)
        with pytest.raises(SecretUnavailable):
            layer.validation_entries(SOURCE, endpoint(target), epoch=1)
