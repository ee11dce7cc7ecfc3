"""Passwords change in the middle of a cut-over, and stay where they belong."""

import json
import stat
from pathlib import Path

import boto3
import psycopg
import pytest
from cutover_ground import SOURCE, TARGET, Ground, assert_writes_flow, eventually
from second_pooler import Rehearsal
from test_cut_over import assert_moved

TARGET_INSTANCE = f"{TARGET}-1"
NEW = "rotated-in-mid-flight"
# Secrets are not put back.
FRESH = True


def rotate(ground: Ground, role: str, secret: str, identifier: str = SOURCE) -> None:
    """As Secrets Manager does it: first at the server, then in the secret."""
    with psycopg.connect(ground.cloud.superuser_dsn(identifier), autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                psycopg.sql.Identifier(role), psycopg.sql.Literal(NEW)
            )
        )
    client = boto3.client(
        "secretsmanager",
        endpoint_url=ground.cloud.endpoint_url,
        region_name=ground.cloud.region,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
    )
    value = json.loads(client.get_secret_value(SecretId=secret)["SecretString"])
    client.put_secret_value(SecretId=secret, SecretString=json.dumps({**value, "password": NEW}))


@pytest.mark.table("rotation")
@pytest.mark.parametrize(
    ("role", "secret"), [("app", f"app/{SOURCE}"), ("daybreak", f"daybreak/{SOURCE}")]
)
def test_a_password_that_is_rotated_between_pause_and_resume(
    ground: Ground, role: str, secret: str
) -> None:
    """The application's or Daybreak's own: it travels to the target, and nobody sees an error."""
    approved = ground.approve(ground.at_the_gate())
    # Sessions end with the promotion, and the pooler's with the pause: everybody logs in anew.
    rehearsal = Rehearsal(ground, "fenced", 5.0)
    users = ground.pooler.users_file
    with ground.clients() as clients:
        with rehearsal.reached(approved):
            rotate(ground, role, secret)
            if role == "app":
                eventually(lambda: NEW in users.read_text(), "the new password at the pooler")
        assert_writes_flow(clients)

    assert_moved(ground, rehearsal.outcome[0], clients)


def files_with(folder: Path, text: str) -> set[Path]:
    """Every file below that says it, but the provider's own: AWS's servers know the passwords."""
    return {
        path
        for path in folder.rglob("*")
        if path.is_file()
        and folder / "aws" not in path.parents
        and text.encode() in path.read_bytes()
    }


def test_the_application_s_password_is_with_the_pooler_alone(ground: Ground) -> None:
    """After a whole cut-over: not in Redis, a log, an event, an environment or any other file.

    What the agent has in memory can't be looked at from here; what it and all others wrote can.
    """
    password = ground.cloud.password(SOURCE, "app")
    with ground.clients() as clients:
        after = ground.cut_over(ground.approve(ground.at_the_gate()))
        assert_writes_flow(clients)
    assert_moved(ground, after, clients)

    redis = ground.bench.redis
    assert redis.dbsize() > 0
    redis.execute_command("SAVE")
    # Redis's files, all logs and settings, and the agent's state are below this folder.
    assert files_with(ground.folder, password) == {ground.pooler.users_file}
    assert stat.S_IMODE(ground.pooler.users_file.stat().st_mode) == 0o600
    assert files_with(ground.folder, SOURCE), "the look itself works"
    assert password not in repr([entry.event for entry in ground.store.events(after.id)])
    for pid in (ground.agent_pid, "self"):
        assert password.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
        assert password.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()

    own = ground.cloud.password(SOURCE, "daybreak")
    assert files_with(ground.folder, own) == set()
