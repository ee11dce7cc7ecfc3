"""The story as a report for people: who, when, what was shown, called and answered, how long."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from migration.audit.story import Call, Story, calls
from migration.events import (
    ActDone,
    ActIntended,
    Approved,
    CancelRequested,
    DropRequested,
    Event,
    FinishRequested,
    MigrationResumed,
    MigrationRetried,
    MigrationStarted,
    ScheduledBegan,
    StepCompensated,
    StepDone,
)
from migration.model import Evidence
from migration.ports import Recorded

#: What is longer stands in the JSON Lines alone.
LONGEST_VALUE = 400
INDENT = " " * 8
#: Begun by a Daybreak that did not write it down.
NOT_KNOWN = "not on record"
#: A person's decision that a step begins with; otherwise it begins when the one before is done.
BEGINNINGS = (
    MigrationStarted,
    Approved,
    ScheduledBegan,
    MigrationRetried,
    MigrationResumed,
    CancelRequested,
    DropRequested,
    FinishRequested,
)


def report(story: Story, names: Mapping[str, str]) -> str:
    """Plain text; `names` are those of people by their ids, as far as they are known."""
    made = calls(story.history)
    parts = (
        _top(story, names),
        _section("Who decided", _decisions(story.history, names)),
        _section("What happened", _everything(story.history, made, names)),
        _section("Calls without an answer on record", _unanswered(made)),
        _bottom(story),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def who(user: str, names: Mapping[str, str]) -> str:
    """A person by name and id."""
    name = _one_line(names.get(user, ""))
    return f"{name} ({user})" if name and name != user else user


def utc(at: float) -> str:
    """A time to the millisecond."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"


def _top(story: Story, names: Mapping[str, str]) -> Iterator[str]:
    migration = story.migration
    yield f"Audit of {migration.id}: {migration.source} -> {migration.target}"
    yield f"Asked for by {who(migration.requester, names)} on {utc(migration.created_at)}"
    yield f"Method: {migration.plan.method}. Plan: {story.chain.plan_hash or NOT_KNOWN}"
    steps = ", ".join(
        f"<{step.gate}> {step.name}" if step.gate else step.name for step in migration.plan.steps
    )
    yield f"Steps: {steps}"
    chosen = [
        value
        for one in story.history[:1]
        if isinstance(one.event, MigrationStarted)
        for value in _listed(one.event.planned.get("options", {}))
    ]
    yield f"Options: {'; '.join(chosen) or NOT_KNOWN}"


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield from ("", title, "-" * len(title))
    found = list(lines)
    yield from found or ["(none)"]


def _decisions(history: Sequence[Recorded], names: Mapping[str, str]) -> Iterator[str]:
    for recorded in history:
        if getattr(recorded.event, "by", ""):
            yield _numbered(recorded, _words(recorded.event, names))


def _everything(
    history: Sequence[Recorded], made: Sequence[Call], names: Mapping[str, str]
) -> Iterator[str]:
    answers = {call.answered: call for call in made if call.answered}
    due = history[0].event.at if history else 0.0
    for recorded in history:
        event = recorded.event
        took = ""
        if isinstance(event, StepDone | StepCompensated):
            took = f" after {event.at - due:.3f} s"
            due = event.at
        elif isinstance(event, BEGINNINGS):
            due = event.at
        call = answers.get(recorded.number)
        yield _numbered(recorded, _words(event, names, call, took))
        if isinstance(event, Approved | ScheduledBegan):
            yield from _shown(event.evidence)


def _shown(evidence: Evidence) -> Iterator[str]:
    yield f"{INDENT}shown to them, as seen at {utc(evidence.at)}:"
    for check in evidence.checks:
        held = "not looked at" if not check.looked else "holds" if check.ok else "does not hold"
        yield f"{INDENT}- {_one_line(check.name)}: {held}: {_one_line(check.detail)}"
    for reading in evidence.readings:
        origin = f"from {_one_line(reading.origin)} at {utc(reading.at)}"
        seen = f"{reading.value:g} {_one_line(reading.unit)}"
        yield f"{INDENT}- {_one_line(reading.name)}: {seen}, {origin}"


