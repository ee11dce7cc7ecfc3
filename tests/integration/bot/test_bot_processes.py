"""`python -m bot`: begins with everything it needs, or says what is missing and ends with 1."""

import os
import subprocess
import sys

import pytest
from bot_ground import Ground, wait_until

NOWHERE = "http://127.0.0.1:9/api/"


def run(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Its exit code, and what it wrote."""
    kept = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def test_the_channel_worker_outlives_its_redis(quiet_ground: Ground) -> None:
    """Away at the worst of times, in the middle of jobs: all is shown when it is back."""
    ground = quiet_ground
    ground.forgets_jobs()
    worker = ground.channel_worker()
    worker.start()
    try:
        shown = [ground.started(ground.a_source()) for _ in range(20)]
        ground.server.kill()
        ground.server.start()
        wait_until(ground.answers, "Redis to have read its file")
        shown.append(ground.started(ground.a_source()))

        def up_to_date() -> bool:
            due = set(ground.store.channel_overdue(ground.clock.now()))
            mine = due & {migration.id for migration in shown}
            for late in mine:  # as the reconciler does
                ground.engine.refresh(late)
            return not mine

        wait_until(up_to_date, "every migration to be shown", every=0.5)
        assert all(len(ground.roots(migration)) == 1 for migration in shown)
    finally:
        assert worker.stop() == 0


@pytest.mark.parametrize(
    ("changed", "arguments", "said"),
    [
        ({"SLACK_BOT_TOKEN": ""}, (), "SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": ""}, (), "SLACK_APP_TOKEN is needed"),
        ({"DAYBREAK_SLACK_TRANSPORT": "http", "SLACK_SIGNING_SECRET": ""}, (), "SIGNING_SECRET"),
        ({"DAYBREAK_APPROVERS": ""}, ("channel",), "DAYBREAK_APPROVERS"),
        ({"DAYBREAK_APPROVERS": "@adam"}, (), "not ids of people or of user groups"),
        ({"DAYBREAK_APPROVAL_POLICY": "/nowhere"}, (), "/nowhere can't be read: No such file"),
        ({"DAYBREAK_APPROVAL_POLICY": __file__}, ("channel",), "is no TOML"),
        ({"REDIS_URL": "redis://127.0.0.1:9/0"}, (), "Redis (REDIS_URL) does not answer"),
        ({"REDIS_URL": "redis://127.0.0.1:9/0"}, ("channel",), "Redis (REDIS_URL)"),
        ({"SLACK_API_URL": NOWHERE}, (), "Slack (SLACK_API_URL) can't be used"),
        ({"SLACK_API_URL": NOWHERE}, ("channel",), "Slack (SLACK_API_URL) can't be used"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, (), "invalid_auth"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, (), "invalid_auth"),
        ({}, ("chanel",), "usage"),
    ],
)
def test_what_is_missing_is_said(
    quiet_ground: Ground, changed: dict[str, str], arguments: tuple[str, ...], said: str
) -> None:
    """Exit 1, one message without a traceback, and no secret in it."""
    ground = quiet_ground
    environment = ground.environment(ground.workspace, ground.redis_url, **changed)
    code, written = run(environment, *arguments)
    assert code == 1, written
    assert said in written
    assert "Traceback" not in written
    assert ground.workspace.tokens.bot not in written
    assert ground.redis_url not in written
