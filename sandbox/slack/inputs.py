"""What people fill in: how each kind of input keeps its value, as in `view.state.values`."""

from collections.abc import Iterable
from typing import Any

from sandbox.slack.errors import SlackError

Json = dict[str, Any]

TEXT_INPUTS = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})
# where the value of each kind stands, and where its first value does
ONE_OPTION = {
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
}
MANY_OPTIONS = {
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
}
PLAIN = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
}
PLAIN_LISTS = {
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "file_input": ("files", "files"),
}
SINGLE = {**ONE_OPTION, **PLAIN}
LISTED = {**MANY_OPTIONS, **PLAIN_LISTS}


def initial_entry(element: Json) -> Json | None:
    """What an input holds before anybody touches it; None for what holds nothing, as a button."""
    kind = element["type"]
    if kind in TEXT_INPUTS:
        return {"type": kind, "value": element.get("initial_value") or None}
    if kind in SINGLE:
        name, first = SINGLE[kind]
        return {"type": kind, name: element.get(first)}
    if kind in LISTED:
        name, first = LISTED[kind]
        return {"type": kind, name: list(element.get(first) or [])}
    return None


def entry_for(element: Json, value: Any, suggested: Iterable[Json] = ()) -> Json:
    """What the input holds once a person gave it a value: text, an option's value, or ids."""
    kind = element["type"]
    if kind in TEXT_INPUTS:
        return {"type": kind, "value": str(value) if value not in (None, "") else None}
    if kind in ONE_OPTION:
        chosen = None if value is None else find_option(element, value, suggested)
        return {"type": kind, "selected_option": chosen}
    if kind in MANY_OPTIONS:
        chosen_many = [find_option(element, one, suggested) for one in value or []]
        return {"type": kind, "selected_options": chosen_many}
    if kind in PLAIN:
        return {"type": kind, PLAIN[kind][0]: value}
    if kind in PLAIN_LISTS:
        return {"type": kind, PLAIN_LISTS[kind][0]: list(value or [])}
    raise SlackError("not_an_input", note=f"nothing can be filled into a {kind}")


def options_of(element: Json) -> list[Json]:
    """The choices that stand in a menu itself."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(o for group in groups for o in group["options"])]


def find_option(element: Json, value: Any, suggested: Iterable[Json] = ()) -> Json:
    """The choice with this value, out of those offered."""
    for option in (*options_of(element), *suggested):
        if option["value"] == value:
            # the app gets the option without what it says about it
            return {key: option[key] for key in ("text", "value", "description") if key in option}
    raise SlackError("no_such_option", note=f"there is no option {value!r}")


def is_empty(entry: Json) -> bool:
    """Whether nothing has been filled in or chosen."""
    return not any(value for key, value in entry.items() if key != "type")


def complaint(element: Json, entry: Json, *, optional: bool) -> str | None:
    """What Slack's own form says about a value, before any app sees it."""
    if is_empty(entry):
        return None if optional else "Please complete all required fields."
    if element["type"] == "number_input":
        return _number_complaint(element, entry["value"])
    if element["type"] != "plain_text_input":
        return None
    length = len(entry["value"])
    if length < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters"
    if length > element.get("max_length", 3000):
        return f"Must be less than {element.get('max_length', 3000) + 1} characters"
    return None


def _number_complaint(element: Json, value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Must be a number"
    if not element["is_decimal_allowed"] and number != int(number):
        return "Must be a whole number"
    if "min_value" in element and number < float(element["min_value"]):
        return f"Must be {element['min_value']} or more"
    if "max_value" in element and number > float(element["max_value"]):
        return f"Must be {element['max_value']} or less"
    return None
