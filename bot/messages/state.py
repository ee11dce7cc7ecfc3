"""A migration's state in a sentence, and what is wanted of whom."""

from collections.abc import Callable, Mapping

from bot.messages import approving, cool_off
from bot.messages.budget import budget, roll_back_budget
from bot.messages.buttons import (
    can_promote,
    conditions_hold,
    is_fresh,
    wants_acknowledging,
)
from bot.messages.endings import is_source_kept
from bot.messages.outage import changing, decision_name, frozen, is_by_snapshot
from bot.messages.text import day, duration, mention, mentions, safe_lines, when
from bot.messages.words import step_title
from migration.cool_off import in_cool_off
from migration.model import Migration, Status, is_cut_over, went_back
from migration.plan import KEEP_WAY_BACK, ROLL_BACK
from migration.service import Snapshot
from migration.sync import is_synchronizing

REASON = 900
NOBODY = "Nothing is wanted of anybody."

Approvers = frozenset[str]


def sentence(snapshot: Snapshot, approvers: Approvers) -> str:
    """How it stands, and who is to do what; mrkdwn."""
    said = SENTENCES[snapshot.migration.status](snapshot, approvers)
    if not wants_acknowledging(snapshot):
        return said
    wanted = f"{mention(snapshot.migration.requester)} or an approver: acknowledge the warnings."
    return said.replace(NOBODY, wanted)


def _active(snapshot: Snapshot, approvers: Approvers) -> str:
    migration = snapshot.migration
    if in_cool_off(migration):
        return cool_off.kept(snapshot, approvers, NOBODY)
    step = migration.step
    if step is not None and step.name == KEEP_WAY_BACK:
        return f"{_ending(migration)} {NOBODY}"
    name = step_title(migration.step.name) if migration.step else "the end"
    said = f"*Under way, {migration.phase.value}*: {name}."
    if migration.attempts:
        said += " The last attempt did not work; it is tried again by itself."
    if is_cut_over(migration):
        said += f" {_in_use(migration)}"
    left = _time_left(migration)
    return f"{said} {left}{NOBODY}"


def _paused(snapshot: Snapshot, _approvers: Approvers) -> str:
    migration = snapshot.migration
    pause = migration.paused
    by = f" by {mention(pause.by)} since {day(pause.at)}" if pause else ""
    where = f" at “{step_title(migration.step.name)}”" if migration.step else ""
    goes_on = f"`{migration.source}` takes writes as before."
    if is_synchronizing(migration):
        goes_on = (
            f"`{migration.source}` takes writes as before and keeps WAL for its replica, which "
            "AWS goes on with: lag, disk and replica are watched all the same."
        )
    return (
        f"*Paused{by}*{where}: nothing new is started, and nothing is undone. {goes_on}\n"
        f"{mention(migration.requester)} or an approver: *Resume* when it shall go on."
    )


def _ending(migration: Migration) -> str:
    """The cool-off is decided, and what kept the way back is being taken down."""
    again = " The last attempt did not work; it is tried again." if migration.attempts else ""
    if went_back(migration):
        return (
            f"*Applications use `{migration.source}` again*, with every write. What kept the way "
            f"back is being taken down.{again}"
        )
    return (
        f"*Finishing*, asked by {mention(migration.finishing_by)}: the way back is being taken "
        f"down.{again} {_in_use(migration)}"
    )


def _time_left(migration: Migration) -> str:
    """From how far it came in how long, as of the last look: no clock of the reader's own."""
    waiting = migration.waiting
    if waiting is None:
        return ""
    passed = migration.updated_at - waiting.since
    if not waiting.progress or passed <= 0:
        return f"Waiting since {when(waiting.since)}. "
    left = passed / waiting.progress * (1 - waiting.progress)
    return f"About {duration(left)} left at this pace. "


def _at_the_gate(snapshot: Snapshot, approvers: Approvers) -> str:
    migration = snapshot.migration
    name = decision_name(migration)
    if can_promote(snapshot):
        return approving.ready(snapshot, approvers, name)
    if conditions_hold(snapshot) and snapshot.terms:
        return approving.held_up(snapshot.terms, name)
    if snapshot.evidence is None or not is_fresh(snapshot):
        return f"*At the gate.* Its conditions are being looked at. {NOBODY}"
    return f"*At the gate, and its conditions do not hold yet.* {NOBODY} {name} appears with them."


