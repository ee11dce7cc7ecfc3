"""Modals and home tabs: open, push, update, publish."""

from sandbox.slack.blocks.payloads import check_view
from sandbox.slack.errors import Problem, SlackError
from sandbox.slack.modals import View
from sandbox.slack.triggers import Trigger
from sandbox.slack.web.call import Call, Json, Method


def _content(call: Call, kind: str) -> Json:
    view = call.json("view")
    if view is None:
        raise SlackError("invalid_arguments", [Problem("/view", "missing required field: view")])
    check_view(view, kind)
    return dict(view)


def _answer(call: Call, view: View) -> Json:
    call.team.changes.mark()
    return {"view": view.object(call.team.cast)}


def _trigger(call: Call) -> Trigger:
    return call.team.triggers.check(call.required("trigger_id"))


def open_view(call: Call) -> Json:
    """`views.open`. A trigger that opens something is spent."""
    trigger, content = _trigger(call), _content(call, "modal")
    view = call.team.modals.open(trigger.user, content)
    trigger.used = True
    return _answer(call, view)


def push(call: Call) -> Json:
    """`views.push`: on top of the modal in which the trigger arose."""
    trigger, content = _trigger(call), _content(call, "modal")
    if trigger.view_id is None:
        raise SlackError("not_found", note="the trigger did not arise in a modal")
    view = call.team.modals.push(trigger.user, content)
    trigger.used = True
    return _answer(call, view)


def update(call: Call) -> Json:
    """`views.update`, refused with `hash_conflict` if the view has changed meanwhile."""
    if not (call.text("view_id") or call.text("external_id")):
        raise SlackError("invalid_arguments", [Problem("/view_id", "missing required field")])
    view = call.team.modals.find(call.text("view_id"), call.text("external_id"))
    content = _content(call, view.content["type"])
    return _answer(call, call.team.modals.update(view, content, call.text("hash")))


def publish(call: Call) -> Json:
    """`views.publish`: a person's home tab."""
    if not call.team.manifest.home:
        raise SlackError("not_enabled")
    user = call.team.directory.by_id(call.required("user_id", "user_not_found"))
    content = _content(call, "home")
    return _answer(call, call.team.modals.publish(user.id, content, call.text("hash")))


METHODS: dict[str, Method] = {
    "views.open": open_view,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
