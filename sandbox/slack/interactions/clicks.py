"""People acting on messages: buttons and menus, as they are or as an old screen shows them."""

from typing import Any

from sandbox.slack.blocks.naming import all_blocks, elements_of
from sandbox.slack.channels import Channel
from sandbox.slack.delivery.request import TIMED_OUT, Kind, Request
from sandbox.slack.errors import SlackError
from sandbox.slack.inputs import entry_for, initial_entry
from sandbox.slack.interactions.acts import Desk, Outcome
from sandbox.slack.interactions.payloads import action, interaction, message_place
from sandbox.slack.messages import Message

Json = dict[str, Any]


def find_element(message: Message, block_id: str, action_id: str) -> Json:
    """The element of a message with these names."""
    for block in all_blocks(message.blocks):
        for element in elements_of(block):
            if (block["block_id"], element["action_id"]) == (block_id, action_id):
                return element
    raise SlackError("no_such_element")


def visible(channel: Channel, user: str, ts: str) -> Message:
    """A message that this person can see."""
    own = channel.ephemerals.get(ts)
    if own is not None and own.only_for == user:
        return own
    return channel.message(ts)


async def act_on_message(desk: Desk, user: str, act: Json) -> Outcome:
    """Press a button or choose from a menu. `element` in the act is what an old screen showed."""
    team = desk.team
    channel = team.channels.for_person(user, act["channel"])
    message = visible(channel, user, act["ts"])
    element = act.get("element") or find_element(message, act["block_id"], act["action_id"])
    entry = _choose(message, act["block_id"], element, act)
    payload = _payload(desk, user, channel, message)
    payload["actions"] = [action(team, act["block_id"], element, entry)]
    request = Request(Kind.INTERACTION, payload, user)
    answer = await desk.dispatcher.deliver(request)
    if answer.acknowledged:
        return Outcome(request.id)
    reason = "did not respond" if answer.error == TIMED_OUT else "could not be reached"
    return Outcome(request.id, answer.error, f"This app {reason} ({answer.error})")


def _choose(message: Message, block_id: str, element: Json, act: Json) -> Json | None:
    """What a menu then holds; None for a button."""
    if element["type"] == "overflow":
        chosen = next((o for o in element["options"] if o["value"] == act.get("value")), None)
        if chosen is None:
            raise SlackError("no_such_option")
        return {"type": "overflow", "selected_option": chosen}
    if initial_entry(element) is None:
        return None
    entry = entry_for(element, act.get("value"), act.get("suggested", ()))
    message.values.setdefault(block_id, {})[element["action_id"]] = entry
    return entry


def _payload(desk: Desk, user: str, channel: Channel, message: Message) -> Json:
    team = desk.team
    token = team.response_urls.give(channel.id, user, message.ts, message.thread_ts)
    return {
        **interaction(team, "block_actions", team.directory.by_id(user)),
        **message_place(channel, message),
        "trigger_id": team.triggers.give(user),
        "state": {"values": message.values},
        "response_url": f"{team.app_url}/actions/{token}",
    }
