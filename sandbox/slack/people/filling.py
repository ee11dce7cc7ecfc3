"""Turns what a person wants to put into an input into the value that the input takes."""

from typing import TYPE_CHECKING, Any

from sandbox.slack.inputs import MANY_OPTIONS, ONE_OPTION, PLAIN_LISTS, options_of
from sandbox.slack.people.reading import find_choice

if TYPE_CHECKING:
    from sandbox.slack.people.person import Person

Json = dict[str, Any]


def chosen_value(
    person: "Person", element: Json, wanted: Any, where: Json
) -> tuple[Any, list[Json]]:
    """The value for an input, and the choices that the app offered if it was asked."""
    kind = element["type"]
    if wanted is None:
        return None, []
    if kind in ONE_OPTION:
        return _option(person, element, wanted, where)
    if kind in MANY_OPTIONS:
        found = [_option(person, element, one, where) for one in _listed(wanted)]
        return [value for value, _ in found], [o for _, offered in found for o in offered]
    if kind in PLAIN_LISTS:
        return [_id(person, kind, one) for one in _listed(wanted)], []
    return _id(person, kind, wanted), []


def _listed(wanted: Any) -> list[Any]:
    return list(wanted) if isinstance(wanted, list | tuple | set) else [wanted]


def _option(person: "Person", element: Json, wanted: Any, where: Json) -> tuple[Any, list[Json]]:
    if "external" not in element["type"]:
        return find_choice(options_of(element), str(wanted)), []
    # a person types what they look for and picks it from what comes up
    path = f"people/{person.user}/suggest"
    offered: list[Json] = person.wire.post(path, **where, value=str(wanted))["options"]
    return find_choice(offered, str(wanted)), offered


def _id(person: "Person", kind: str, wanted: Any) -> Any:
    """People are picked by name, channels too."""
    if "users_select" in kind:
        cast = person.wire.get("cast")
        return _named(cast["people"], "handle", str(wanted).removeprefix("@"))
    if "channels_select" in kind or "conversations_select" in kind:
        cast = person.wire.get("cast")
        return _named(cast["channels"], "name", str(wanted).removeprefix("#"))
    return wanted


def _named(entries: list[Json], name: str, wanted: str) -> str:
    for entry in entries:
        if wanted in {entry["id"], entry[name]}:
            return str(entry["id"])
    return wanted
