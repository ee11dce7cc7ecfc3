"""Puts messages into channels and takes them out again: the one place where they change."""

from typing import Any

from sandbox.slack.blocks.naming import all_blocks, elements_of, named
from sandbox.slack.channels import Channel
from sandbox.slack.content import Content
from sandbox.slack.errors import SlackError
from sandbox.slack.inputs import initial_entry
from sandbox.slack.messages import Message
from sandbox.slack.team import Team

Json = dict[str, Any]

TEXT_CUT = 40_000
UPDATED_TEXT = 4_000


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


def remove(team: Team, channel: Channel, message: Message) -> None:
    """Take a message away."""
    channel.messages.pop(message.ts, None)
    channel.ephemerals.pop(message.ts, None)
    team.changes.mark()
