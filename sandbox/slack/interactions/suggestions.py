"""Menus that ask the app for their choices while a person types."""

from typing import Any

from sandbox.slack.blocks.texts import SUGGESTIONS
from sandbox.slack.delivery.request import Kind, Request
from sandbox.slack.errors import Problem, SlackError
from sandbox.slack.interactions.acts import Desk
from sandbox.slack.interactions.clicks import find_element, visible
from sandbox.slack.interactions.payloads import interaction, message_place, view_place

Json = dict[str, Any]


async def suggest(desk: Desk, user: str, act: Json) -> list[Json]:
    """The choices for what a person typed into a menu of a modal or a message."""
    team = desk.team
    payload = {
        **interaction(team, "block_suggestion", team.directory.by_id(user)),
        "action_id": act["action_id"],
        "block_id": act["block_id"],
        "value": act["value"],
    }
    if "view_id" in act:
        view = team.modals.find(act["view_id"])
        _, element = view.element(act["block_id"], act["action_id"])
        payload |= view_place(team, view)
    else:
        channel = team.channels.for_person(user, act["channel"])
        message = visible(channel, user, act["ts"])
        element = find_element(message, act["block_id"], act["action_id"])
        payload |= message_place(channel, message)
    if len(act["value"]) < element.get("min_query_length", 3):
        return []
    options = await _ask(desk, user, payload)
    if "view_id" in act:
        view.suggestions[f"{act['block_id']}/{act['action_id']}"] = options
    return options


async def _ask(desk: Desk, user: str, payload: Json) -> list[Json]:
    answer = await desk.dispatcher.deliver(Request(Kind.INTERACTION, payload, user))
    if not answer.acknowledged:
        raise SlackError(str(answer.error), note="the menu shows: Sorry, something went wrong")
    said = answer.payload or {}
    problems: list[Problem] = []
    SUGGESTIONS(said, "", problems)
    if problems or not ("options" in said or "option_groups" in said):
        raise SlackError("invalid_options", problems)
    groups = said.get("option_groups") or []
    return [*(said.get("options") or []), *(o for g in groups for o in g["options"])]
