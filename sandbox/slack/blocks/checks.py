"""The pieces that schemas are made of; each check adds what is wrong, with its JSON pointer."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.slack.errors import Problem

Problems = list[Problem]
Check = Callable[[Any, str, Problems], None]


def string(maximum: int | None = None, minimum: int = 1) -> Check:
    """A string of so many characters."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.append(Problem(at, "must provide a string"))
        elif maximum is not None and len(value) > maximum:
            problems.append(Problem(at, f"must be less than {maximum + 1} characters"))
        elif len(value) < minimum:
            problems.append(Problem(at, f"must be more than {minimum - 1} characters"))

    return check


def choice(*allowed: str) -> Check:
    """One of these words."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if value not in allowed:
            problems.append(Problem(at, f"value must be one of: {', '.join(allowed)}"))

    return check


def boolean(value: Any, at: str, problems: Problems) -> None:
    """True or false."""
    if not isinstance(value, bool):
        problems.append(Problem(at, "must provide a boolean"))


def integer(minimum: int | None = None, maximum: int | None = None) -> Check:
    """A whole number within bounds."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            problems.append(Problem(at, "must provide an integer"))
        elif minimum is not None and value < minimum:
            problems.append(Problem(at, f"must be more than {minimum - 1}"))
        elif maximum is not None and value > maximum:
            problems.append(Problem(at, f"must be less than {maximum + 1}"))

    return check


def number(value: Any, at: str, problems: Problems) -> None:
    """A number, whole or not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        problems.append(Problem(at, "must provide a number"))


def anything(_value: Any, _at: str, _problems: Problems) -> None:
    """Whatever Slack does not look at."""


def array(item: Check, maximum: int | None = None, minimum: int = 1) -> Check:
    """A list of so many items, each of them checked."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.append(Problem(at, "must provide an array"))
            return
        if maximum is not None and len(value) > maximum:
            problems.append(Problem(at, f"no more than {maximum} items allowed"))
        if len(value) < minimum:
            problems.append(Problem(at, f"no less than {minimum} items allowed"))
        for index, entry in enumerate(value):
            item(entry, f"{at}/{index}", problems)

    return check


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(Problem(at, "must provide an object"))
            return
        problems.extend(
            Problem(at, f"missing required field: {name}")
            for name in required
            if value.get(name) is None
        )
        for name, entry in value.items():
            if name not in known:
                problems.append(Problem(at, f"invalid additional property: {name}"))
            elif entry is not None:
                known[name](entry, f"{at}/{name}", problems)

    return check


def by_type(types: Mapping[str, Check]) -> Check:
    """An object whose `type` says what it is, out of those allowed here."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(Problem(at, "must provide an object"))
        elif value.get("type") is None:
            problems.append(Problem(at, "missing required field: type"))
        elif not isinstance(value["type"], str) or value["type"] not in types:
            problems.append(Problem(f"{at}/type", f"unsupported type: {value['type']}"))
        else:
            types[value["type"]](value, at, problems)

    return check


def typed(
    name: str, required: Mapping[str, Check], optional: Mapping[str, Check] | None = None
) -> Check:
    """An object of one type, with these keys."""
    return fields({"type": choice(name), **required}, optional)


def every(*checks: Check) -> Check:
    """All of these."""

    def check(value: Any, at: str, problems: Problems) -> None:
        for one in checks:
            one(value, at, problems)

    return check


def one_of(*names: str) -> Check:
    """An object that has at least one of these keys."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if isinstance(value, dict) and not any(value.get(name) for name in names):
            problems.append(Problem(at, f"missing required field: {names[0]}"))

    return check


def not_both(one: str, other: str) -> Check:
    """An object that does not have both keys."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if isinstance(value, dict) and value.get(one) and value.get(other):
            problems.append(Problem(at, f"must not provide both {one} and {other}"))

    return check


def unique(name: str) -> Check:
    """A list whose objects do not share a value under this key."""

    def check(value: Any, at: str, problems: Problems) -> None:
        if not isinstance(value, list):
            return
        seen: set[str] = set()
        for index, entry in enumerate(value):
            mark = entry.get(name) if isinstance(entry, dict) else None
            if isinstance(mark, str) and mark in seen:
                problems.append(Problem(f"{at}/{index}/{name}", f"`{name}` {mark} already exists"))
            elif isinstance(mark, str):
                seen.add(mark)

    return check
