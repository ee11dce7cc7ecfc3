"""What every modal is made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.messages.text import Block, section

TITLE = 24
#: The longest error that still reads well under a field.
FIELD_ERROR = 300

View = dict[str, Any]


def modal(
    title: str,
    blocks: list[Block],
    *,
    callback: str = "",
    submit: str = "",
    close: str = "Close",
    metadata: dict[str, Any] | None = None,
    tell_closing: bool = False,
) -> View:
    """A modal; one without `submit` only tells. With `tell_closing` the app hears of its end."""
    view: View = {
        "type": "modal",
        "title": _plain(title[:TITLE]),
        "close": _plain(close),
        "blocks": blocks,
        "private_metadata": json.dumps(metadata or {}),
    }
    if callback:
        view["callback_id"] = callback
    if submit:
        view["submit"] = _plain(submit)
    if tell_closing:
        view["notify_on_close"] = True
    return view


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def notice(title: str, text: str) -> View:
    """A modal that says one thing; mrkdwn."""
    return modal(title, [section(text)])


@dataclass(frozen=True)
class Field:
    """What stands in an input: the block it is in, and the text or the chosen option's value."""

    block: str
    value: str


def text_input(
    name: str,
    label: str,
    *,
    block: str = "",
    value: str = "",
    hint: str = "",
    optional: bool = False,
    most: int = 255,
) -> Block:
    """A line to fill in, whose action is called `name`, and its block too if nothing else is said.

    Slack keeps what a person typed when a modal is drawn anew and block and action are called as
    before; in a block of another name it shows `value`.
    """
    element: Block = {"type": "plain_text_input", "action_id": name, "max_length": most}
    if value:
        element["initial_value"] = value[:most]
    return _input(label, element, block or name, hint=hint, optional=optional)


def type_ahead(
    name: str,
    label: str,
    *,
    chosen: Block | None,
    placeholder: str,
    block: str = "",
    hint: str = "",
    optional: bool = False,
    dispatch: bool = False,
) -> Block:
    """A menu that asks the app for its options while a person types; from the first letter on.

    With `dispatch` the app is told at once what was chosen.
    """
    element: Block = {
        "type": "external_select",
        "action_id": name,
        "min_query_length": 0,
        "placeholder": _plain(placeholder),
    }
    if chosen:
        element["initial_option"] = chosen
    made = _input(label, element, block or name, hint=hint, optional=optional)
    return {**made, "dispatch_action": True} if dispatch else made


def radio(
    name: str,
    label: str,
    *,
    options: list[Block],
    chosen: Block,
    block: str = "",
    hint: str = "",
    dispatch: bool = True,
) -> Block:
    """One of a few, shown all at once; with `dispatch` the app is told at once what was chosen."""
    element: Block = {
        "type": "radio_buttons",
        "action_id": name,
        "options": options,
        "initial_option": chosen,
    }
    made = _input(label, element, block or name, hint=hint, optional=False)
    return {**made, "dispatch_action": True} if dispatch else made


def _input(label: str, element: Block, block_id: str, *, hint: str, optional: bool) -> Block:
    made: Block = {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label),
        "element": element,
        "optional": optional,
    }
    if hint:
        made["hint"] = _plain(hint)
    return made


def fields(view: View) -> Mapping[str, Field]:
    """What a person filled in, by the names of the actions; empty where there is nothing."""
    return {
        action: Field(block, _value(entry))
        for block, entries in ((view.get("state") or {}).get("values") or {}).items()
        for action, entry in entries.items()
    }


def _value(entry: Mapping[str, Any]) -> str:
    option = entry.get("selected_option") or {}
    return str(entry.get("value") or option.get("value") or "").strip()


def filled_in(view: View, name: str) -> str:
    """What a person wrote into that line; empty for nothing."""
    return fields(view).get(name, Field("", "")).value
