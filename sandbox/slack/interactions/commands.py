"""People typing: slash commands, and ordinary words."""

from sandbox.slack.channels import Channel
from sandbox.slack.delivery.request import TIMED_OUT, Answer, Kind, Request
from sandbox.slack.errors import SlackError
from sandbox.slack.interactions.acts import Desk, Outcome
from sandbox.slack.interactions.payloads import slash_command
from sandbox.slack.messages import Message
from sandbox.slack.posting import notify
from sandbox.slack.responding import respond


async def type_line(desk: Desk, user: str, channel_name: str, line: str) -> Outcome:
    """A line in the message box: a command when it begins with a slash, or else words for all."""
    channel = desk.team.channels.for_person(user, channel_name)
    if not line.startswith("/"):
        say(desk, user, channel, line, None)
        return Outcome()
    command, _, text = line.partition(" ")
    if command not in {known.name for known in desk.team.manifest.commands}:
        note = f"{command} is not a valid command."
        notify(desk.team, channel, user, note)
        return Outcome(error="unknown_command", note=note)
    return await run_command(desk, user, channel, command, text.strip())


async def run_command(desk: Desk, user: str, channel: Channel, command: str, text: str) -> Outcome:
    """Hand a slash command to the app and show its answer to the person alone."""
    team = desk.team
    token = team.response_urls.give(channel.id, user)
    url = f"{team.app_url}/commands/{token}"
    member = team.directory.by_id(user)
    payload = slash_command(team, member, channel, command, text, url)
    request = Request(Kind.COMMAND, payload, user)
    answer = await desk.dispatcher.deliver(request)
    return show_answer(desk, request, answer)


def show_answer(desk: Desk, request: Request, answer: Answer) -> Outcome:
    """What the person who typed a command sees of the app's acknowledgement."""
    team, payload = desk.team, request.payload
    channel = team.channels.by_id(payload["channel_id"])
    if not answer.acknowledged:
        reason = "did not respond" if answer.error == TIMED_OUT else "failed"
        note = f"{payload['command']} {reason} ({answer.error})"
        notify(team, channel, payload["user_id"], note)
        return Outcome(request.id, answer.error, note)
    said = answer.payload or {}
    if not (said.get("text") or said.get("blocks") or said.get("attachments")):
        return Outcome(request.id)
    try:
        respond(team, team.response_urls.give(channel.id, payload["user_id"]), said)
    except SlackError as error:
        notify(team, channel, payload["user_id"], f"{payload['command']} failed ({error.code})")
        return Outcome(request.id, error.code, str(error))
    return Outcome(request.id)


def say(desk: Desk, user: str, channel: Channel, text: str, thread_ts: str | None) -> Message:
    """Ordinary words of a person's, which an app hears only if it asked to."""
    team = desk.team
    message = Message(channel.id, team.timestamps.new(), user, text, thread_ts=thread_ts)
    channel.messages[message.ts] = message
    team.changes.mark()
    if team.cast.bot.id not in channel.members:
        return message
    event = {**message.shown(), "channel": channel.id, "event_ts": message.ts}
    kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
    name = "message.im" if channel.is_im else "message.channels"
    if name in team.manifest.events:
        desk.dispatcher.emit({**event, "type": "message", "channel_type": kind})
    if f"<@{team.cast.bot.id}>" in text and not channel.is_im:
        desk.dispatcher.emit({**event, "type": "app_mention"})
    return message
