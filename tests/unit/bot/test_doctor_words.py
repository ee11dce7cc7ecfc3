"""What the doctor takes from the command line, and that it needs nothing to say what is wrong."""

import io
import os

import pytest

from bot.__main__ import main
from bot.doctor.examine import examine

OURS = ("DAYBREAK_", "SLACK_", "REDIS_")


def test_without_settings_each_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lines, and status 2."""
    for name in [one for one in os.environ if one.startswith(OURS)]:
        monkeypatch.delenv(name)
    out = io.StringIO()

    assert examine(out=out) == 2
    first, second = out.getvalue().splitlines()
    assert first.startswith("FAILURE  settings: Set these in the environment")
    assert "SLACK_BOT_TOKEN" in first
    assert "DAYBREAK_APPROVERS" in first
    assert "REDIS_URL" in second


@pytest.mark.parametrize("argument", ["--help", "#migrations", "C0MIGRATION,C0OTHER"])
def test_what_is_no_channel_is_refused(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the way to say it."""
    assert main(["doctor", argument]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "python -m bot [channel | doctor [CHANNEL ...]]" in said.err
