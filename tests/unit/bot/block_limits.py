"""Slack's limits for messages and modals, as assertions over what the presenter makes."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from bot.messages.modals import View
from bot.messages.text import Message

MOST_BLOCKS = 12
MODAL_BLOCKS = 100
TEXT = {"section": 3000, "header": 150, "context": 3000}
KNOWN = {
    *("section", "header", "context", "rich_text", "actions", "input", "divider", "table"),
    "data_visualization",
}
CHARTS = 2
TABLE_CHARACTERS = 10_000
#: Told of whatever fits: its kind, its blocks or view, and what is read aloud of it.
WATCHERS: list[Callable[[str, Any, str], None]] = []


def assert_fits(message: Message) -> None:
    """A message that Slack takes, and that says something to those who see no blocks."""
    assert message.text.strip()
    assert len(message.text) <= 4000
    assert 0 < len(message.blocks) <= MOST_BLOCKS
    kinds = [block["type"] for block in message.blocks]
    assert kinds.count("data_visualization") <= CHARTS
    _assert_blocks(message.blocks)
    _tell("message", message.blocks, message.text)


def assert_modal_fits(view: View) -> None:
    """A modal that Slack takes."""
    assert view["type"] == "modal"
    for name in ("title", "submit", "close"):
        if name in view:
            assert 0 < len(view[name]["text"]) <= 24
    assert 0 < len(view["blocks"]) <= MODAL_BLOCKS
    assert len(view["private_metadata"]) <= 3000
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    assert "submit" in view or not inputs
    _assert_blocks(view["blocks"])
    _tell("modal", view)


def assert_home_fits(view: View) -> None:
    """A home tab that Slack takes."""
    assert view["type"] == "home"
    assert 0 < len(view["blocks"]) <= MODAL_BLOCKS
    _assert_blocks(view["blocks"])
    _tell("home", view)


def _tell(kind: str, shown: Any, text: str = "") -> None:
    for watcher in WATCHERS:
        watcher(kind, shown, text)


def _assert_blocks(blocks: list[dict[str, Any]]) -> None:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids))
    for block in blocks:
        assert block["type"] in KNOWN
        CHECKS.get(block["type"], lambda _: None)(block)
        for text in texts(block):
            assert text["text"].strip()
            if text["type"] == "mrkdwn":
                _assert_escaped(text["text"])


def texts(part: Any) -> Iterator[dict[str, Any]]:
    """Every text object in a block."""
    if isinstance(part, list):
        for entry in part:
            yield from texts(entry)
    elif isinstance(part, dict):
        if part.get("type") in {"mrkdwn", "plain_text"}:
            yield part
        for value in part.values():
            yield from texts(value)


def _assert_escaped(text: str) -> None:
    """Nothing calls anybody or links anywhere but what we made ourselves."""
    for opened in text.split("<")[1:]:
        assert opened.startswith(("@U", "!subteam^S", "!date^", "#C", "https://")), opened
    for after in text.split("&")[1:]:
        assert after.startswith(("amp;", "lt;", "gt;")) or text.endswith("…"), after


def _section(block: dict[str, Any]) -> None:
    assert "text" in block or block["fields"]
    if "text" in block:
        assert len(block["text"]["text"]) <= TEXT[block["type"]]
    assert len(block.get("fields", ())) <= 10
    assert all(len(field["text"]) <= 2000 for field in block.get("fields", ()))


def _context(block: dict[str, Any]) -> None:
    assert 0 < len(block["elements"]) <= 10
    assert all(len(element["text"]) <= TEXT["context"] for element in block["elements"])


def _table(block: dict[str, Any]) -> None:
    assert 0 < len(block["rows"]) <= 100
    cells = [cell for row in block["rows"] for cell in row]
    assert all(0 < len(row) <= 20 for row in block["rows"])
    assert all(cell["type"] == "raw_text" and cell["text"].strip() for cell in cells)
    assert sum(len(cell["text"]) for cell in cells) <= TABLE_CHARACTERS


def _chart(block: dict[str, Any]) -> None:
    assert 0 < len(block["title"]) <= 50
    chart = block["chart"]
    axes = chart["axis_config"]
    labels = axes["categories"]
    assert chart["type"] == "line"
    assert 2 <= len(labels) == len(set(labels)) <= 20
    assert all(0 < len(label) <= 20 for label in labels)
    assert all(0 < len(axes[name]) <= 50 for name in ("x_label", "y_label"))
    assert 0 < len(chart["series"]) <= 6
    for series in chart["series"]:
        assert 0 < len(series["name"]) <= 20
        assert [point["label"] for point in series["data"]] == labels
        assert all(math.isfinite(point["value"]) for point in series["data"])


def _actions(block: dict[str, Any]) -> None:
    assert 0 < len(block["elements"]) <= 25
    ids = [element["action_id"] for element in block["elements"]]
    assert len(ids) == len(set(ids))
    for element in block["elements"]:
        assert len(element["text"]["text"]) <= 75
        assert len(element["value"]) <= 200
        confirm = element.get("confirm")
        if confirm:
            assert len(confirm["title"]["text"]) <= 100
            assert len(confirm["text"]["text"]) <= 300
            assert len(confirm["confirm"]["text"]) <= 30
            assert len(confirm["deny"]["text"]) <= 30


def _input(block: dict[str, Any]) -> None:
    assert len(block["label"]["text"]) <= 2000
    assert len(block.get("hint", {"text": "-"})["text"]) <= 2000
    assert 0 < len(block["block_id"]) <= 255
    element = block["element"]
    assert len(element.get("placeholder", {"text": "-"})["text"]) <= 150
    if element["type"] == "external_select":
        assert_option_fits(element.get("initial_option", {"text": {"text": "-"}, "value": "-"}))
        return
    if element["type"] == "radio_buttons":
        assert 0 < len(element["options"]) <= 10
        assert element["initial_option"] in element["options"]
        for option in element["options"]:
            assert_option_fits(option)
        return
    assert 0 < element["max_length"] <= 3000
    assert len(element.get("initial_value", "")) <= element["max_length"]


def assert_option_fits(option: dict[str, Any]) -> None:
    """An option that Slack shows; emoji count twice there."""
    assert 0 < len(option["value"]) <= 150
    for part in (option["text"], option.get("description", {"text": "-"})):
        assert part["text"].strip()
        assert len(part["text"].encode("utf-16-le")) <= 2 * 75


def assert_suggestions_fit(answer: dict[str, Any]) -> None:
    """What a menu shows: up to a hundred options, or groups of them with a heading."""
    groups = answer.get("option_groups", [{"label": {"text": "-"}, **answer}])
    assert len(answer) == 1
    assert 0 < len(groups) <= 100
    values = []
    for group in groups:
        assert len(group["label"]["text"].encode("utf-16-le")) <= 2 * 75
        assert 0 < len(group["options"]) <= 100
        for option in group["options"]:
            assert_option_fits(option)
            values.append(option["value"])
    assert len(values) == len(set(values))


CHECKS = {
    "section": _section,
    "header": _section,
    "context": _context,
    "table": _table,
    "data_visualization": _chart,
    "actions": _actions,
    "input": _input,
}
