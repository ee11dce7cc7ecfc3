"""Puts messages into channels and takes them out again: the one place where they change."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.slack.blocks.naming import all_blocks, elements_of, named
from sandbox.slack.blocks.payloads import check_message
from sandbox.slack.channels import Channel
from sandbox.slack.errors import Problem, SlackError
from sandbox.slack.inputs import initial_entry
from sandbox.slack.messages import Message
from sandbox.slack.team import Team

Json = dict[str, Any]

TEXT_CUT = 40_000
UPDATED_TEXT = 4_000


@dataclass(frozen=True)
class Content:
    """What a message is to say, checked."""

    text: str | None
    blocks: list[Json] | None
    attachments: list[Json] | None
    metadata: Json | None

    @property
    def says_something(self) -> bool:
        """Whether anything would be seen."""
        return bool(self.text or self.blocks or self.attachments)


def read_content(team: Team, args: Mapping[str, Any]) -> Content:
    """The content in an app's arguments, refused as Slack refuses it."""
    blocks = as_json(args.get("blocks"), "invalid_blocks_format")
    attachments = as_json(args.get("attachments"), "invalid_attachments")
    metadata = as_json(args.get("metadata"), "invalid_metadata_format")
    check_message(blocks, metadata)
    _check_files(team, blocks or [])
    text = args.get("text")
    return Content(text if text is None else str(text), blocks, attachments, metadata)


def as_json(value: Any, error: str) -> Any:
    """An argument that came as JSON or, in a form, as JSON in a string."""
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError(error) from None


def _check_files(team: Team, blocks: list[Json]) -> None:
    """A block may show a file only once it has been looked at."""
    for index, block in enumerate(blocks):
        wanted = block.get("slack_file") or block.get("accessory", {}).get("slack_file") or {}
        if "id" not in wanted:
            continue
        try:
            ready = team.files.is_scanned(team.files.find(wanted["id"]))
        except SlackError:
            ready = False
        if not ready:
            problem = Problem(f"/blocks/{index}/slack_file", "invalid slack file")
            raise SlackError("invalid_blocks", [problem])


def initial_values(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    """What the menus of a message hold before anybody touches them."""
    values: dict[str, dict[str, Json]] = {}
    for block in all_blocks(blocks):
        for element in elements_of(block):
            entry = initial_entry(element)
            if entry is not None:
                values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


def new_message(team: Team, channel: Channel, content: Content, **more: Any) -> Message:
    """A message of the app's; it is not in the channel yet."""
    blocks = named(content.blocks or [])
    return Message(
        channel=channel.id,
        ts=team.timestamps.new(),
        user=team.cast.bot.id,
        text=(content.text or "")[:TEXT_CUT],
        blocks=blocks,
        attachments=content.attachments or [],
        metadata=content.metadata or None,
        bot_id=team.cast.bot_id,
        app_id=team.cast.app_id,
        values=initial_values(blocks),
        **more,
    )


def post(
    team: Team,
    channel: Channel,
    content: Content,
    *,
    thread_ts: str | None = None,
    broadcast: bool = False,
    files: list[Json] | None = None,
) -> Message:
    """Say something in a channel or in a thread, as the app."""
    # A thread whose first message is gone swallows nothing: Slack posts to the channel instead.
    known = thread_ts if thread_ts in channel.messages else None
    root = known and (channel.messages[known].thread_ts or known)
    message = new_message(
        team,
        channel,
        content,
        thread_ts=root,
        broadcast=broadcast and bool(root),
        files=files or [],
    )
    channel.messages[message.ts] = message
    team.traffic.count("posted")
    team.changes.mark()
    return message


def whisper(
    team: Team, channel: Channel, user: str, content: Content, thread_ts: str | None = None
) -> Message:
    """Say something that only one person sees, and that nobody finds again."""
    message = new_message(team, channel, content, only_for=user, thread_ts=thread_ts)
    channel.ephemerals[message.ts] = message
    team.traffic.count("ephemeral")
    team.changes.mark()
    return message


def notify(team: Team, channel: Channel, user: str, text: str) -> Message:
    """What Slack itself tells one person: that an app did not answer, say."""
    slackbot = team.cast.slackbot.id
    message = Message(channel.id, team.timestamps.new(), slackbot, text, only_for=user)
    channel.ephemerals[message.ts] = message
    team.changes.mark()
    return message


def edit(team: Team, message: Message, content: Content, *, gives_metadata: bool) -> None:
    """Change what a message says. Text without blocks takes the blocks away."""
    if content.text is not None and len(content.text) > UPDATED_TEXT:
        raise SlackError("msg_too_long")
    if not content.says_something and content.blocks is None and content.attachments is None:
        raise SlackError("no_text")
    if content.text is not None:
        message.text = content.text
    message.blocks = named(content.blocks or [])
    message.values = initial_values(message.blocks)
    if content.attachments is not None:
        message.attachments = content.attachments
    if gives_metadata:
        message.metadata = content.metadata or None
    if not content.blocks:
        message.edited_ts = team.timestamps.new()
    team.traffic.count("updated")
    team.changes.mark()


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


def remove(team: Team, channel: Channel, message: Message) -> None:
    """Take a message away."""
    channel.messages.pop(message.ts, None)
    channel.ephemerals.pop(message.ts, None)
    team.changes.mark()
