"""Texts, options and confirm dialogs: what blocks and elements are composed of."""

from typing import Any

from sandbox.slack.blocks.checks import (
    Check,
    Problems,
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
from sandbox.slack.errors import Problem

ACTION_ID = string(255)
BLOCK_ID = string(255)
URL = string(3000)


def plain(maximum: int) -> Check:
    """A text without mark-up."""
    return by_type(
        {"plain_text": typed("plain_text", {"text": string(maximum)}, {"emoji": boolean})}
    )


def text(maximum: int) -> Check:
    """A text with or without mark-up."""
    return by_type(
        {
            "plain_text": typed("plain_text", {"text": string(maximum)}, {"emoji": boolean}),
            "mrkdwn": typed("mrkdwn", {"text": string(maximum)}, {"verbatim": boolean}),
        }
    )


def option(words: Check, **more: Check) -> Check:
    """A choice: the words that people read and the value that comes back."""
    return fields({"text": words, "value": string(150)}, {"description": text(75), **more})


SELECT_OPTION = option(plain(75))
RICH_OPTION = option(text(75))
OVERFLOW_OPTION = option(plain(75), url=URL)

OPTIONS = array(SELECT_OPTION, 100)
OPTION_GROUPS = array(fields({"label": plain(75), "options": OPTIONS}), 100)

CONFIRM = fields(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)

SLACK_FILE = every(fields({}, {"id": string(255), "url": URL}), one_of("id", "url"))

# what an app answers when a menu asks it for choices
SUGGESTIONS = every(
    fields({}, {"options": array(SELECT_OPTION, 100, 0), "option_groups": OPTION_GROUPS}),
    not_both("options", "option_groups"),
)


def distinct_values(value: Any, at: str, problems: Problems) -> None:
    """The options of one menu may not share a value."""
    if isinstance(value, dict) and "options" in value:
        unique("value")(value["options"], f"{at}/options", problems)


def initial_among_options(value: Any, at: str, problems: Problems) -> None:
    """What is chosen from the start must be one of the choices, word by word."""
    if not isinstance(value, dict):
        return
    groups = value.get("option_groups") or []
    choices = [
        *(value.get("options") or []),
        *(
            entry
            for group in groups
            if isinstance(group, dict)
            for entry in group.get("options", [])
        ),
    ]
    initial = value.get("initial_options") or [value.get("initial_option")]
    for entry in initial if isinstance(initial, list) else []:
        if entry is not None and not any(_same(entry, known) for known in choices):
            name = "initial_options" if value.get("initial_options") else "initial_option"
            problems.append(Problem(f"{at}/{name}", "must match one of the provided options"))


def _same(one: Any, other: Any) -> bool:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return False
    words = [entry.get("text") for entry in (one, other)]
    said = [entry.get("text") if isinstance(entry, dict) else entry for entry in words]
    return said[0] == said[1] and one.get("value") == other.get("value")
