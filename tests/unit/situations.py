"""A migration in each situation: what the table of controls is tried on."""

from builders import ADAM, FakeClock, a_migration, at_the_gate, good_evidence, position_of

from migration.model import (
    Approval,
    Freeze,
    Method,
    Migration,
    Options,
    Pause,
    Problem,
    Status,
    WayBack,
)
from migration.plan import (
    CREATE_REPLICA,
    CUT_OVER,
    FREEZE,
    KEEP_WAY_BACK,
    RESTORE_SNAPSHOT,
    RETIRE_SOURCE,
    ROLL_BACK,
    VALIDATE_COPY,
    plan_for,
)
from migration.situation import Situation

NOW = FakeClock().now()
PROBLEM = Problem("a step", "It gave up", NOW)
PAUSE = Pause(ADAM, NOW - 60)
APPROVAL = Approval("promote", ADAM, NOW, good_evidence(NOW))
FREEZING = Freeze(reopen_by=NOW + 3600, began_at=NOW - 60)
_ON = {"approval": APPROVAL}


def planned(options: Options, step: str, status: Status, **changes: object) -> Migration:
    """At that step of the plan for these options."""
    plan = plan_for("orders", options)
    position = [one.name for one in plan.steps].index(step)
    return a_migration(status, options=options, plan=plan, position=position, **changes)


def by_snapshot(step: str, status: Status, **changes: object) -> Migration:
    """Of the snapshot method."""
    return planned(Options("orders-aurora", method=Method.SNAPSHOT), step, status, **changes)


def kept(step: str, status: Status, **changes: object) -> Migration:
    """With a way back, after its cut-over."""
    return planned(Options("orders-aurora", way_back=WayBack.REQUIRED), step, status, **changes)


def at(step: str, status: Status, **changes: object) -> Migration:
    """By read replica, at that step."""
    return a_migration(status, position=position_of(step), **changes)


SITUATIONS: dict[Situation, Migration] = {
    Situation.PREPARING: at("copy_parameters", Status.ACTIVE),
    Situation.SYNCHRONIZING: at(CREATE_REPLICA, Status.ACTIVE),
    Situation.PAUSED_PREPARING: at("check_network", Status.PAUSED, paused=PAUSE),
    Situation.PAUSED_SYNCHRONIZING: at("watch_lag", Status.PAUSED, paused=PAUSE),
    Situation.AT_PROMOTE: at_the_gate(),
    Situation.AT_FREEZE: by_snapshot(FREEZE, Status.WAITING_FOR_APPROVAL),
    Situation.CUTTING_OVER: at(CUT_OVER, Status.CUTTING_OVER, cut_over_began=NOW, **_ON),
    Situation.PROMOTING: at(
        CUT_OVER, Status.CUTTING_OVER, cut_over_began=NOW, promoting_since=NOW, **_ON
    ),
    Situation.GOING_BACK: at(
        CUT_OVER, Status.CUTTING_OVER, cut_over_began=NOW, cancelled_by=ADAM, **_ON
    ),
    Situation.FROZEN: by_snapshot(RESTORE_SNAPSHOT, Status.FROZEN, freeze=FREEZING, **_ON),
    Situation.COPY_QUESTIONED: by_snapshot(
        VALIDATE_COPY, Status.FROZEN, freeze=FREEZING, problem=PROBLEM, **_ON
    ),
    Situation.DROPPING: at(CREATE_REPLICA, Status.DROPPING, dropping_by=ADAM),
    Situation.HALTED_PREPARING: at("enable_backups", Status.HALTED, problem=PROBLEM),
    Situation.HALTED_SYNCHRONIZING: at("validate_target", Status.HALTED, problem=PROBLEM),
    Situation.REPLICA_DROPPED: at(CREATE_REPLICA, Status.HALTED, problem=PROBLEM, dropped_by=ADAM),
    Situation.HALTED_AT_CUT_OVER: at(CUT_OVER, Status.HALTED, problem=PROBLEM),
    Situation.HALTED_CANCELLING: at(
        CREATE_REPLICA, Status.HALTED, problem=PROBLEM, cancelled_by=ADAM
    ),
    Situation.SETTLING: at("protect_target", Status.ACTIVE),
    Situation.COOL_OFF: kept(KEEP_WAY_BACK, Status.ACTIVE),
    Situation.HALTED_COOL_OFF: kept(KEEP_WAY_BACK, Status.HALTED, problem=PROBLEM),
    Situation.ROLLING_BACK: kept(KEEP_WAY_BACK, Status.ROLLING_BACK),
    Situation.LEAVING: kept(RETIRE_SOURCE, Status.ACTIVE, finishing_by=ADAM),
    Situation.HALTED_AFTER: at("protect_target", Status.HALTED, problem=PROBLEM),
    Situation.CANCELLING: at(CREATE_REPLICA, Status.CANCELLING, cancelled_by=ADAM),
    Situation.CANCELLED: at("check_source", Status.CANCELLED, cancelled_by=ADAM),
    Situation.COMPLETED: at("protect_target", Status.COMPLETED),
    Situation.ROLLED_BACK: kept(RETIRE_SOURCE, Status.ROLLED_BACK, facts={ROLL_BACK: {"epoch": 2}}),
}
#: Others, where the same situation has another shape.
MORE: list[tuple[Situation, Migration]] = [
    (Situation.PREPARING, by_snapshot("clear_way", Status.ACTIVE)),
    (Situation.SYNCHRONIZING, at("validate_target", Status.ACTIVE)),
    (Situation.PAUSED_PREPARING, by_snapshot("clear_way", Status.PAUSED, paused=PAUSE)),
    (Situation.CUTTING_OVER, by_snapshot(FREEZE, Status.CUTTING_OVER, freeze=FREEZING)),
    (
        Situation.CUTTING_OVER,
        by_snapshot(
            VALIDATE_COPY,
            Status.CUTTING_OVER,
            cut_over_began=NOW,
            freeze=Freeze(NOW + 1, NOW, reopening="It failed"),
        ),
    ),
    (Situation.HALTED_PREPARING, by_snapshot("clear_way", Status.HALTED, problem=PROBLEM)),
    (Situation.HALTED_AT_CUT_OVER, by_snapshot(CUT_OVER, Status.HALTED, problem=PROBLEM)),
    (
        Situation.HALTED_SYNCHRONIZING,
        at(CREATE_REPLICA, Status.HALTED, problem=PROBLEM, dropping_by=ADAM),
    ),
    (
        Situation.LEAVING,
        kept(KEEP_WAY_BACK, Status.ACTIVE, facts={ROLL_BACK: {"epoch": 2}}),
    ),
    (
        Situation.HALTED_AFTER,
        kept(KEEP_WAY_BACK, Status.HALTED, problem=PROBLEM, finishing_by=ADAM),
    ),
    (Situation.SETTLING, kept("protect_target", Status.ACTIVE)),
]
EVERY = [*SITUATIONS.items(), *MORE]
