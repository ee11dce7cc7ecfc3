"""A look at a source as a message: what it comes to, and a table with the worst first."""

from collections.abc import Sequence

from bot.messages import remedies
from bot.messages.tables import Row, fitting, table, words
from bot.messages.text import (
    Block,
    Message,
    bullets,
    context,
    quoted,
    safe,
    section,
    when,
)
from migration.preflight import CheckRun, Level, Report, Result, State
from migration.remedies import RemedyRun

NAME = 63
TITLE = 80
FOUND = 400
REMEDY = 250
REASON = 1500
#: Lines of the words that stand for the table where none is shown.
MOST_LINES = 12
LINE = 220
PASSED = 1400
COLUMNS = ("Check", "Level", "Found", "What to do")


def report(run: CheckRun, name: str, mended: Sequence[RemedyRun] = ()) -> Message:
    """What a look found; `name` is that of whoever asked for it.

    `mended` is what was asked for at its buttons since, the oldest first.
    """
    changed = any(one.changes for one in mended)
    asked = f"asked for by {safe(name, TITLE)}. "
    asked += "The look itself changes nothing." if changed else "Nothing was changed."
    if run.report is None:
        told_so = (
            f"*Preflight of {quoted(run.source, NAME)}*, {asked}\n"
            f"It could not be done: {safe(run.problem, REASON)}"
        )
        return Message(told_so, [section(told_so)])
    head = f"*Preflight of {quoted(run.source, NAME)}*, {asked}\n{verdict(run.report)}"
    shown = told(run.report)
    blocks = [
        section(head),
        *table(COLUMNS, [_row(one) for one in shown]),
        *_left(shown),
        *unlooked(run.report),
        *remedies.offered(run, mended),
    ]
    blocks += passed(run.report)
    if run.problem:
        blocks.append(section(f"It could not be looked at again: {safe(run.problem, REASON)}"))
    return Message("\n".join([head, *bullets([_line(one) for one in shown], MOST_LINES)]), blocks)


def verdict(found: Report) -> str:
    """What a look comes to, in one line; mrkdwn."""
    counts = (
        (len(found.in_state(State.FOUND, Level.BLOCKER)), "to be mended first"),
        (len(found.in_state(State.NOT_DONE)), "not done"),
        (len(found.in_state(State.FOUND, Level.WARNING)), "to be warned of"),
        (len(found.in_state(State.FOUND, Level.INFORMATION)), "to know"),
        (len(found.in_state(State.NO_LOGIN)), "not done without a login"),
        (len(found.in_state(State.PASSED)), "passed"),
    )
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    verdict = (
        "*It can't be moved as it is.*"
        if found.blocking
        else "*Nothing that was looked at stands against moving it.*"
    )
    return f"{verdict} Looked at {when(found.at)}: {said}."


def told(found: Report) -> list[Result]:
    """What somebody has to read, the worst first."""
    silent = {State.PASSED, State.NO_LOGIN}
    return [result for result in found.worst_first if result.state not in silent]


def level_of(result: Result) -> str:
    """In a word; what was not done is no blocker that was found."""
    return "not done" if result.state is State.NOT_DONE else result.level.value


def _row(result: Result) -> Row:
    level = level_of(result)
    remedy = " ".join(result.remedies)
    if result.by_daybreak:
        remedy += f" Daybreak {result.by_daybreak}."
    if result.offers:
        remedy += " Or press its button below."
    return (
        words(result.check, NAME),
        level,
        words(" ".join(result.found), FOUND),
        words(remedy, REMEDY),
    )


def _line(result: Result) -> str:
    return (
        f"• *{level_of(result)}* `{safe(result.check, NAME)}`: {safe(' '.join(result.found), LINE)}"
    )


def _left(told: Sequence[Result]) -> list[Block]:
    rest = told[fitting(COLUMNS, [_row(one) for one in told]) :]
    if not rest:
        return []
    names = ", ".join(f"`{safe(result.check, NAME)}`" for result in rest)
    return [section(f"…and {len(rest)} more: {names}")]


def unlooked(found: Report) -> list[Block]:
    """What nobody could look at without a login."""
    undone = found.in_state(State.NO_LOGIN)
    if not undone:
        return []
    return [section(f"*Not done, for want of a login to the database*: {_names(undone)}.")]


def passed(found: Report) -> list[Block]:
    """The names of what is in order."""
    good = found.in_state(State.PASSED)
    return [context(f"Passed: {_names(good)}.")] if good else []


def _names(results: Sequence[Result]) -> str:
    """As many as fit, and how many more there are."""
    names: list[str] = []
    for result in results:
        names.append(safe(result.check, NAME))
        if len(", ".join(names)) > PASSED:
            names.pop()
            break
    more = len(results) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
