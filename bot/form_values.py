"""What is filled in, checked field by field and made into the core's options; pure."""

import re
from collections.abc import Callable
from typing import TypeVar

from bot.messages.choices import CLASS
from bot.messages.draft import (
    ACCEPT,
    ASKS,
    HOURS,
    INSTANCE_CLASS,
    LAG,
    OUTAGE,
    PAUSE,
    SOURCE,
    TARGET,
    Draft,
    Known,
    Step,
)
from bot.messages.proposals import DEFAULTS, MINUTE, standing
from migration.errors import InvalidOptions
from migration.identifiers import is_identifier
from migration.model import Options, WayBack
from migration.plan import plan_for

NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
T = TypeVar("T")


class FormWrong(Exception):
    """Some fields can't be used; `errors` has the words for each."""

    def __init__(self, errors: list[InvalidOptions]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


def options_of(draft: Draft, known: Known) -> Options:
    """The options that were chosen; a field that is not asked for is as if nobody had chosen.

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

    def number(name: str, unit: str, like: str, default: float, *, asked: bool) -> float:
        if not asked:
            return default
        return read(lambda: _number(standing(draft, known, name), name, unit, like), default)

    read(lambda: _check_source(draft), None)
    snapshot, way_back = draft.by_snapshot, draft.way_back if draft.by_sql else WayBack.NONE
    outage = DEFAULTS.longest_outage_seconds / MINUTE
    options = Options(
        target=standing(draft, known, TARGET),
        lag_threshold_seconds=number(
            LAG, "seconds", "5 or 0.5", DEFAULTS.lag_threshold_seconds, asked=not snapshot
        ),
        max_write_pause_seconds=number(
            PAUSE, "seconds", "300", DEFAULTS.max_write_pause_seconds, asked=not snapshot
        ),
        instance_class=read(lambda: _instance_class(draft, known), ""),
        accept_backup_interruption=read(lambda: _accepted(draft, known), otherwise=False),
        login=draft.login,
        way_back=way_back,
        way_back_hours=number(
            HOURS,
            "hours",
            "72",
            DEFAULTS.way_back_hours,
            asked=way_back is not WayBack.NONE,
        ),
        recreate_slots=draft.slots and draft.by_sql,
        method=draft.method,
        longest_outage_seconds=number(OUTAGE, "minutes", "90", outage, asked=snapshot) * MINUTE,
    )
    if errors:
        raise FormWrong(errors)
    return options


def wrong_so_far(draft: Draft, known: Known, step: Step) -> list[InvalidOptions]:
    """What is wrong in the fields of that step and of those before it, as far as can be told."""
    steps = list(Step)
    asked = {name for one in steps[: steps.index(step) + 1] for name in ASKS[one]}
    try:
        plan_for(draft.source, options_of(draft, known))
    except FormWrong as wrong:
        return [error for error in wrong.errors if error.field in asked]
    except InvalidOptions as error:
        return [error] if error.field in asked else []
    return []


def _check_source(draft: Draft) -> None:
    if not draft.source:
        raise InvalidOptions(SOURCE, "Choose an instance; type a part of its name.")


def _number(value: str, name: str, unit: str, like: str) -> float:
    if not NUMBER.fullmatch(value):
        raise InvalidOptions(name, f"A number of {unit}, like {like}.")
    return float(value)


def _instance_class(draft: Draft, known: Known) -> str:
    chosen = standing(draft, known, INSTANCE_CLASS)
    if chosen and not CLASS.fullmatch(chosen):
        raise InvalidOptions(INSTANCE_CLASS, "A class of RDS's, like db.r6g.large.")
    return chosen


def _accepted(draft: Draft, known: Known) -> bool:
    """Whether the interruption was accepted by name; asked for where backups are off."""
    typed, name, source = draft.value(ACCEPT), draft.source, known.source(draft.source)
    if not is_identifier(name) or source is None or source.backup_retention_days:
        return False
    if typed and typed != name:
        raise InvalidOptions(
            ACCEPT, f"This is not the source's name. Type {name} to accept, or go no further."
        )
    if not typed:
        raise InvalidOptions(
            ACCEPT,
            f"{name} has no automated backups, and a replica needs them. Enabling them "
            f"interrupts the database for some seconds. Type {name} to accept that.",
        )
    return True
