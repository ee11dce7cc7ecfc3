"""The third step of the form: what a look at the source found, the worst first."""

from bot.messages.buttons import button
from bot.messages.draft import Draft
from bot.messages.form_frame import frame
from bot.messages.modals import View
from bot.messages.preflight import level_of, passed, told, unlooked, verdict
from bot.messages.text import Block, bullets, quoted, safe, section, when
from migration.preflight import CheckRun, Report, Result

LOOK = "form_look"
#: Rows of the table; Slack shows a hundred blocks of a modal.
MOST_ROWS = 40
NAME = 63
#: Together less than the 2000 that Slack takes in one cell.
FOUND = 600
REMEDY = 700
DOES = 200
REASON = 1500
HEAD = ("*Check*", "*Found, and what to do*")


def draw(draft: Draft, run: CheckRun | None, note: str = "") -> View:
    """What is known by now; it is drawn anew when the look is done.

    Modals have no tables in Slack: a section with two fields stands for a row.
    """
    waits = run is not None and not run.answered
    return frame(
        draft,
        _blocks(draft, run),
        note=note,
        look=run.id if run is not None and run.answered else "",
        presses=[] if waits else [button(LOOK, "Check again", draft.source)],
    )


def _blocks(draft: Draft, run: CheckRun | None) -> list[Block]:
    shown = quoted(draft.source, NAME)
    if run is None:
        words = "has not been looked at yet. That begins by itself; else press Check again."
        return [section(f":grey_question: {shown} {words}")]
    if not run.answered:
        return [
            section(
                f":mag: {shown} is being looked at since {when(run.asked_at)}, and nothing is "
                "changed. What is found appears here by itself. You may go on meanwhile: the "
                "migration's own first steps look again, and stop before anything is made of it."
            )
        ]
    if run.report is None:
        return [
            section(
                f":warning: *Not done*: {safe(run.problem, REASON)} What stands against moving "
                f"{shown} is not known."
            )
        ]
    return [section(verdict(run.report)), *_again(run), *_table(run.report), *_rest(run.report)]


def _again(run: CheckRun) -> list[Block]:
    if not run.problem:
        return []
    return [section(f":warning: It could not be looked at again: {safe(run.problem, REASON)}")]


def _table(found: Report) -> list[Block]:
    rows = [_row(found.source, result) for result in told(found)[:MOST_ROWS]]
    return [_cells(*HEAD), *rows] if rows else []


def _row(source: str, result: Result) -> Block:
    does = [safe(" ".join(result.remedies), REMEDY)]
    if result.by_daybreak:
        does.append(f"Daybreak {safe(result.by_daybreak, DOES)}.")
    if result.offers:
        typed = f"/migrate remedy {source} {result.check}"
        does.append(f"Daybreak can do it: {quoted(typed, 3 * NAME)}, for approvers.")
    advice = " ".join(one for one in does if one)
    what = f"\n_What to do_: {advice}" if advice else ""
    found = safe(" ".join(result.found), FOUND) or "–"
    return _cells(f"*{level_of(result)}*\n{quoted(result.check, NAME)}", f"{found}{what}")


def _cells(*texts: str) -> Block:
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in texts]}


def _rest(found: Report) -> list[Block]:
    left = [quoted(result.check, NAME) for result in told(found)[MOST_ROWS:]]
    more = [section(f"And {len(left)} more: {', '.join(bullets(left, 20))}")] if left else []
    stops = (
        "You may go on: what has to be mended first, or could not be looked at, stops the "
        "migration in its first steps, before anything is made of the source."
    )
    warned = [section(f":no_entry: {stops}")] if found.blocking else []
    return [*more, *unlooked(found), *passed(found), *warned]


def in_short(run: CheckRun | None) -> str:
    """For the summary: what the look came to, or that there is none; mrkdwn."""
    if run is None:
        return ":grey_question: *Not looked at yet.* The migration's first steps do so."
    if not run.answered:
        return (
            f":mag: *Being looked at* since {when(run.asked_at)}. What is found appears here by "
            "itself; the migration's first steps look again in any case."
        )
    if run.report is None:
        return f":warning: *Not looked at*: {safe(run.problem, REASON)}"
    names = ", ".join(bullets([quoted(one.check, NAME) for one in run.report.blocking], 10))
    stops = f"\n:no_entry: It will stop in its first steps, for {names}." if names else ""
    return f"{verdict(run.report)}{stops}"
