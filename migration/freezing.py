"""The outage of the snapshot method: the source is closed while its copy is being made.

No process holds it for those hours. Between two steps the reconciler is in charge: it asks for the
next one, and has the source reopened at the time that the approver was told, or when nobody does
the work. Reopening begins with a commit, as the switch does: one of the two is first, and the other
one never happens.
"""

from dataclasses import replace

from migration.model import Freeze, Method, Migration, Status
from migration.plan import CLEAR_WAY, FROZEN_STEPS

#: Why a person reads that it is reopened.
CANCELLED = "The migration was cancelled."


def approved_freeze(migration: Migration, now: float) -> Freeze | None:
    """What an approval at this moment allows; None for a method without an outage."""
    if migration.plan.method is not Method.SNAPSHOT:
        return None
    return Freeze(reopen_by=now + migration.options.longest_outage_seconds)


def reopening(migration: Migration, why: str, now: float, **changes: object) -> Migration:
    """The source is to take writes again: whoever finds it like this sees to it.

    From here on nothing of the copy counts, and no switch can begin.
    """
    freeze = migration.freeze or Freeze(reopen_by=now)
    return migration.to(
        Status.CUTTING_OVER,
        updated_at=now,
        attempts=0,
        waiting=None,
        problem=None,
        # The reconciler looks after it whatever a clock says.
        cut_over_began=freeze.began_at or now,
        promoting_since=None,
        freeze=replace(freeze, reopening=freeze.reopening or why),
        **changes,
    )


def is_reopening(migration: Migration) -> bool:
    """Whether it was decided that the source reopens, and that is not done yet."""
    return migration.freeze is not None and bool(migration.freeze.reopening)


def unmade(migration: Migration) -> dict[str, object]:
    """What changes when the copy is void: nothing that was found while the source was closed."""
    return {
        "facts": {name: kept for name, kept in migration.facts.items() if name not in FROZEN_STEPS},
        "freeze": None,
    }


def begins_anew_at(migration: Migration) -> int:
    """The position of the step that takes a void copy down, before the gate."""
    return next(i for i, step in enumerate(migration.plan.steps) if step.name == CLEAR_WAY)
