"""What a person reads: the words of messages and modals, their buttons and their inputs."""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.slack.blocks.naming import all_blocks, elements_of
from sandbox.slack.people.errors import NotOnTheScreen

Json = dict[str, Any]

EMOJI = re.compile(r":[a-z0-9_+-]+:")
# keys that carry words for people, in the order in which they are read
WORDS = ("title", "subtitle", "label", "text", "body", "fields", "elements", "accessory", "element")
MORE = ("hint", "rows", "tasks", "details", "output", "child_blocks", "actions", "url", "value")


def visible_text(shown: Json) -> str:
    """The words of a message or a view as one reads them, without the names and values behind."""
    parts: list[str] = []
    if shown.get("type") == "modal":
        parts.append(shown["title"]["text"])
    if shown.get("blocks"):
        parts += [" ".join(_words(block)) for block in shown["blocks"]]
    else:
        parts.append(shown.get("text", ""))
    return "\n".join(part for part in parts if part)


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for entry in part:
            yield from _words(entry)
    elif isinstance(part, dict):
        for name in (*WORDS, *MORE):
            value = part.get(name)
            if isinstance(value, str) and name not in {"value", "url"}:
                yield value
            elif isinstance(value, dict | list):
                yield from _words(value)
            elif isinstance(value, int | float) and part.get("type") == "raw_number":
                yield str(part.get("text", value))


def plain_words(text: str) -> str:
    """A caption without its emoji and its stars."""
    return EMOJI.sub("", text).replace("*", "").strip()


def pressable(shown: Json) -> list[tuple[str, str, Json, Any]]:
    """What can be pressed: caption, block_id, element, and the value of an overflow's choice."""
    found: list[tuple[str, str, Json, Any]] = []
    for block in all_blocks(shown.get("blocks", [])):
        for element in elements_of(block):
            if element["type"] in {"button", "icon_button"}:
                found.append((element["text"]["text"], block["block_id"], element, None))
            elif element["type"] == "overflow":
                found += [
                    (option["text"]["text"], block["block_id"], element, option["value"])
                    for option in element["options"]
                ]
    return found


def buttons(shown: Json) -> list[str]:
    """The captions of all buttons, as they are written."""
    return [caption for caption, _, _, _ in pressable(shown)]


def find_button(shown: Json, caption: str) -> tuple[str, Json, Any]:
    """The one button with this caption: its block_id, itself, and an overflow's value."""
    found = [
        (block_id, element, value)
        for written, block_id, element, value in pressable(shown)
        if caption in {written, plain_words(written)}
    ]
    if len(found) != 1:
        raise NotOnTheScreen(
            f"{len(found)} buttons say {caption!r}; there are {buttons(shown)} "
            f"under: {visible_text(shown)}"
        )
    return found[0]


def inputs(shown: Json) -> list[tuple[str, Json, Json]]:
    """What can be filled in: its label, its block and itself."""
    found: list[tuple[str, Json, Json]] = []
    for block in all_blocks(shown.get("blocks", [])):
        for element in elements_of(block):
            if element["type"] in {"button", "icon_button", "overflow", "feedback_buttons"}:
                continue
            if block["type"] == "input":
                label = block["label"]["text"]
            elif block["type"] == "section" and "text" in block:
                label = block["text"]["text"]
            else:
                label = element.get("placeholder", {}).get("text", element["action_id"])
            found.append((label, block, element))
    return found


def find_input(shown: Json, label: str) -> tuple[Json, Json]:
    """The one input with this label: its block and itself."""
    found = [
        (block, element)
        for written, block, element in inputs(shown)
        if label in {written, plain_words(written)}
    ]
    if len(found) != 1:
        labels = [written for written, _, _ in inputs(shown)]
        raise NotOnTheScreen(f"{len(found)} inputs are labelled {label!r}; there are {labels}")
    return found[0]


def find_choice(options: list[Json], wanted: str) -> Any:
    """The value of the choice that says this, or that is this value."""
    for option in options:
        said = option["text"]["text"]
        if wanted in {said, plain_words(said), option["value"]}:
            return option["value"]
    said_all = [option["text"]["text"] for option in options]
    raise NotOnTheScreen(f"no choice says {wanted!r}; there are {said_all}")
