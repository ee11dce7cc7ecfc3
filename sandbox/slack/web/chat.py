"""Messages: post, change, take away, show to one person, link to."""

from sandbox.slack.channels import Channel
from sandbox.slack.content import read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Message
from sandbox.slack.posting import edit, post, remove, whisper
from sandbox.slack.web.call import Call, Json, Method


def _target(call: Call) -> Channel:
    """Where to post: a channel's id or name, or a person's id for a direct message."""
    team, name = call.team, call.required("channel", "channel_not_found")
    if name.startswith("U"):
        try:
            other = team.directory.by_id(name)
        except SlackError:
            raise SlackError("channel_not_found") from None
        return team.channels.direct(team.cast.bot.id, other.id)
    channel = team.channels.named(name)
    if team.cast.bot.id not in channel.members:
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def post_message(call: Call) -> Json:
    """`chat.postMessage`."""
    channel = _target(call)
    content = read_content(call.team, call.args)
    if not content.says_something:
        raise SlackError("no_text")
    message = post(
        call.team,
        channel,
        content,
        thread_ts=call.text("thread_ts"),
        broadcast=call.flag("reply_broadcast"),
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.shown(metadata=True)}


def _own_message(call: Call, channel: Channel, refusal: str) -> Message:
    message = channel.message(call.required("ts"))
    if message.user != call.team.cast.bot.id:
        raise SlackError(refusal)
    return message


def update(call: Call) -> Json:
    """`chat.update`."""
    channel = call.channel()
    if channel.is_archived:
        raise SlackError("is_archived")
    message = _own_message(call, channel, "cant_update_message")
    content = read_content(call.team, call.args)
    edit(call.team, message, content, gives_metadata="metadata" in call.args)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message.shown(metadata=True),
    }


def post_ephemeral(call: Call) -> Json:
    """`chat.postEphemeral`."""
    channel = _target(call)
    user = call.team.directory.by_id(call.required("user", "no_user"))
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = read_content(call.team, call.args)
    if not content.says_something:
        raise SlackError("no_text")
    message = whisper(call.team, channel, user.id, content, call.text("thread_ts"))
    return {"message_ts": message.ts}


def delete(call: Call) -> Json:
    """`chat.delete`."""
    channel = call.channel()
    message = _own_message(call, channel, "cant_delete_message")
    remove(call.team, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    """`chat.getPermalink`."""
    channel = call.channel()
    message = channel.message(call.required("message_ts"))
    link = f"{call.team.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


METHODS: dict[str, Method] = {
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.postEphemeral": post_ephemeral,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
}
