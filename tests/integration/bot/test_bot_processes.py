"""`python -m bot`: begins with everything it needs, or says what is missing and ends with 1."""

import os
import subprocess
import sys

import pytest
from bot_ground import Ground

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


@pytest.mark.parametrize(
    ("changed", "arguments", "said"),
    [
        ({"SLACK_BOT_TOKEN": ""}, (), "SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": ""}, (), "SLACK_APP_TOKEN is needed"),
        ({"DAYBREAK_SLACK_TRANSPORT": "http", "SLACK_SIGNING_SECRET": ""}, (), "SIGNING_SECRET"),
        ({"DAYBREAK_APPROVERS": ""}, ("channel",), "DAYBREAK_APPROVERS"),
        ({"DAYBREAK_APPROVERS": "@adam"}, (), "not ids of people or of user groups"),
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