def _unanswered(made: Sequence[Call]) -> Iterator[str]:
    for call in made:
        if not call.answered:
            asked = f"{call.intent.act} in {call.intent.step}"
            yield f"{call.number:5}  {utc(call.intent.at)}  {_one_line(asked)}"


def _bottom(story: Story) -> Iterator[str]:
    chain = story.chain
    yield ""
    yield f"{len(story.history)} events. Last hash of the JSON Lines: {chain.last}"
    if chain.ended:
        yield f"Sealed: {chain.ended}."
    else:
        yield "Not sealed: the migration is under way."


def _numbered(recorded: Recorded, words: str) -> str:
    return f"{recorded.number:5}  {utc(recorded.event.at)}  {_one_line(words)}"


def _words(event: Event, names: Mapping[str, str], call: Call | None = None, took: str = "") -> str:
    match event:
        case MigrationStarted():
            return f"{who(event.by, names)} started it: {event.source} -> {event.target}"
        case ActIntended():
            return f"{event.step} calls {_one_line(event.act)}{_given(event.details)}"
        case ActDone():
            after = f" after {call.seconds:.3f} s" if call else ""
            return f"{event.step}: {_one_line(event.act)} answered{after}{_given(event.details)}"
        case StepDone() | StepCompensated():
            verb = "done" if isinstance(event, StepDone) else "taken back"
            return f"{event.step} is {verb}{took}{_given(event.facts)}"
        case Approved() | ScheduledBegan():
            return _approved(event, names)
        case _:
            return _in_general(event, names)


def _approved(event: Approved | ScheduledBegan, names: Mapping[str, str]) -> str:
    """Who, the how many-th, under which rule and for what; an emergency stands out."""
    if isinstance(event, ScheduledBegan):
        people = " and ".join(who(one, names) for one in event.people)
        return f"<{_one_line(event.gate)}> begins as scheduled, approved by {people}"
    glass = "BREAK GLASS: " if event.break_glass else ""
    without = " (going back would lose writes: accepted)" if event.without_way_back else ""
    number = f", {event.number} of {event.wanted}" if event.wanted > 1 else ""
    said = {
        "rule": event.rule.get("name", ""),
        "plan": event.plan_hash,
        "until": utc(event.expires_at) if event.expires_at else "",
        "for": utc(event.begins_at) if event.begins_at else "",
        "reason": event.reason,
        "ticket": event.ticket,
        "rehearsal": event.rehearsal,
    }
    given = _given({name: value for name, value in said.items() if value})
    gate = _one_line(event.gate)
    return f"{glass}{who(event.by, names)} approved <{gate}>{number}{without}{given}"


def _in_general(event: Event, names: Mapping[str, str]) -> str:
    """Its kind and its fields: so is told whatever has no words of its own."""
    held = {one.name: getattr(event, one.name) for one in fields(event)}
    by = held.pop("by", "")
    rest = {name: value for name, value in held.items() if name not in {"at", "kind"}}
    person = f", by {who(by, names)}" if by else ""
    return f"{event.kind.replace('_', ' ')}{person}{_given(rest)}"


def _given(details: Mapping[str, Any]) -> str:
    said = _listed(details)
    return f" ({'; '.join(said)})" if said else ""


def _listed(details: Mapping[str, Any]) -> list[str]:
    return [f"{_one_line(name)} {_value(value)}" for name, value in details.items()]


def _value(value: Any) -> str:
    text = _one_line(value if isinstance(value, str) else json.dumps(value, default=str))
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text[:LONGEST_VALUE]}... (all of it: JSON Lines)"


def _one_line(text: str) -> str:
    """What can be seen of it, in one line: nothing in it can pass for a line of the report."""
    return " ".join("".join(one for one in text if one.isprintable() or one.isspace()).split())
