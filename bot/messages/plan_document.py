"""The plan of a cut-over as a document: what will be done, by whom, within what, and the way back.

Plain text, for tickets and mails: nothing in it is Slack's. It is put into the thread when the
plan has come to its gate.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from bot.messages.outage import is_by_snapshot
from bot.messages.text import Upload, duration, plain
from bot.messages.words import named, step_name
from migration.model import Migration, WayBack, variant_of
from migration.plan import FREEZE, WITHOUT_LOGIN

NAME = 100
# How long going back has of its own, in seconds: `workers/cutover/attempt.py`.
GOING_BACK_SECONDS = 120.0

#: Each phase, what happens in it, and what becomes of it where it fails.
CUT_OVER = (
    ("arm", "conditions looked at again, connections opened, the fence rehearsed", "not begun"),
    ("pause", "the poolers hold new transactions; running ones end", "they let everybody go"),
    ("fence", "logins off, sessions ended, a marker row written", "the source reopens"),
    ("drain", "the replica has received everything up to the marker", "the source reopens"),
    ("promote", "Aurora's cluster becomes a database of its own", "the source reopens"),
    ("check", "writable, marker, sequences, roles, a login: on the target", "the source reopens"),
    ("redirect", "the poolers point to the target, still holding everybody", "the source reopens"),
    ("open", "the target takes writes: the point of no return", "only forward from here"),
)
WITHOUT = (
    ("arm", "conditions looked at again; what is begun is written into tags", "not begun"),
    ("pause", "the poolers hold new transactions", "they let everybody go"),
    ("close", "the source is put into the quarantine group", "the replica goes, it reopens"),
    ("reboot", "the source is rebooted, which ends its sessions", "the replica goes, it reopens"),
    ("catch up", "a whole cycle of the log, by CloudWatch", "the replica goes, it reopens"),
    ("promote", "Aurora's cluster becomes a database of its own", "the replica goes, it reopens"),
    ("check", "the target as AWS shows it", "the target is given up, the source reopens"),
    ("redirect", "the poolers point to the target, which is shut", "the same"),
    ("open", "the target takes writes: the point of no return", "only forward from here"),
)
SNAPSHOT = (
    ("freeze", "the source is closed and marked; applications are refused", "it reopens"),
    ("snapshot", "it is taken of the closed source", "the source reopens, the copy is void"),
    ("restore", "as Aurora's cluster", "the source reopens, the copy is void"),
    ("validate", "definitions, rows, contents, sequences, roles compared", "people are asked"),
    ("switch", "the poolers point to the copy", "the source reopens, the copy is void"),
    ("open", "the copy takes writes: the point of no return", "only forward from here"),
)


def plan_document(
    migration: Migration,
    names: Mapping[str, str],
    approvers: Sequence[str],
    at: float,
    *,
    wanted: int = 1,
    requester_too: bool = False,
) -> Upload:
    """As of `at` (unix seconds); `names` are those of people by their ids, as far as known.

    So many of the approvers are `wanted`, and whoever asked for it may be one, or not.
    """
    parts = (
        _top(migration, at),
        _section("Who", _who(migration, names, approvers, wanted, but_requester=not requester_too)),
        _section("When", _when(migration)),
        _section("What is done, in this order", _phases(migration)),
        _section("Budgets", _budgets(migration)),
        _section("Expected pause of writes", _pause(migration)),
        _section("The way back", _way_back(migration)),
        _section("The whole plan", _steps(migration)),
    )
    return Upload(
        f"{migration.id}-plan-{int(at)}.txt",
        "Plan of the cut-over",
        "\n".join(line for part in parts for line in part) + "\n",
    )


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield from ("", title, "-" * len(title))
    yield from lines


def _top(migration: Migration, at: float) -> Iterator[str]:
    yield f"Plan of the cut-over of {_name(migration.id)}"
    yield f"{_name(migration.source)} -> {_name(migration.target)}, by {migration.plan.method}"
    yield f"As of {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _who(
    migration: Migration,
    names: Mapping[str, str],
    approvers: Sequence[str],
    wanted: int,
    *,
    but_requester: bool,
) -> Iterator[str]:
    yield f"Asked for by: {_person(migration.requester, names)}"
    listed = ", ".join(_person(one, names) for one in sorted(approvers))
    but = "; never by whoever asked for it" if but_requester else ""
    yield f"Decided by: {wanted if wanted > 1 else 'one'} of {listed}{but}"
    yield "Carried out by: Daybreak, which says in the thread what it does"


def _when(migration: Migration) -> Iterator[str]:
    gate = named(migration.step.gate) if migration.step and migration.step.gate else "promote"
    yield f"When it is decided to {gate}, and not before: at once, or for when the gate opens next."
    yield "The conditions are looked at when it is decided, and again as it begins."


def _phases(migration: Migration) -> Iterator[str]:
    width = max(len(phase) for phase, _, _ in _table(migration))
    for number, (phase, does, fails) in enumerate(_table(migration), start=1):
        yield f"{number}. {phase:<{width}}  {does}. Fails: {fails}."


def _table(migration: Migration) -> tuple[tuple[str, str, str], ...]:
    if is_by_snapshot(migration):
        return SNAPSHOT
    return WITHOUT if variant_of(migration) == WITHOUT_LOGIN else CUT_OVER


def _budgets(migration: Migration) -> Iterator[str]:
    options = migration.options
    if is_by_snapshot(migration):
        yield (
            f"From the approval on: {duration(options.longest_outage_seconds)}; then the source "
            "reopens, whatever is done"
        )
        return
    most = duration(options.max_write_pause_seconds)
    yield f"Until the promotion is sent: {most}; over it, the source reopens"
    yield f"From there until the target is open: {most}; over it, the source reopens"
    yield f"Going back, where it has to: {duration(GOING_BACK_SECONDS)} more"
    yield f"It does not begin with a lag over {options.lag_threshold_seconds:g} s"


def _pause(migration: Migration) -> Iterator[str]:
    if is_by_snapshot(migration):
        yield "As long as the copy takes, minutes to hours with the size of the data."
        yield "What is expected stands among the gate's conditions, measured for this source."
    elif variant_of(migration) == WITHOUT_LOGIN:
        yield "Minutes: a reboot, a whole cycle of the log, and AWS's promotion."
        yield "Who waits longer than its pooler allows is refused with an error."
    else:
        yield "AWS's promotion takes most of it: up to a few minutes by what is told of it."
        yield "What Daybreak adds is seconds. What clients waited is measured and reported."


def _way_back(migration: Migration) -> Iterator[str]:
    source, target = _name(migration.source), _name(migration.target)
    yield f"Until the target is open: {source} reopens with every write, by itself."
    wanted = migration.options.way_back
    if wanted is WayBack.NONE:
        yield f"Afterwards: none was asked for. Going back would lose what {target} was given."
        return
    hours = migration.options.way_back_hours
    yield f"Afterwards: {source} follows {target} for {hours:g} h, and people can roll back"
    yield "without losing a write, until somebody finishes."
    if wanted is WayBack.REQUIRED:
        yield "Where it can't be prepared, the cut-over goes back."
    else:
        yield "Where it can't be prepared, the target opens without, and that is said."


def _steps(migration: Migration) -> Iterator[str]:
    for place, step in enumerate(migration.plan.steps):
        state = "done" if place < migration.position else "to do"
        gate = f" (a person decides: {named(step.gate)})" if step.gate else ""
        if step.gate == FREEZE:
            gate = " (a person decides: freeze; the same approval covers what follows)"
        yield f"[{state}] {plain(step_name(step.name), NAME)}{gate}"


def _person(slack_id: str, names: Mapping[str, str]) -> str:
    called = plain(names.get(slack_id, ""), NAME)
    if called and called != slack_id:
        return f"{called} ({slack_id})"
    return f"the user group {slack_id}" if slack_id.startswith("S") else slack_id


def _name(text: str) -> str:
    return plain(text, NAME)
