"""The checks of Block Kit: what Slack takes passes, and each broken limit is named at its place."""

import copy
from typing import Any

import pytest
from slack_office import Office, refused
from tiny_app import CLASSES, button, form, menu, message_blocks, option, plain, section, text_input

from sandbox.slack.blocks.payloads import blocks_problems, check_message, view_problems
from sandbox.slack.errors import SlackError

Json = dict[str, Any]


def actions(*elements: Json) -> Json:
    """A row of elements."""
    return {"type": "actions", "elements": list(elements)}


def rich(*pieces: Json) -> Json:
    """A rich text of pieces."""
    return {"type": "rich_text", "elements": list(pieces)}


def words(*texts: str, **style: bool) -> Json:
    """A section of rich text."""
    parts = [{"type": "text", "text": text, "style": style} for text in texts]
    return {"type": "rich_text_section", "elements": parts}


def table(rows: int, columns: int) -> Json:
    """A table of so many cells."""
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "table", "rows": [[cell] * columns for _ in range(rows)]}


def chart(points: int = 3, **more: Any) -> Json:
    """A line."""
    labels = [str(number) for number in range(points)]
    data = [{"label": label, "value": 1.5} for label in labels]
    line = {
        "type": "line",
        "series": [{"name": "lag", "data": data}],
        "axis_config": {"categories": labels, "y_label": "seconds"},
    }
    return {"type": "data_visualization", "title": "Lag", "chart": line, **more}


def task(status: str, task_id: str = "t1") -> Json:
    """A step of a plan."""
    return {"type": "task_card", "task_id": task_id, "title": "Step", "status": status}


def select(**more: Any) -> Json:
    """A menu outside of a form."""
    return {"type": "static_select", "action_id": "pick", "options": CLASSES, **more}


GOOD: dict[str, list[Json]] = {
    "a message with things to act on": message_blocks(),
    "a section with fields alone": [{"type": "section", "fields": [plain("a"), plain("b")]}],
    "a checklist": [
        rich(
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [words("done", strike=True), words("now", bold=True)],
            },
            {
                "type": "rich_text_preformatted",
                "elements": [{"type": "text", "text": "SELECT 1"}],
                "language": "sql",
            },
        )
    ],
    "mentions and dates": [
        rich(
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "user", "user_id": "U0RITA00001"},
                    {"type": "usergroup", "usergroup_id": "S0DBAONCALL"},
                    {
                        "type": "date",
                        "timestamp": 1700000000,
                        "format": "{time}",
                        "fallback": "then",
                    },
                    {"type": "link", "url": "https://example.com", "text": "there"},
                ],
            }
        )
    ],
    "a table of mixed cells": [
        {
            "type": "table",
            "rows": [
                [{"type": "raw_text", "text": "lag"}, {"type": "raw_number", "value": 3}],
                [rich(words("row")), {"type": "raw_number", "value": 1.5, "text": "1.5 s"}],
            ],
            "column_settings": [{"is_wrapped": True}, {"align": "right"}],
        }
    ],
    "a plan": [{"type": "plan", "title": "Steps", "tasks": [task("pending"), task("error", "t2")]}],
    "two charts": [chart(20), chart(1)],
    "a card in a container": [
        {
            "type": "container",
            "title": plain("More"),
            "is_collapsible": True,
            "child_blocks": [{"type": "card", "title": plain("orders"), "actions": [button("Go")]}],
        }
    ],
    "fifty blocks": [section("x")] * 50,
    "markdown": [{"type": "markdown", "text": "# Help\n" + "x" * 11_000}],
}

