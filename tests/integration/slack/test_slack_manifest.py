"""The app's manifest: what the bot needs is asked for, and what is installed follows from it."""

import json
from typing import Any

import pytest
import yaml
from slack_office import HURRIED, open_office, refused

from sandbox.slack.manifest import MANIFEST, parse_manifest, read_manifest


@pytest.fixture
def content() -> dict[str, Any]:
    """The manifest as it stands in the repository."""
    read: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    return read


def test_the_manifest_asks_for_what_the_bot_does(content: dict[str, Any]) -> None:
    """Socket Mode, interactivity, a home tab, `/migrate`, and no address of anybody's."""
    settings = content["settings"]
    assert settings["socket_mode_enabled"]
    assert settings["interactivity"]["is_enabled"]
    assert content["features"]["app_home"]["home_tab_enabled"]
    commands = [command["command"] for command in content["features"]["slash_commands"]]
    assert commands == ["/migrate"]
    assert {"commands", "chat:write", "users:read", "usergroups:read", "channels:history"} <= set(
        content["oauth_config"]["scopes"]["bot"]
    )
    assert "http" not in json.dumps(content)


def test_the_manifest_keeps_slacks_limits(content: dict[str, Any]) -> None:
    """Names and descriptions are no longer than Slack takes them."""
    about = content["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    for command in content["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000


def test_only_what_is_installed_is_there(content: dict[str, Any]) -> None:
    """A command that the manifest does not name is unknown; a home tab needs its switch."""
    content["features"]["slash_commands"] = []
    content["features"]["app_home"]["home_tab_enabled"] = False
    office = open_office(manifest=parse_manifest(content), timings=HURRIED)
    try:
        assert office.person("rita").type("#migrations", "/migrate").error == "unknown_command"
        home = {"type": "home", "blocks": []}
        refused("not_enabled", office.client.views_publish, user_id="U0RITA00001", view=home)
    finally:
        office.workspace.stop()


def test_events_follow_the_manifest(content: dict[str, Any]) -> None:
    """The events that the app hears are those that it subscribed to."""
    assert read_manifest().events == {"app_home_opened"}
    content["settings"]["event_subscriptions"]["bot_events"] = ["app_mention", "message.channels"]
    assert parse_manifest(content).events == {"app_mention", "message.channels"}
