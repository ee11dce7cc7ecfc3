"""What a submitted form of the wizard says, checked field by field; pure."""

import re
from collections.abc import Callable
from typing import TypeVar

from bot.messages.choices import CLASS
from bot.messages.draft import (
    ACCEPT,
    INSTANCE_CLASS,
    LAG,
    OUTAGE,
    PAUSE,
    SOURCE,
    TARGET,
    Draft,
    default_target,
)
from migration.errors import InvalidOptions
from migration.identifiers import is_identifier
from migration.model import Method, Options, WayBack
from migration.ports import Source

NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
MINUTE = 60.0
T = TypeVar("T")


class FormWrong(Exception):
    """Some fields can't be used; `errors` has the words for each."""

    def __init__(self, errors: list[InvalidOptions]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


def options_of(draft: Draft, source: Source | None) -> Options:
    """The options that were filled in.

    Raises:
        FormWrong: with an error for every field that is wrong.
    """
    errors: list[InvalidOptions] = []

    def read(parse: Callable[[], T], otherwise: T) -> T:
        try:
            return parse()
        except InvalidOptions as error:
            errors.append(error)
            return otherwise

    read(lambda: _check_source(draft), None)
    method, known = draft.chosen_method, Options(target="")
    by_snapshot = method is Method.SNAPSHOT
    lag, pause, outage = (
        known.lag_threshold_seconds,
        known.max_write_pause_seconds,
        known.longest_outage_seconds,
    )
    options = Options(
        target=draft.value(TARGET) or default_target(draft.chosen),
        lag_threshold_seconds=lag if by_snapshot else read(lambda: _seconds(draft, LAG), 0.0),
        max_write_pause_seconds=pause if by_snapshot else read(lambda: _seconds(draft, PAUSE), 0.0),
        method=method,
        longest_outage_seconds=read(lambda: _minutes(draft), 0.0) if by_snapshot else outage,
        instance_class=read(lambda: _instance_class(draft), ""),
        accept_backup_interruption=read(lambda: _accepted(draft, source), otherwise=False),
        login=draft.chosen_login,
        way_back=draft.chosen_way_back if draft.chosen_login else WayBack.NONE,
        recreate_slots=draft.chosen_slots and draft.chosen_login,
    )
    if errors:
        raise FormWrong(errors)
    return options


def _check_source(draft: Draft) -> None:
    if not is_identifier(draft.chosen):
        raise InvalidOptions(SOURCE, "Choose an instance; type a part of its name.")


def _seconds(draft: Draft, name: str) -> float:
    value = draft.value(name)
    if not NUMBER.fullmatch(value):
        raise InvalidOptions(name, "A number of seconds, like 5 or 0.5.")
    return float(value)


def _minutes(draft: Draft) -> float:
    """The outage is asked for in minutes, and kept in seconds."""
    value = draft.value(OUTAGE)
    if not NUMBER.fullmatch(value):
        raise InvalidOptions(OUTAGE, "A number of minutes, like 90.")
    return float(value) * MINUTE


def _instance_class(draft: Draft) -> str:
    chosen = draft.value(INSTANCE_CLASS)
    if chosen and not CLASS.fullmatch(chosen):
        raise InvalidOptions(INSTANCE_CLASS, "A class of RDS's, like db.r6g.large.")
    return chosen


def _accepted(draft: Draft, source: Source | None) -> bool:
    """Whether the interruption was accepted by name; asked for where backups are off."""
    typed, name = draft.value(ACCEPT), draft.chosen
    if not is_identifier(name):
        return False
    if typed and typed != name:
        raise InvalidOptions(
            ACCEPT, f"This is not the source's name. Type {name} to accept, or nothing."
        )
    if not typed and source is not None and source.backup_retention_days == 0:
        raise InvalidOptions(
            ACCEPT,
            f"{name} has no automated backups, and a replica needs them. Enabling them "
            f"interrupts the database for some seconds. Type {name} to accept that.",
        )
    return bool(typed)
