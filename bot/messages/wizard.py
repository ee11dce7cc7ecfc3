"""The form of `/migrate start`, one view a step, drawn from a draft and from what is known.

A step is a file `form_*.py` with `draw`, a member of `draft.Step` in its place in the order, its
fields in `draft.ASKS`, and its line in `form` below.
"""

from bot.messages import form_checks, form_limits, form_method, form_source, form_summary
from bot.messages.buttons import button
from bot.messages.draft import Draft, Known, Step
from bot.messages.form_frame import NAMES, TITLE
from bot.messages.modals import View, modal, notice
from bot.messages.text import day, quoted, section
from migration.identifiers import LONGEST_IDENTIFIER
from migration.model import Options
from migration.preflight import CheckRun

GO_ON, BEGIN_ANEW = "form_go_on", "form_begin_anew"


def loading() -> View:
    """Shown at once: what follows is read from the store and from Slack."""
    return notice(TITLE, "Reading what can be moved …")


def refused(words: str) -> View:
    """Why there is nothing to fill in."""
    return notice(TITLE, words)


def form(
    draft: Draft,
    known: Known,
    options: Options | None = None,
    run: CheckRun | None = None,
    note: str = "",
) -> View:
    """The draft's step; `options` are what it comes to, and `run` is the look that fits them.

    The last step needs options that can be planned. `note` is mrkdwn.
    """
    match draft.step:
        case Step.SOURCE:
            return form_source.draw(draft, known, note)
        case Step.METHOD:
            return form_method.draw(draft, known, note)
        case Step.CHECKS:
            return form_checks.draw(draft, run, note)
        case Step.LIMITS:
            return form_limits.draw(draft, known, note)
        case Step.SUMMARY if options is not None:
            return form_summary.draw(draft, known, options, run, note)
    return form_source.draw(draft.at(Step.SOURCE), known, note)


def offer(kept: Draft, channel: str, source: str) -> View:
    """A form that was closed before it was sent: to go on with, or to leave."""
    steps = list(Step)
    words = (
        f"You have a form that was not sent, of {day(kept.saved_at)}: "
        f"{quoted(kept.source, LONGEST_IDENTIFIER)}, at step {steps.index(kept.step) + 1} of "
        f"{len(steps)}, {NAMES[kept.step]}. Nothing was begun by it."
    )
    return modal(
        TITLE,
        [
            section(words),
            {
                "type": "actions",
                "elements": [
                    button(GO_ON, "Go on with it", kept.id, "primary"),
                    button(BEGIN_ANEW, "Begin anew", kept.id),
                ],
            },
        ],
        metadata={"d": kept.id, "c": channel, "t": source},
    )


def started_already(migration: str) -> str:
    """After a form was sent twice."""
    return f"This form was sent already, and began `{migration}`. `/migrate status {migration}`"


NOT_KEPT = "This form is not kept any more, so nothing was begun. Type `/migrate start` once more."
NONE_KEPT = "You have no form that was not sent. `/migrate start` begins one."
