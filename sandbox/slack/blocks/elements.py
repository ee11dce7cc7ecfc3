"""Elements: buttons, menus and inputs, and which of them may stand where."""

from typing import Any

from sandbox.slack.blocks.checks import (
    Check,
    anything,
    array,
    boolean,
    choice,
    every,
    fields,
    integer,
    not_both,
    one_of,
    string,
    typed,
)
from sandbox.slack.blocks.texts import (
    ACTION_ID,
    CONFIRM,
    OPTION_GROUPS,
    OPTIONS,
    OVERFLOW_OPTION,
    RICH_OPTION,
    SELECT_OPTION,
    SLACK_FILE,
    URL,
    distinct_values,
    initial_among_options,
    plain,
)

ID = string(255)
DATE = string(10, 10)
TIME = string(5, 5)

_NAMED: dict[str, Check] = {"action_id": ACTION_ID}
_INPUT: dict[str, Check] = {**_NAMED, "placeholder": plain(150), "focus_on_load": boolean}
_MENU: dict[str, Check] = {**_INPUT, "confirm": CONFIRM}
_MANY: dict[str, Check] = {**_MENU, "max_selected_items": integer(1)}
_TYPED: dict[str, Check] = {
    **_INPUT,
    "dispatch_action_config": fields(
        {}, {"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 2)}
    ),
}
_FILTER = fields(
    {},
    {
        "include": array(choice("im", "mpim", "private", "public")),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)

BUTTON = typed(
    "button",
    {"text": plain(75)},
    {
        **_NAMED,
        "value": string(2000),
        "url": URL,
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)

IMAGE = every(
    typed(
        "image",
        {"alt_text": string(2000)},
        {"image_url": URL, "slack_file": SLACK_FILE},
    ),
    one_of("image_url", "slack_file"),
    not_both("image_url", "slack_file"),
)


def _static(name: str, **more: Check) -> Check:
    base = _MANY if name.startswith("multi_") else _MENU
    return every(
        typed(name, {}, {**base, "options": OPTIONS, "option_groups": OPTION_GROUPS, **more}),
        one_of("options", "option_groups"),
        not_both("options", "option_groups"),
        distinct_values,
        initial_among_options,
    )


def _listed(name: str, option: Check, maximum: int, **more: Check) -> Check:
    return every(
        typed(
            name,
            {"options": array(option, maximum)},
            {**_NAMED, "confirm": CONFIRM, "focus_on_load": boolean, **more},
        ),
        distinct_values,
        initial_among_options,
    )


_CONVERSATION: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": _FILTER}

MENUS: dict[str, Check] = {
    "static_select": _static("static_select", initial_option=SELECT_OPTION),
    "external_select": typed(
        "external_select",
        {},
        {**_MENU, "initial_option": SELECT_OPTION, "min_query_length": integer(0)},
    ),
    "users_select": typed("users_select", {}, {**_MENU, "initial_user": ID}),
    "conversations_select": typed(
        "conversations_select",
        {},
        {**_MENU, **_CONVERSATION, "initial_conversation": ID, "response_url_enabled": boolean},
    ),
    "channels_select": typed(
        "channels_select", {}, {**_MENU, "initial_channel": ID, "response_url_enabled": boolean}
    ),
}

MULTI_MENUS: dict[str, Check] = {
    "multi_static_select": _static(
        "multi_static_select", initial_options=array(SELECT_OPTION, 100)
    ),
    "multi_external_select": typed(
        "multi_external_select",
        {},
        {**_MANY, "initial_options": array(SELECT_OPTION, 100), "min_query_length": integer(0)},
    ),
    "multi_users_select": typed("multi_users_select", {}, {**_MANY, "initial_users": array(ID)}),
    "multi_conversations_select": typed(
        "multi_conversations_select",
        {},
        {**_MANY, **_CONVERSATION, "initial_conversations": array(ID)},
    ),
    "multi_channels_select": typed(
        "multi_channels_select", {}, {**_MANY, "initial_channels": array(ID)}
    ),
}

PICKERS: dict[str, Check] = {
    "datepicker": typed("datepicker", {}, {**_MENU, "initial_date": DATE}),
    "timepicker": typed("timepicker", {}, {**_MENU, "initial_time": TIME, "timezone": ID}),
    "datetimepicker": typed(
        "datetimepicker",
        {},
        {
            **_NAMED,
            "confirm": CONFIRM,
            "focus_on_load": boolean,
            "initial_date_time": integer(1_000_000_000, 9_999_999_999),
        },
    ),
    "checkboxes": _listed("checkboxes", RICH_OPTION, 10, initial_options=array(RICH_OPTION, 10)),
    "radio_buttons": _listed("radio_buttons", RICH_OPTION, 10, initial_option=RICH_OPTION),
}

TEXTS: dict[str, Check] = {
    "plain_text_input": typed(
        "plain_text_input",
        {},
        {
            **_TYPED,
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    "email_text_input": typed("email_text_input", {}, {**_TYPED, "initial_value": string()}),
    "url_text_input": typed("url_text_input", {}, {**_TYPED, "initial_value": string()}),
    "number_input": typed(
        "number_input",
        {"is_decimal_allowed": boolean},
        {**_TYPED, "initial_value": string(), "min_value": string(), "max_value": string()},
    ),
    "rich_text_input": typed("rich_text_input", {}, {**_TYPED, "initial_value": anything}),
    "file_input": typed(
        "file_input", {}, {**_NAMED, "filetypes": array(ID), "max_files": integer(1, 10)}
    ),
}

OVERFLOW = every(
    typed(
        "overflow",
        {"options": array(OVERFLOW_OPTION, 5)},
        {**_NAMED, "confirm": CONFIRM},
    ),
    distinct_values,
)

ACTIONS: dict[str, Any] = {
    "button": BUTTON,
    "overflow": OVERFLOW,
    **MENUS,
    **MULTI_MENUS,
    **PICKERS,
    "rich_text_input": TEXTS["rich_text_input"],
}
ACCESSORIES: dict[str, Any] = {
    "button": BUTTON,
    "image": IMAGE,
    "overflow": OVERFLOW,
    **MENUS,
    **MULTI_MENUS,
    **PICKERS,
}
INPUTS: dict[str, Any] = {**TEXTS, **MENUS, **MULTI_MENUS, **PICKERS}

FEEDBACK = typed(
    "feedback_buttons",
    {
        "positive_button": fields(
            {"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)}
        ),
        "negative_button": fields(
            {"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)}
        ),
    },
    _NAMED,
)
ICON_BUTTON = typed(
    "icon_button",
    {"icon": string(50), "text": plain(75)},
    {
        **_NAMED,
        "value": string(2000),
        "accessibility_label": string(75),
        "visible_to_user_ids": array(ID),
        "confirm": CONFIRM,
    },
)
