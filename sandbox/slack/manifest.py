"""Reads the app's manifest: what is installed here is what would be installed in Slack."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MANIFEST = Path(__file__).parents[2] / "manifest.yaml"


@dataclass(frozen=True)
class Command:
    """A slash command, with the hint that people see while they type."""

    name: str
    description: str
    usage_hint: str


@dataclass(frozen=True)
class Manifest:
    """The part of an app's manifest that a workspace acts upon."""

    commands: tuple[Command, ...]
    events: frozenset[str]
    scopes: tuple[str, ...]
    interactive: bool
    home: bool


def read_manifest(path: Path = MANIFEST) -> Manifest:
    """The manifest in a YAML file."""
    return parse_manifest(yaml.safe_load(path.read_text(encoding="utf-8")))


def parse_manifest(content: Mapping[str, Any]) -> Manifest:
    """The manifest in its parsed form."""
    features, settings = content["features"], content["settings"]
    return Manifest(
        commands=tuple(
            Command(entry["command"], entry["description"], entry.get("usage_hint", ""))
            for entry in features.get("slash_commands", ())
        ),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
        scopes=tuple(content["oauth_config"]["scopes"]["bot"]),
        interactive=bool(settings.get("interactivity", {}).get("is_enabled")),
        home=bool(features.get("app_home", {}).get("home_tab_enabled")),
    )
