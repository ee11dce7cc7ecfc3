"""What an app sends to a response URL, turned into a message, an edit or a removal."""

from collections.abc import Mapping
from typing import Any

from sandbox.slack.channels import Channel
from sandbox.slack.content import read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Message
from sandbox.slack.posting import edit, post, remove, whisper
from sandbox.slack.team import Team


def respond(team: Team, token: str, body: Mapping[str, Any]) -> None:
    """What an app sends to a response URL: for one person unless it says otherwise."""
    if not isinstance(body, Mapping):
        raise SlackError("invalid_payload")
    url = team.response_urls.use(token)
    channel = team.channels.by_id(url.channel)
    original = _original(channel, url.original)
    if body.get("delete_original") and original is not None:
        remove(team, channel, original)
        return
    content = read_content(team, body)
    if body.get("replace_original") and original is not None:
        edit(team, original, content, gives_metadata="metadata" in body)
        return
    if not content.says_something:
        raise SlackError("no_text")
    thread = body.get("thread_ts") or url.thread_ts
    if body.get("response_type") == "in_channel":
        message = post(team, channel, content, thread_ts=thread)
    else:
        message = whisper(team, channel, url.user, content, thread)
    if url.original is None:
        url.original = message.ts


def _original(channel: Channel, ts: str | None) -> Message | None:
    if ts is None:
        return None
    return channel.messages.get(ts) or channel.ephemerals.get(ts)
