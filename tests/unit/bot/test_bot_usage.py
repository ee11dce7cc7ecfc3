"""What can be typed, and where people read of it."""

from pathlib import Path

import yaml

from bot.messages.answers import COMMANDS

MANIFEST = Path(__file__).parents[3] / "manifest.yaml"


def test_the_manifest_hints_at_every_sub_command() -> None:
    """Slack shows it while somebody types; `/migrate help` has the same ones, in that order."""
    (command,) = yaml.safe_load(MANIFEST.read_text())["features"]["slash_commands"]
    assert command["usage_hint"].split(" | ") == list(COMMANDS)
