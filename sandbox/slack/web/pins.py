"""Pins and reactions."""

from sandbox.slack.errors import SlackError
from sandbox.slack.web.call import Call, Json, Method


def add_pin(call: Call) -> Json:
    """`pins.add`."""
    message = call.own_channel().message(call.required("timestamp", "no_item_specified"))
    if message.pinned:
        raise SlackError("already_pinned")
    message.pinned = True
    call.team.changes.mark()
    return {}


def remove_pin(call: Call) -> Json:
    """`pins.remove`."""
    message = call.own_channel().message(call.required("timestamp", "no_item_specified"))
    if not message.pinned:
        raise SlackError("no_pin")
    message.pinned = False
    call.team.changes.mark()
    return {}


def list_pins(call: Call) -> Json:
    """`pins.list`."""
    channel = call.own_channel()
    pinned = [m for m in channel.messages.values() if m.pinned]
    return {
        "items": [
            {"type": "message", "channel": channel.id, "message": channel.shown(m)} for m in pinned
        ]
    }


def add_reaction(call: Call) -> Json:
    """`reactions.add`."""
    message = call.own_channel().message(call.required("timestamp", "no_item_specified"))
    people = message.reactions.setdefault(call.required("name", "invalid_name"), [])
    bot = call.team.cast.bot.id
    if bot in people:
        raise SlackError("already_reacted")
    people.append(bot)
    call.team.changes.mark()
    return {}


def remove_reaction(call: Call) -> Json:
    """`reactions.remove`."""
    message = call.own_channel().message(call.required("timestamp", "no_item_specified"))
    name, bot = call.required("name", "invalid_name"), call.team.cast.bot.id
    if bot not in message.reactions.get(name, []):
        raise SlackError("no_reaction")
    message.reactions[name].remove(bot)
    if not message.reactions[name]:
        del message.reactions[name]
    call.team.changes.mark()
    return {}


METHODS: dict[str, Method] = {
    "pins.add": add_pin,
    "pins.remove": remove_pin,
    "pins.list": list_pins,
    "reactions.add": add_reaction,
    "reactions.remove": remove_reaction,
}
