"""What other channels are told of a cut-over: planned, started, done, or put back; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.messages.outage import is_by_snapshot
from bot.messages.text import day, duration, when
from migration.events import (
    CutOverAborted,
    CutOverBegan,
    CutOverCancelled,
    Event,
    GateReached,
    RollBackAborted,
    RolledBack,
    StepDone,
)
from migration.model import Facts, Migration, variant_of
from migration.plan import CUT_OVER, WITHOUT_LOGIN
from migration.ports import Recorded

# News of a maintenance that comes later than this is none; how it ended is told all the same.
NEWS_SECONDS = 900.0
OLD_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Announcement:
    """One message: the number of its event, when that was, and until when it is worth saying."""

    number: int
    text: str
    until: float


@dataclass
class _So:
    """What was said so far."""

    planned: bool = False
    started: bool = False


def announcements(migration: Migration, history: Sequence[Recorded]) -> Iterator[Announcement]:
    """All of them, in order; mrkdwn. Nothing is put back that was not announced as started."""
    so = _So()
    for recorded in history:
        event = recorded.event
        text = _text(migration, event, so)
        if text:
            news = isinstance(event, GateReached | CutOverBegan)
            last = NEWS_SECONDS if news else OLD_SECONDS
            yield Announcement(recorded.number, text, event.at + last)


def _text(migration: Migration, event: Event, so: _So) -> str:
    match event:
        case GateReached() if not so.planned:
            so.planned = True
            return _planned(migration)
        case CutOverBegan() if not so.started:
            so.started = True
            return _started(migration, event)
        case StepDone(step=step) if step == CUT_OVER and so.started:
            so.started = False
            return _done(migration, event.facts)
        case RolledBack() if so.started:
            so.started = False
            return _rolled_back(migration, event.facts)
        case CutOverAborted() | CutOverCancelled() | RollBackAborted() if so.started:
            so.started = False
            return _put_back(migration, event)
        case _:
            return ""


def _planned(migration: Migration) -> str:
    source, target = f"`{migration.source}`", f"`{migration.target}`"
    options = migration.options
    if is_by_snapshot(migration):
        length = (
            f"{source} is closed to applications for as long as its copy takes, "
            f"{duration(options.longest_outage_seconds)} at most"
        )
    elif variant_of(migration) == WITHOUT_LOGIN:
        length = f"writes wait or are refused for minutes while {source} is rebooted"
    else:
        length = (
            "every write waits until the cluster has taken over, usually for less than a few "
            "minutes"
        )
    return (
        f":calendar: *Maintenance: {source} moves to Aurora*, as {target}. It begins when an "
        f"approver decides, which may be soon. Then {length}. It goes back by itself if it does "
        "not get through. You are told here when it starts and when it is over."
    )


def _started(migration: Migration, event: CutOverBegan) -> str:
    source, target = f"`{migration.source}`", f"`{migration.target}`"
    if event.back:
        return (
            f":hourglass_flowing_sand: *Started at {when(event.at)}: going back to {source}*. "
            f"Writes to {target} wait. By {when(event.gives_up_at)} it is through, or called off."
        )
    if is_by_snapshot(migration):
        freeze = migration.freeze
        until = f" It reopens by {day(freeze.reopen_by)} at the latest." if freeze else ""
        return (
            f":hourglass_flowing_sand: *Started at {when(event.at)}: {source} is being closed* to "
            f"be copied to {target}.{until}"
        )
    return (
        f":hourglass_flowing_sand: *Started at {when(event.at)}: {source} moves to {target}*. "
        f"Writes wait. Not promoted by {when(event.gives_up_at)}, it goes back."
    )


def _done(migration: Migration, facts: Facts) -> str:
    return (
        f":white_check_mark: *Done: applications use `{migration.target}`*{_waited(facts)}. Who "
        f"knows `{migration.source}` by its own address has to be led there."
    )


def _rolled_back(migration: Migration, facts: Facts) -> str:
    return (
        f":white_check_mark: *Done: applications use `{migration.source}` again*, with every "
        f"write{_waited(facts)}."
    )


def _put_back(
    migration: Migration, event: CutOverAborted | CutOverCancelled | RollBackAborted
) -> str:
    used = migration.target if isinstance(event, RollBackAborted) else migration.source
    return (
        f":leftwards_arrow_with_hook: *Put back: applications use `{used}`, as before*. Nothing "
        "was lost, and nothing has changed for them. You are told here when it is tried again."
    )


def _waited(facts: Facts) -> str:
    """The longest that clients waited, as it was measured; else by Daybreak's own clock."""
    began, ended = facts.get("outage_began_at"), facts.get("ended_at")
    if began and ended:
        return f"; the source was closed for {duration(float(ended) - float(began))}"
    waited = (facts.get("probe") or {}).get("longest_wait_ms")
    if waited is not None:
        return f"; writes waited {_milliseconds(float(waited))} at most"
    held = facts.get("orchestrator_ms")
    return f"; writes were held for {_milliseconds(float(held))}" if held is not None else ""


def _milliseconds(value: float) -> str:
    return f"{value:.0f} ms" if value < 10_000 else duration(value / 1000)