BAD: dict[str, tuple[list[Json], str, str]] = {
    "section text": ([section("x" * 3001)], "/blocks/0/text/text", "less than 3001 characters"),
    "empty text": ([section("")], "/blocks/0/text/text", "more than 0 characters"),
    "section without anything": ([{"type": "section"}], "/blocks/0", "required field: text"),
    "fields": (
        [{"type": "section", "fields": [plain("x" * 2001)]}],
        "/blocks/0/fields/0/text",
        "less than 2001",
    ),
    "eleven fields": (
        [{"type": "section", "fields": [plain("x")] * 11}],
        "/blocks/0/fields",
        "no more than 10 items",
    ),
    "fifty-one blocks": ([section("x")] * 51, "/blocks", "no more than 50 items allowed"),
    "unknown block": ([{"type": "chart"}], "/blocks/0/type", "unsupported type: chart"),
    "no type": ([{"text": "x"}], "/blocks/0", "missing required field: type"),
    "not an object": (["divider"], "/blocks/0", "must provide an object"),  # type: ignore[list-item]
    "unknown key": (
        [section("x", colour="red")],
        "/blocks/0",
        "invalid additional property: colour",
    ),
    "unknown key of an element": (
        [actions(button("x", color="red"))],
        "/blocks/0/elements/0",
        "invalid additional property: color",
    ),
    "text as a string": (
        [{"type": "section", "text": "words"}],
        "/blocks/0/text",
        "must provide an object",
    ),
    "markup in a header": (
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "/blocks/0/text/type",
        "unsupported type: mrkdwn",
    ),
    "long header": (
        [{"type": "header", "text": plain("x" * 151)}],
        "/blocks/0/text/text",
        "less than 151",
    ),
    "button value": (
        [actions(button("x", value="v" * 2001))],
        "/blocks/0/elements/0/value",
        "less than 2001",
    ),
    "button text": (
        [actions(button("x" * 76))],
        "/blocks/0/elements/0/text/text",
        "less than 76",
    ),
    "button style": (
        [actions(button("x", style="green"))],
        "/blocks/0/elements/0/style",
        "one of: primary, danger",
    ),
    "twenty-six elements": (
        [actions(*(button("x", f"a{number}") for number in range(26)))],
        "/blocks/0/elements",
        "no more than 25",
    ),
    "no elements": ([actions()], "/blocks/0/elements", "no less than 1"),
    "two elements of one name": (
        [actions(button("x"), button("y"))],
        "/blocks/0/elements/1/action_id",
        "go already exists",
    ),
    "two blocks of one name": (
        [section("x", block_id="b"), section("y", block_id="b")],
        "/blocks/1/block_id",
        "b already exists",
    ),
    "block name": ([section("x", block_id="b" * 256)], "/blocks/0/block_id", "less than 256"),
    "an input among actions": (
        [actions({"type": "plain_text_input", "action_id": "a"})],
        "/blocks/0/elements/0/type",
        "unsupported type: plain_text_input",
    ),
    "an empty menu": (
        [actions(select(options=[]))],
        "/blocks/0/elements/0/options",
        "no less than 1",
    ),
    "a menu without choices": (
        [actions({"type": "static_select", "action_id": "pick"})],
        "/blocks/0/elements/0",
        "missing required field: options",
    ),
    "a menu of 101": (
        [actions(select(options=[option("x", str(number)) for number in range(101)]))],
        "/blocks/0/elements/0/options",
        "no more than 100",
    ),
    "option value": (
        [actions(select(options=[option("x", "v" * 151)]))],
        "/blocks/0/elements/0/options/0/value",
        "less than 151",
    ),
    "two options of one value": (
        [actions(select(options=[option("x", "v"), option("y", "v")]))],
        "/blocks/0/elements/0/options/1/value",
        "v already exists",
    ),
    "a first choice that is none": (
        [actions(select(initial_option=option("Other", "other")))],
        "/blocks/0/elements/0/initial_option",
        "must match one of the provided options",
    ),
    "six in an overflow": (
        [actions({"type": "overflow", "options": [option("x", str(n)) for n in range(6)]})],
        "/blocks/0/elements/0/options",
        "no more than 5",
    ),
    "a dialog's title": (
        [
            actions(
                button(
                    "x",
                    confirm={
                        "title": plain("x" * 101),
                        "text": plain("x"),
                        "confirm": plain("x"),
                        "deny": plain("x"),
                    },
                )
            )
        ],
        "/blocks/0/elements/0/confirm/title/text",
        "less than 101",
    ),
    "a dialog without a way out": (
        [actions(button("x", confirm={"title": plain("x"), "text": plain("x")}))],
        "/blocks/0/elements/0/confirm",
        "missing required field: deny",
    ),
    "eleven in a context": (
        [{"type": "context", "elements": [plain("x")] * 11}],
        "/blocks/0/elements",
        "no more than 10",
    ),
    "an image without words": (
        [{"type": "image", "image_url": "https://example.com/a.png"}],
        "/blocks/0",
        "missing required field: alt_text",
    ),
    "an image of nothing": (
        [{"type": "image", "alt_text": "x"}],
        "/blocks/0",
        "missing required field: image_url",
    ),
    "rows of a table": ([table(101, 2)], "/blocks/0/rows", "no more than 100"),
    "columns of a table": ([table(1, 21)], "/blocks/0/rows/0", "no more than 20"),
    "two tables": ([table(1, 1), table(1, 1)], "/blocks", "no more than 1 blocks of type table"),
    "three charts": ([chart()] * 3, "/blocks", "no more than 2 blocks of type"),
    "points of a chart": (
        [chart(21)],
        "/blocks/0/chart/series/0/data",
        "no more than 20",
    ),
    "chart title": ([chart(title="x" * 51)], "/blocks/0/title", "less than 51"),
    "a task that is completed": (
        [{"type": "plan", "title": "x", "tasks": [task("completed")]}],
        "/blocks/0/tasks/0/status",
        "one of: pending, in_progress, complete, error",
    ),
    "two tasks of one name": (
        [{"type": "plan", "title": "x", "tasks": [task("error"), task("error")]}],
        "/blocks/0/tasks/1/task_id",
        "t1 already exists",
    ),
    "a lone task that waits": ([task("pending")], "/blocks/0/status", "may not be pending"),
    "an alert in a message": (
        [{"type": "alert", "text": plain("x")}],
        "/blocks/0/type",
        "unsupported type: alert",
    ),
    "too much markdown": (
        [{"type": "markdown", "text": "x" * 7000}] * 2,
        "/blocks",
        "less than 12001 characters in total",
    ),
    "a list of no style": (
        [rich({"type": "rich_text_list", "elements": [words("x")]})],
        "/blocks/0/elements/0",
        "missing required field: style",
    ),
    "words without text": (
        [rich({"type": "rich_text_section", "elements": [{"type": "text"}]})],
        "/blocks/0/elements/0/elements/0",
        "missing required field: text",
    ),
}


