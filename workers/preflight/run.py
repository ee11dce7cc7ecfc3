"""Carries checks out: each answers for itself, and one that can't be done says so."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import psycopg

from migration.errors import DaybreakError, Permanent
from migration.preflight import Level, Report, Result, State
from workers.postgres import contents, inventory, slots
from workers.postgres.databases import QueryFailed
from workers.preflight.check import NEEDS_LOGIN, Check, Family, Found
from workers.preflight.registry import checks_for
from workers.preflight.subject import Subject

EVERYTHING = tuple(Family)


@dataclass
class Looked:
    """What came of one check; several databases add up."""

    check: Check
    found: list[Found] = field(default_factory=list)
    #: Why it was not done, as often as it was not.
    errors: list[DaybreakError] = field(default_factory=list)
    login: bool = True

    @property
    def level(self) -> Level:
        """The check's own, or less where every finding says so."""
        levels = {found.level or self.check.level for found in self.found}
        return levels.pop() if len(levels) == 1 else self.check.level

    @property
    def state(self) -> State:
        """What was found counts before what could not be looked at."""
        if self.found and (self.level is Level.BLOCKER or not self.errors):
            return State.FOUND
        if self.errors:
            return State.NOT_DONE
        return State.PASSED if self.login else State.NO_LOGIN

    def remedy(self, found: Found) -> str:
        """What to do about one finding."""
        return found.remedy or self.check.remedy

    def result(self) -> Result:
        """For whoever reads it."""
        state = self.state
        said = [found.what for found in self.found]
        remedies = [self.remedy(found) for found in self.found]
        if state is State.NOT_DONE:
            said += [str(error) for error in self.errors]
        return Result(
            self.check.name,
            self.check.title,
            self.level,
            state,
            tuple(dict.fromkeys(said)),
            self.check.why,
            tuple(dict.fromkeys(words for words in remedies if words)),
            self.check.by_daybreak,
        )


def look(
    subject: Subject, *families: Family, only: Iterable[Check] | None = None
) -> tuple[Looked, ...]:
    """Carry out the checks of these families, or of them only these.

    Nothing is raised: a check that fails is one that was not done.
    """
    options = subject.options
    wanted = checks_for(*families, login=options.login, method=options.method)
    if only is not None:
        chosen = set(only)
        wanted = tuple(check for check in wanted if check in chosen)
    answers = {check.name: Looked(check) for check in wanted}
    inside = [one for one in answers.values() if one.check.family in NEEDS_LOGIN]
    for looked in answers.values():
        if looked.check.family not in NEEDS_LOGIN:
            _carry_out(looked, subject)
    if not subject.options.login:
        for looked in inside:
            looked.login = False
    elif inside:
        _look_inside(subject, inside)
    return tuple(answers.values())


def report(subject: Subject, looked: Sequence[Looked]) -> Report:
    """What people read."""
    return Report(
        subject.instance.id,
        subject.tools.clock.now(),
        subject.options.login,
        tuple(one.result() for one in looked),
    )


def _carry_out(looked: Looked, subject: Subject) -> None:
    try:
        looked.found.extend(looked.check.look(subject))
    except psycopg.errors.InsufficientPrivilege as error:
        looked.errors.append(Permanent(f"Daybreak's role lacks a right: {str(error).strip()}."))
    except psycopg.Error as error:
        looked.errors.append(QueryFailed(f"A query failed: {str(error).strip()}"))
    except DaybreakError as error:
        looked.errors.append(error)


def _look_inside(subject: Subject, inside: Sequence[Looked]) -> None:
    """The server once, then every database that takes connections."""
    at_server = [one for one in inside if one.check.family is Family.SERVER]
    in_each = [one for one in inside if one.check.family is Family.DATABASE]
    instance = subject.instance
    try:
        with subject.tools.databases.at(instance.id, instance.endpoint) as connection:
            found = inventory.databases(connection)
            settings = inventory.settings(connection)
            subject.seen |= {
                "wal_level": settings["wal_level"].value,
                "standby_settings": {
                    name: settings[name].value for name in inventory.STANDBY_SETTINGS
                },
                "databases": [base.name for base in found],
                "size_bytes": sum(base.size_bytes for base in found),
                "extensions": {},
                "publications": {},
                "subscriptions": inventory.subscriptions(connection),
                "logical_slots": [
                    {
                        "name": slot.name,
                        "database": slot.database,
                        "plugin": slot.plugin,
                        "consumer": slot.consumer,
                        "temporary": slot.temporary,
                        "retained_bytes": slot.retained_bytes,
                    }
                    for slot in slots.logical(connection)
                ],
            }
            here = subject.inside(connection)
            for looked in at_server:
                _carry_out(looked, here)
    except DaybreakError as error:
        _not_done(inside, error)
        return
    if in_each:
        for base in found:
            if base.connectable:
                _look_into(subject, base.name, in_each)


def _look_into(subject: Subject, name: str, in_each: Sequence[Looked]) -> None:
    instance = subject.instance
    try:
        with subject.tools.databases.at(instance.id, instance.endpoint, name) as connection:
            here = subject.inside(connection, name)
            subject.seen["extensions"][name] = inventory.extensions(connection)
            subject.seen["publications"][name] = contents.publications(connection)
            for looked in in_each:
                _carry_out(looked, here)
    except DaybreakError as error:
        _not_done(in_each, error)


def _not_done(checks: Iterable[Looked], error: DaybreakError) -> None:
    for looked in checks:
        looked.errors.append(error)


def errors_of(looked: Iterable[Looked]) -> Iterator[DaybreakError]:
    """Why checks were not done, each reason once."""
    seen: set[str] = set()
    for one in looked:
        for error in one.errors:
            if str(error) not in seen:
                seen.add(str(error))
                yield error
