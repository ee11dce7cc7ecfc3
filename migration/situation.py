"""Where a migration stands, as finely as what people may do to it depends on that."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from migration.cool_off import in_cool_off
from migration.model import Migration, Phase, Status, is_cut_over, pivot_of, went_back
from migration.plan import FREEZE
from migration.sync import is_synchronizing


class Situation(StrEnum):
    """Each migration is in one of them; the values are words for people."""

    PREPARING = "preparation"
    SYNCHRONIZING = "synchronization"
    PAUSED_PREPARING = "paused in preparation"
    PAUSED_SYNCHRONIZING = "paused in synchronization"
    AT_PROMOTE = "at the gate promote"
    AT_FREEZE = "at the gate freeze"
    CUTTING_OVER = "cutting over, not decided yet"
    PROMOTING = "cutting over, promotion decided"
    GOING_BACK = "cutting over, cancelled"
    FROZEN = "frozen"
    COPY_QUESTIONED = "frozen, copy not found equal"
    DROPPING = "replica being dropped"
    HALTED_PREPARING = "stopped, no replica yet"
    HALTED_SYNCHRONIZING = "stopped, with a replica"
    REPLICA_DROPPED = "stopped, replica dropped"
    HALTED_AT_CUT_OVER = "stopped by a cut-over"
    HALTED_CANCELLING = "stopped while being cancelled"
    SETTLING = "cut over, before its cool-off or its end"
    COOL_OFF = "cool-off"
    HALTED_COOL_OFF = "stopped in its cool-off"
    ROLLING_BACK = "rolling back"
    LEAVING = "cool-off decided, being cleared up"
    HALTED_AFTER = "stopped after the cut-over"
    CANCELLING = "being cancelled"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    ROLLED_BACK = "rolled back"


def situation_of(migration: Migration) -> Situation:
    """The one that it is in."""
    found = _BY_STATUS[migration.status]
    return found if isinstance(found, Situation) else found(migration)


def _active(migration: Migration) -> Situation:
    if in_cool_off(migration):
        return Situation.COOL_OFF
    if is_cut_over(migration):
        decided = bool(migration.finishing_by) or went_back(migration)
        return Situation.LEAVING if decided else Situation.SETTLING
    copied = migration.phase is Phase.SYNCHRONIZATION
    return Situation.SYNCHRONIZING if copied else Situation.PREPARING


def _paused(migration: Migration) -> Situation:
    copied = migration.phase is Phase.SYNCHRONIZATION
    return Situation.PAUSED_SYNCHRONIZING if copied else Situation.PAUSED_PREPARING


def _at_the_gate(migration: Migration) -> Situation:
    freezes = migration.step is not None and migration.step.gate == FREEZE
    return Situation.AT_FREEZE if freezes else Situation.AT_PROMOTE


def _cutting_over(migration: Migration) -> Situation:
    if migration.promoting_since is not None:
        return Situation.PROMOTING
    return Situation.GOING_BACK if migration.cancelled_by else Situation.CUTTING_OVER


def _frozen(migration: Migration) -> Situation:
    return Situation.COPY_QUESTIONED if migration.problem else Situation.FROZEN


def _halted(migration: Migration) -> Situation:
    if is_cut_over(migration):
        kept = in_cool_off(migration)
        return Situation.HALTED_COOL_OFF if kept else Situation.HALTED_AFTER
    if migration.cancelled_by:
        return Situation.HALTED_CANCELLING
    if migration.position == pivot_of(migration.plan):
        return Situation.HALTED_AT_CUT_OVER
    if migration.dropped_by:
        return Situation.REPLICA_DROPPED
    copied = is_synchronizing(migration)
    return Situation.HALTED_SYNCHRONIZING if copied else Situation.HALTED_PREPARING


_BY_STATUS: Mapping[Status, Situation | Callable[[Migration], Situation]] = {
    Status.ACTIVE: _active,
    Status.PAUSED: _paused,
    Status.WAITING_FOR_APPROVAL: _at_the_gate,
    Status.CUTTING_OVER: _cutting_over,
    Status.FROZEN: _frozen,
    Status.HALTED: _halted,
    Status.ROLLING_BACK: Situation.ROLLING_BACK,
    Status.DROPPING: Situation.DROPPING,
    Status.CANCELLING: Situation.CANCELLING,
    Status.CANCELLED: Situation.CANCELLED,
    Status.COMPLETED: Situation.COMPLETED,
    Status.ROLLED_BACK: Situation.ROLLED_BACK,
}
