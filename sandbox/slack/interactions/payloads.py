"""The bodies of slash commands and interactions, field by field as Slack sends them."""

from typing import Any

from sandbox.slack.cast import TEAM_DOMAIN, TEAM_ID, Member
from sandbox.slack.channels import Channel
from sandbox.slack.directory import team_ref, user_ref
from sandbox.slack.messages import Message
from sandbox.slack.modals import View
from sandbox.slack.team import Team

Json = dict[str, Any]

# kept by Slack for old apps; nothing may rest on it
VERIFICATION_TOKEN = "verification-token-is-deprecated"


def channel_name(channel: Channel) -> str:
    """A channel's name as payloads have it: private ones stay unnamed."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def slash_command(
    team: Team, user: Member, channel: Channel, command: str, text: str, response_url: str
) -> Json:
    """The form of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.handle,
        "command": command,
        "text": text,
        "api_app_id": team.cast.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": team.triggers.give(user.id),
    }


def interaction(team: Team, kind: str, user: Member) -> Json:
    """What every interaction carries."""
    return {
        "type": kind,
        "user": user_ref(user),
        "api_app_id": team.cast.app_id,
        "token": VERIFICATION_TOKEN,
        "team": team_ref(),
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_place(channel: Channel, message: Message) -> Json:
    """Where an act on a message happened."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    place: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
    }
    if message.only_for is None:
        place["message"] = channel.shown(message)
    return place


def view_place(team: Team, view: View) -> Json:
    """Where an act in a modal or a home tab happened."""
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": view.object(team.cast),
    }


def action(team: Team, block_id: str, element: Json, entry: Json | None) -> Json:
    """What was done to an element: the names, what it says, and what was chosen."""
    told: Json = {
        "action_id": element["action_id"],
        "block_id": block_id,
        "type": element["type"],
        "action_ts": team.timestamps.new(),
    }
    if element["type"] in {"button", "icon_button"}:
        for name in ("text", "value", "style", "url"):
            if name in element:
                told[name] = element[name]
    if entry is not None:
        told |= {name: value for name, value in entry.items() if name != "type"}
    for name in ("placeholder", "confirm"):
        if name in element:
            told[name] = element[name]
    return told