def _cutting_over(snapshot: Snapshot, approvers: Approvers) -> str:
    migration = snapshot.migration
    by = approving.begun_by(migration)
    if is_by_snapshot(migration) and not migration.problem:
        return changing(migration, by)
    if migration.cancelled_by and not migration.problem:
        return (
            f"*Cutting over, and cancelled* by {mention(migration.cancelled_by)} before the "
            f"promotion was sent: it goes back, and `{migration.source}` takes writes again. "
            f"Then what it made is taken down. {NOBODY}"
        )
    if migration.problem:
        return (
            f"*Cutting over, and stuck*: {safe_lines(migration.problem.reason, REASON)}\n"
            f"{mentions(approvers)}: an engineer is needed now."
        )
    return f"*Cutting over.* {by}{budget(migration)} {NOBODY}"


def _frozen(snapshot: Snapshot, approvers: Approvers) -> str:
    return frozen(snapshot.migration, approvers)


def _rolling_back(snapshot: Snapshot, approvers: Approvers) -> str:
    migration = snapshot.migration
    by = approving.begun_by(migration)
    if migration.problem:
        return (
            f"*Rolling back, and stuck*: {safe_lines(migration.problem.reason, REASON)}\n"
            f"{mentions(approvers)}: an engineer is needed now."
        )
    return f"*Rolling back.* {by}{roll_back_budget(migration)} {NOBODY}"


def _rolled_back(snapshot: Snapshot, _approvers: Approvers) -> str:
    migration = snapshot.migration
    by_hand = "" if migration.facts.get(ROLL_BACK) else ", by hand"
    return (
        f"*Rolled back{by_hand}*, on {day(migration.updated_at)}: applications use "
        f"`{migration.source}` again. `{migration.target}` is kept, closed to applications; "
        "delete it when nobody needs it."
    )


def _dropping(snapshot: Snapshot, _approvers: Approvers) -> str:
    migration = snapshot.migration
    return (
        f"*The replica is being dropped*, asked by {mention(migration.dropping_by)}: "
        f"`{migration.target}` is deleted. `{migration.source}` takes writes as before. {NOBODY}"
    )


def _halted(snapshot: Snapshot, _approvers: Approvers) -> str:
    migration = snapshot.migration
    problem = migration.problem
    if migration.dropped_by:
        found = f" {safe_lines(problem.reason, REASON)}." if problem and problem.reason else ""
        return (
            f"*The replica was dropped* by {mention(migration.dropped_by)}.{found} It takes writes "
            f"as before.\n{mention(migration.requester)} or an approver: press Retry, which copies "
            "everything anew, or Cancel."
        )
    where = f" at “{step_title(problem.step)}”" if problem and problem.step else ""
    reason = f": {safe_lines(problem.reason, REASON)}" if problem else "."
    way_on = cool_off.way_on(snapshot) if in_cool_off(migration) else _way_on(migration)
    return f"*Stopped{where}*{reason}\n{way_on}"


def _way_on(migration: Migration) -> str:
    """Who does what about a halt, and what it means for the data meanwhile."""
    who = mention(migration.requester)
    if is_cut_over(migration):
        return f"{who} or an approver: put it right and press Retry. {_in_use(migration)}"
    return (
        f"{who} or an approver: put it right and press Retry, or Cancel. `{migration.source}` "
        "takes writes as before."
    )


def _in_use(migration: Migration) -> str:
    used = migration.source if went_back(migration) else migration.target
    return f"Applications use `{used}`."


def _cancelling(snapshot: Snapshot, _approvers: Approvers) -> str:
    migration = snapshot.migration
    return (
        f"*Being cancelled*, asked by {mention(migration.cancelled_by)}: what it made is being "
        f"taken back. `{migration.source}` goes on as it is. {NOBODY}"
    )


def _cancelled(snapshot: Snapshot, _approvers: Approvers) -> str:
    migration = snapshot.migration
    return (
        f"*Cancelled* by {mention(migration.cancelled_by)} on {day(migration.updated_at)}. "
        f"`{migration.source}` goes on as it was."
    )


def _completed(snapshot: Snapshot, _approvers: Approvers) -> str:
    migration = snapshot.migration
    kept = "is kept, closed to applications" if is_source_kept(migration) else "is gone"
    return (
        f"*Done* on {day(migration.updated_at)}: applications use `{migration.target}`. "
        f"`{migration.source}` {kept}."
    )


SENTENCES: Mapping[Status, Callable[[Snapshot, Approvers], str]] = {
    Status.ACTIVE: _active,
    Status.PAUSED: _paused,
    Status.WAITING_FOR_APPROVAL: _at_the_gate,
    Status.CUTTING_OVER: _cutting_over,
    Status.ROLLING_BACK: _rolling_back,
    Status.DROPPING: _dropping,
    Status.FROZEN: _frozen,
    Status.HALTED: _halted,
    Status.CANCELLING: _cancelling,
    Status.CANCELLED: _cancelled,
    Status.COMPLETED: _completed,
    Status.ROLLED_BACK: _rolled_back,
}
