"""The blocks of messages, modals and home tabs, each with the surfaces that take it."""

from sandbox.slack.blocks.charts import DATA_VISUALIZATION
from sandbox.slack.blocks.checks import (
    Check,
    anything,
    array,
    boolean,
    by_type,
    choice,
    every,
    fields,
    not_both,
    one_of,
    string,
    typed,
    unique,
)
from sandbox.slack.blocks.elements import (
    ACCESSORIES,
    ACTIONS,
    BUTTON,
    FEEDBACK,
    ICON_BUTTON,
    IMAGE,
    INPUTS,
)
from sandbox.slack.blocks.rich_text import RICH_TEXT
from sandbox.slack.blocks.tables import DATA_TABLE, TABLE
from sandbox.slack.blocks.texts import BLOCK_ID, SLACK_FILE, URL, plain, text

_NAMED: dict[str, Check] = {"block_id": BLOCK_ID}
_CONTEXT = by_type(
    {
        "image": IMAGE,
        "plain_text": text(3000),
        "mrkdwn": text(3000),
    }
)

SECTION = every(
    typed(
        "section",
        {},
        {
            **_NAMED,
            "text": text(3000),
            "fields": array(text(2000), 10),
            "accessory": by_type(ACCESSORIES),
            "expand": boolean,
        },
    ),
    one_of("text", "fields"),
)
ACTIONS_BLOCK = typed(
    "actions",
    {"elements": every(array(by_type(ACTIONS), 25), unique("action_id"))},
    _NAMED,
)
INPUT = typed(
    "input",
    {"label": plain(2000), "element": by_type(INPUTS)},
    {**_NAMED, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
)
IMAGE_BLOCK = every(
    typed(
        "image",
        {"alt_text": string(2000)},
        {**_NAMED, "image_url": URL, "slack_file": SLACK_FILE, "title": plain(2000)},
    ),
    one_of("image_url", "slack_file"),
    not_both("image_url", "slack_file"),
)
_SOURCE = typed("url", {"url": URL, "text": string()})
TASK_CARD = typed(
    "task_card",
    {
        "task_id": string(255),
        "title": string(),
        "status": choice("pending", "in_progress", "complete", "error"),
    },
    {**_NAMED, "details": RICH_TEXT, "output": RICH_TEXT, "sources": array(_SOURCE)},
)
PLAN = typed(
    "plan",
    {"title": string()},
    {
        **_NAMED,
        "tasks": every(array(by_type({"task_card": TASK_CARD}), 50), unique("task_id")),
    },
)
CARD = every(
    typed(
        "card",
        {},
        {
            **_NAMED,
            "hero_image": IMAGE,
            "icon": IMAGE,
            "title": text(150),
            "subtitle": text(150),
            "body": text(200),
            "actions": array(by_type({"button": BUTTON}), 3),
        },
    ),
    one_of("title", "body", "hero_image", "actions"),
)

_EVERYWHERE: dict[str, Check] = {
    "section": SECTION,
    "divider": typed("divider", {}, _NAMED),
    "image": IMAGE_BLOCK,
    "actions": ACTIONS_BLOCK,
    "context": typed("context", {"elements": array(_CONTEXT, 10)}, _NAMED),
    "header": typed("header", {"text": plain(150)}, _NAMED),
    "input": INPUT,
    "rich_text": RICH_TEXT,
    "card": CARD,
    "video": typed(
        "video",
        {
            "alt_text": string(2000),
            "title": plain(200),
            "thumbnail_url": URL,
            "video_url": URL,
        },
        {
            **_NAMED,
            "title_url": URL,
            "description": plain(200),
            "provider_icon_url": URL,
            "provider_name": string(),
            "author_name": string(50),
        },
    ),
}
_READ: dict[str, Check] = {
    "table": TABLE,
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "carousel": typed("carousel", {"elements": array(by_type({"card": CARD}), 10)}, _NAMED),
}
CONTAINER = typed(
    "container",
    {"child_blocks": array(by_type({**_EVERYWHERE, **_READ}), 10)},
    {
        **_NAMED,
        "title": text(150),
        "rich_text_title": RICH_TEXT,
        "subtitle": text(150),
        "width": string(),
        "icon": anything,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
)
_MESSAGE_ONLY: dict[str, Check] = {
    "markdown": typed("markdown", {"text": string(12_000)}, _NAMED),
    "task_card": TASK_CARD,
    "plan": PLAN,
    "context_actions": typed(
        "context_actions",
        {"elements": array(by_type({"feedback_buttons": FEEDBACK, "icon_button": ICON_BUTTON}), 5)},
        _NAMED,
    ),
    "file": typed("file", {"external_id": string(255), "source": choice("remote")}, _NAMED),
}
ALERT = typed(
    "alert",
    {"text": text(200)},
    {**_NAMED, "level": choice("default", "info", "warning", "error", "success")},
)

SURFACES: dict[str, dict[str, Check]] = {
    "message": {**_EVERYWHERE, **_READ, "container": CONTAINER, **_MESSAGE_ONLY},
    "modal": {**_EVERYWHERE, "alert": ALERT},
    "home": {**_EVERYWHERE, **_READ, "container": CONTAINER},
}
MAXIMUM_BLOCKS = {"message": 50, "modal": 100, "home": 100}

METADATA = fields({"event_type": string(255), "event_payload": anything})
