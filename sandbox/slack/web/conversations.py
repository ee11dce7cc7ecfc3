"""Channels: what they are, who is in them, what was said there."""

from sandbox.slack.channels import Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Message
from sandbox.slack.web.call import Call, Json, Method
from sandbox.slack.web.paging import metadata, page


def info(call: Call) -> Json:
    """`conversations.info`."""
    return {"channel": call.channel().object(call.team.cast.bot.id)}


def _kind(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def list_channels(call: Call) -> Json:
    """`conversations.list`: public channels, unless `types` says otherwise."""
    types = (call.text("types") or "public_channel").replace(" ", "").split(",")
    if not set(types) <= {"public_channel", "private_channel", "im", "mpim"}:
        raise SlackError("invalid_types")
    bot = call.team.cast.bot.id
    found = [
        channel
        for channel in call.team.channels.all()
        if _kind(channel) in types
        and not (channel.is_private and bot not in channel.members)
        and not (call.flag("exclude_archived") and channel.is_archived)
    ]
    shown, cursor = page(call, found, 100, 1000)
    return {"channels": [channel.object(bot) for channel in shown], **metadata(cursor)}


def members(call: Call) -> Json:
    """`conversations.members`."""
    shown, cursor = page(call, call.channel().members, 100, 1000)
    return {"members": shown, **metadata(cursor)}


def _within(call: Call, messages: list[Message]) -> list[Message]:
    """The messages between `oldest` and `latest`, which count only with `inclusive`."""
    oldest, latest = call.moment("oldest", 0), call.moment("latest", float("inf"))
    if call.flag("inclusive"):
        return [m for m in messages if oldest <= float(m.ts) <= latest]
    return [m for m in messages if oldest < float(m.ts) < latest]


def history(call: Call) -> Json:
    """`conversations.history`: newest first, without the replies of threads."""
    channel = call.own_channel()
    found = _within(call, channel.timeline()[::-1])
    shown, cursor = page(call, found, 100, 999)
    with_metadata = call.flag("include_all_metadata")
    return {
        "messages": [channel.shown(message, metadata=with_metadata) for message in shown],
        "has_more": bool(cursor),
        "pin_count": sum(message.pinned for message in channel.messages.values()),
        **metadata(cursor),
    }


def replies(call: Call) -> Json:
    """`conversations.replies`: a thread from its first message on."""
    channel = call.own_channel()
    ts = call.required("ts")
    if ts not in channel.messages:
        raise SlackError("thread_not_found")
    root = channel.messages[ts].thread_ts or ts
    thread = [channel.messages[root], *channel.replies(root)]
    shown, cursor = page(call, _within(call, thread), 1000, 1000)
    with_metadata = call.flag("include_all_metadata")
    return {
        "messages": [channel.shown(message, metadata=with_metadata) for message in shown],
        "has_more": bool(cursor),
        **metadata(cursor),
    }


def open_direct(call: Call) -> Json:
    """`conversations.open`: the direct messages with one person."""
    if call.text("channel"):
        channel = call.channel()
    else:
        users = call.required("users", "users_list_not_supplied").split(",")
        if len(users) != 1:
            raise SlackError("not_enough_users", note="only direct messages of two are known here")
        other = call.team.directory.by_id(users[0])
        channel = call.team.channels.direct(call.team.cast.bot.id, other.id)
    told = channel.object(call.team.cast.bot.id) if call.flag("return_im") else {"id": channel.id}
    return {"channel": told}


METHODS: dict[str, Method] = {
    "conversations.info": info,
    "conversations.list": list_channels,
    "conversations.members": members,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.open": open_direct,
}
