"""People in modals: filling in, pressing buttons there, submitting and closing."""

from typing import Any

from sandbox.slack.blocks.payloads import check_view
from sandbox.slack.delivery.request import Answer, Kind, Request
from sandbox.slack.errors import SlackError
from sandbox.slack.inputs import complaint, entry_for, initial_entry
from sandbox.slack.interactions.acts import Desk, Outcome
from sandbox.slack.interactions.payloads import action, interaction, view_place
from sandbox.slack.modals import TROUBLE, View

Json = dict[str, Any]


def top_view(desk: Desk, user: str) -> View:
    """The modal that a person has in front of them."""
    view = desk.team.modals.top(user)
    if view is None:
        raise SlackError("no_modal")
    return view


async def act_in_view(desk: Desk, user: str, view: View, act: Json) -> Outcome:
    """Fill in an input or press a button; the app hears of it where Slack tells it.

    `quiet` in the act fills in without that: words are typed, and Enter is not pressed yet.
    """
    block, element = view.element(act["block_id"], act["action_id"])
    entry: Json | None = None
    if element["type"] == "overflow":
        entry = {
            "selected_option": next(o for o in element["options"] if o["value"] == act["value"])
        }
    elif initial_entry(element) is not None:
        offered = view.suggestions.get(f"{block['block_id']}/{element['action_id']}", [])
        held = view.values[block["block_id"]][element["action_id"]]
        # what was chosen before may not be among what the app offered last
        suggested = [*offered, *(held.get("selected_options") or [])]
        entry = entry_for(element, act.get("value"), suggested)
        view.values[block["block_id"]][element["action_id"]] = entry
        view.errors.pop(block["block_id"], None)
        desk.team.changes.mark()
    if act.get("quiet") or (block["type"] == "input" and not block.get("dispatch_action")):
        return Outcome()
    payload = {
        **interaction(desk.team, "block_actions", desk.team.directory.by_id(user)),
        **view_place(desk.team, view),
        "trigger_id": desk.team.triggers.give(user, view.id),
        "actions": [action(desk.team, block["block_id"], element, entry)],
    }
    request = Request(Kind.INTERACTION, payload, user)
    answer = await desk.dispatcher.deliver(request)
    if answer.acknowledged:
        return Outcome(request.id)
    view.notice = TROUBLE
    return Outcome(request.id, answer.error, TROUBLE)


async def submit(desk: Desk, user: str) -> Outcome:
    """Press a modal's submit button. Slack's form looks first, then the app answers in its ack."""
    view = top_view(desk, user)
    if not view.content.get("submit"):
        raise SlackError("no_submit_button")
    view.errors, view.notice = _complaints(view), ""
    desk.team.changes.mark()
    if view.errors:
        return Outcome(error="errors", errors=view.errors)
    payload = {
        **interaction(desk.team, "view_submission", desk.team.directory.by_id(user)),
        "trigger_id": desk.team.triggers.give(user, view.id),
        "view": view.object(desk.team.cast),
        "response_urls": [],
    }
    request = Request(Kind.INTERACTION, payload, user)
    answer = await desk.dispatcher.deliver(request)
    return take_submission_answer(desk, view, request, answer)


def _complaints(view: View) -> dict[str, str]:
    found: dict[str, str] = {}
    for block, element in view.elements():
        if block["type"] != "input":
            continue
        entry = view.values[block["block_id"]][element["action_id"]]
        said = complaint(element, entry, optional=bool(block.get("optional")))
        if said:
            found[block["block_id"]] = said
    return found


def take_submission_answer(desk: Desk, view: View, request: Request, answer: Answer) -> Outcome:
    """Do what the app's answer says: close, errors, update, push or clear."""
    outcome = Outcome(request.id, answer.error)
    if answer.acknowledged:
        try:
            outcome.errors = _follow(desk, view, answer.payload or {})
            outcome.error = "errors" if outcome.errors else None
        except SlackError as error:
            outcome.error, outcome.note = error.code, str(error)
    if outcome.error and not outcome.errors:
        view.notice = outcome.note = f"{TROUBLE} {outcome.note}".strip()
    desk.team.changes.mark()
    return outcome


def _follow(desk: Desk, view: View, said: Json) -> dict[str, str]:
    modals, action_name = desk.team.modals, said.get("response_action")
    if action_name is None:
        modals.close(view)
    elif action_name == "clear":
        modals.close(view, everything=True)
    elif action_name == "errors":
        return _show_errors(view, said.get("errors"))
    elif action_name in {"update", "push"}:
        check_view(said.get("view"), "modal")
        if action_name == "push":
            modals.push(view.user, said["view"])
        else:
            modals.update(view, said["view"])
    else:
        raise SlackError("invalid_response_action")
    return {}


def _show_errors(view: View, errors: Any) -> dict[str, str]:
    """Errors stand under inputs, by block_id; Slack shows none that names something else."""
    inputs = {b["block_id"] for b in view.content["blocks"] if b["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise SlackError("invalid_errors", note="errors must name block_ids of inputs")
    view.errors = {str(name): str(words) for name, words in errors.items()}
    return view.errors


async def close(desk: Desk, user: str, *, everything: bool = False) -> Outcome:
    """Press a modal's Cancel, or its cross, which closes all of them."""
    team = desk.team
    view = top_view(desk, user)
    everything = everything or bool(view.content.get("clear_on_close"))
    told = list(team.modals.close(view, everything=everything))
    team.changes.mark()
    outcome = Outcome()
    for gone in told:
        if not gone.content.get("notify_on_close"):
            continue
        payload = {
            **interaction(team, "view_closed", team.directory.by_id(user)),
            "view": gone.object(team.cast),
            "is_cleared": everything,
        }
        request = Request(Kind.INTERACTION, payload, user)
        answer = await desk.dispatcher.deliver(request)
        outcome = Outcome(request.id, answer.error)
    return outcome
