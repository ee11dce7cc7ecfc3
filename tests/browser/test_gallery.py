"""The gallery: what is shown is drawn, and what Slack would not take is no picture."""

import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from page_app import field, modal, section
from playwright.sync_api import Browser
from slack_sdk.errors import SlackApiError

sys.path.append(str(Path(__file__).parents[1] / "gallery"))

from easel import Easel
from gallery import Exhibit, index


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG, in pixels."""
    return struct.unpack(">II", picture.read_bytes()[16:24])


def test_each_kind_is_drawn_whole(browser: Browser, tmp_path: Path) -> None:
    """Twice as much is higher; a Home is no higher than what is in it."""
    lines: list[list[dict[str, Any]]] = [[section(f"line {n}") for n in range(m)] for m in (5, 40)]
    fields = [field("plain_text_input", "Words")]
    heights: dict[str, list[int]] = {"message": [], "modal": [], "home": []}
    with Easel(browser).at_work() as easel:
        for number, blocks in enumerate(lines):
            paths = {kind: tmp_path / f"{kind}{number}.png" for kind in heights}
            easel.draw_message(blocks, "aloud", paths["message"])
            easel.draw_modal(modal("A form", "form", [*fields, *blocks]), paths["modal"])
            easel.draw_home({"type": "home", "blocks": blocks}, paths["home"])
            for kind, path in paths.items():
                heights[kind].append(size_of(path)[1])

    for few, many in heights.values():
        assert 2 * few < many


def test_what_slack_does_not_take_is_no_picture(browser: Browser, tmp_path: Path) -> None:
    """The gallery ends there, with what Slack says."""
    with Easel(browser).at_work() as easel, pytest.raises(SlackApiError, match="invalid_blocks"):
        easel.draw_message([section("x" * 3001)], "aloud", tmp_path / "none.png")


def test_foreign_words_stay_words_on_the_page() -> None:
    """Captions come from tests' names, and texts from anybody."""
    page = index([Exhibit("message", "root", "<b>", [], "<script>&", "name")])
    assert "<script>" not in page
    assert "<b>" not in page
