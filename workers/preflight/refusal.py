"""What a step makes of the checks: nothing, or a refusal that names everything at once."""

from collections.abc import Iterable, Sequence

from migration.errors import DaybreakError, Transient
from migration.preflight import Level, State
from workers.preflight.run import Looked, errors_of
from workers.steps.findings import Blocked, Blocker


def refuse(opening: str, looked: Sequence[Looked]) -> None:
    """Raise what stands against going on.

    Raises:
        Blocked: something was found, or a check can't be done until somebody mends that.
        Transient: checks could not be done, and nothing else is known to stand against it.
    """
    blockers = [
        Blocker(found.what, one.remedy(found))
        for one in looked
        for found in one.found
        if (found.level or one.check.level) is Level.BLOCKER
    ]
    errors = list(errors_of(looked))
    if not blockers and errors and all(isinstance(error, Transient) for error in errors):
        # It may pass by itself, and is tried again.
        raise errors[0]
    blockers += [Blocker(_undone(error, looked), "") for error in errors]
    if blockers:
        raise Blocked(opening, blockers)


def _undone(error: DaybreakError, looked: Sequence[Looked]) -> str:
    names = [one.check.name for one in looked if str(error) in {str(other) for other in one.errors}]
    which = f"`{names[0]}`" if len(names) == 1 else f"{len(names)} checks, `{names[0]}` among them"
    return f"Not done ({which}): {error}"


def warnings_of(looked: Iterable[Looked]) -> dict[str, list[str]]:
    """By check's name: what people have to know, with what to do about it."""
    return {
        one.check.name: [f"{found.what} {one.remedy(found)}".strip() for found in one.found]
        for one in looked
        if one.state is State.FOUND and one.level is Level.WARNING
    }