@pytest.mark.parametrize("blocks", GOOD.values(), ids=GOOD)
def test_what_slack_takes_passes(blocks: list[Json]) -> None:
    """Nothing is wrong with these."""
    assert blocks_problems(blocks, "message") == []


@pytest.mark.parametrize(("blocks", "pointer", "words_of_it"), BAD.values(), ids=BAD)
def test_each_limit_is_named_at_its_place(
    blocks: list[Json], pointer: str, words_of_it: str
) -> None:
    """What is wrong is said with a JSON pointer to it."""
    found = [(problem.pointer, problem.message) for problem in blocks_problems(blocks, "message")]

    assert any(at == pointer and words_of_it in message for at, message in found), found


def test_modals_and_home_tabs_take_other_blocks() -> None:
    """An alert is for modals, a table for messages and home tabs, markdown for messages."""
    alert = [{"type": "alert", "text": plain("It stops writes."), "level": "error"}]
    assert blocks_problems(alert, "modal") == []
    for surface, blocks in (
        ("home", alert),
        ("modal", [table(1, 1)]),
        ("modal", [{"type": "markdown", "text": "x"}]),
        ("home", [{"type": "markdown", "text": "x"}]),
    ):
        [problem] = blocks_problems(blocks, surface)
        assert problem.message.startswith("unsupported type")
    assert blocks_problems([table(1, 1)], "home") == []
    assert blocks_problems([section("x")] * 100, "home") == []


def test_a_form_with_every_input_is_valid() -> None:
    """Inputs are for modals, each with a label; a label of markup is refused."""
    assert view_problems(form(), "modal") == []
    wrong = copy.deepcopy(form())
    wrong["blocks"][0]["label"]["type"] = "mrkdwn"
    del wrong["blocks"][5]["element"]["is_decimal_allowed"]
    pointers = [problem.pointer for problem in view_problems(wrong, "modal")]
    assert pointers == ["/view/blocks/0/label/type", "/view/blocks/5/element"]


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        (text_input("x" * 2001, "b"), "/view/blocks/0/label/text"),
        (text_input("x", "b", hint=plain("x" * 2001)), "/view/blocks/0/hint/text"),
        (menu("number_input", "x", "b", is_decimal_allowed=1), "/element/is_decimal_allowed"),
        (menu("datepicker", "x", "b", initial_date="tomorrow or so"), "/element/initial_date"),
        (menu("checkboxes", "x", "b", options=CLASSES * 6), "/element/options"),
        (menu("button", "x", "b"), "/element/type"),
    ],
)
def test_inputs_have_limits(block: Json, pointer: str) -> None:
    """A broken input is named at its place."""
    found = view_problems(form(blocks=[block]), "modal")

    assert any(problem.pointer.endswith(pointer) for problem in found), found


def test_texts_of_all_blocks_are_added_up() -> None:
    """A message whose blocks say too much in total is refused though each is within its limit."""
    check_message([section("x" * 2900)] * 4)
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message([section("x" * 2990)] * 4)


def test_an_app_gets_the_pointers(office: Office) -> None:
    """The Web API answers `invalid_blocks` with the pointers, and posts nothing."""
    blocks = [section("fine"), actions(button("x" * 76))]
    body = refused(
        "invalid_blocks",
        office.client.chat_postMessage,
        channel="C0MIGRATION",
        text="t",
        blocks=blocks,
    )

    expected = "must be less than 76 characters [json-pointer:/blocks/1/elements/0/text/text]"
    assert body["errors"] == [expected]
    assert body["response_metadata"]["messages"] == [f"[ERROR] {expected}"]
    assert office.person("rita").messages("#migrations") == []


def test_metadata_has_a_shape(office: Office) -> None:
    """Metadata without its event type is refused."""
    refused(
        "metadata_must_be_sent_as_json_object",
        office.client.chat_postMessage,
        channel="C0MIGRATION",
        text="t",
        metadata={"event_payload": {"id": 1}},
    )


def test_an_app_can_ask_beforehand(office: Office) -> None:
    """`blocks.validate` says what is wrong with blocks, a message or a view, and shows nothing."""
    ask = office.client.api_call
    assert ask("blocks.validate", json={"blocks": message_blocks()})["ok"]
    assert ask("blocks.validate", json={"view": form()})["ok"]
    wrong = {"message": {"blocks": [{"type": "nonesuch"}]}}
    refused("invalid_blocks", ask, api_method="blocks.validate", json=wrong)
    refused("invalid_arguments", ask, api_method="blocks.validate", json={})
