"""What every modal is made of."""

import json
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
) -> View:
    """A modal; one without `submit` only tells."""
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
    return view


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def notice(title: str, text: str) -> View:
    """A modal that says one thing; mrkdwn."""
    return modal(title, [section(text)])


def text_input(
    name: str,
    label: str,
    *,
    value: str = "",
    hint: str = "",
    placeholder: str = "",
    optional: bool = False,
    most: int = 255,
) -> Block:
    """A line to fill in, whose block and action are both called `name`."""
    element: Block = {"type": "plain_text_input", "action_id": name, "max_length": most}
    if value:
        element["initial_value"] = value[:most]
    if placeholder:
        element["placeholder"] = _plain(placeholder)
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = _plain(hint)
    return block


def filled_in(view: View, name: str) -> str:
    """What a person wrote into that line; empty for nothing."""
    value = view["state"]["values"].get(name, {}).get(name, {}).get("value")
    return (value or "").strip()
