"""Draws drafts by what the store says now.

For the bot, whose forms they are, and for the channel's worker, which fills in what a look found.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.cursor import Cursors
from bot.drafts import Drafts
from bot.form_values import FormWrong, options_of, wrong_so_far
from bot.messages import wizard
from bot.messages.draft import SOURCE, Busy, Draft, Known, Step, step_of
from bot.messages.form_summary import hash_of
from bot.messages.modals import FIELD_ERROR, View
from bot.messages.text import safe
from migration.errors import InvalidOptions, SourceBusy
from migration.listing import check_class, movable
from migration.model import Options
from migration.ports import Checks, Clock, Store
from migration.preflight import CheckRun
from migration.service import Service

#: Steps that show what a look at the source found.
LOOKING = frozenset({Step.CHECKS, Step.SUMMARY})


class Forms:
    """From this store."""

    def __init__(
        self,
        store: Store,
        checks: Checks,
        drafts: Drafts,
        cursors: Cursors,
        service: Service,
        clock: Clock,
    ) -> None:
        """Nothing is read before it is asked for."""
        self._store = store
        self._checks = checks
        self._drafts = drafts
        self._cursors = cursors
        self._service = service
        self._clock = clock

    def known(self) -> Known:
        """What is known at this moment."""
        busy = {
            migration.source: Busy(migration.id, self._cursors.load(migration.id).link)
            for migration in self._store.under_way()
        }
        approvers = self._service.rule_for("").approvers
        return Known(self._store.inventory(), busy, approvers, self._clock.now())

    def draw(self, draft: Draft, known: Known, note: str = "") -> View:
        """The view of its step, which has to be one that can be drawn: see `settled`."""
        # Who may approve depends on the source, where rules say so.
        known = replace(known, approvers=self._service.rule_for(draft.source).approvers)
        if draft.step not in LOOKING:
            return wizard.form(draft, known, note=note)
        options = self.options(draft, known)
        return wizard.form(draft, known, options, self.look(draft, options), note)

    def settled(self, draft: Draft, known: Known) -> tuple[Draft, str]:
        """The draft where it can be gone on with, and why that is not where it stood; mrkdwn.

        What comes before a step has to be right: a source that is taken meanwhile is, for one, not.
        """
        found = wrong_in(draft, known, draft.step.preceding)
        if draft.step is Step.SOURCE or not found:
            return draft, ""
        return draft.at(step_of(found[0].field)), as_note(found)

    @staticmethod
    def options(draft: Draft, known: Known) -> Options | None:
        """What it comes to; before the last step a field that is wrong counts as not touched.

        None without a source.
        """
        try:
            return options_of(draft, known)
        except FormWrong as wrong:
            names = {error.field for error in wrong.errors}
        if draft.step is Step.SUMMARY or SOURCE in names:
            return None
        values = {name: value for name, value in draft.values.items() if name not in names}
        try:
            return options_of(replace(draft, values=values), known)
        except FormWrong:
            return None

    @staticmethod
    def plan(draft: Draft, options: Options) -> str:
        """The hash of the plan that it would be; raises InvalidOptions where there is none."""
        return hash_of(draft, options)

    def look(self, draft: Draft, options: Options | None) -> CheckRun | None:
        """The look that was asked for last, if it was at this source and for these options."""
        look = self._drafts.waiting(draft.id).look
        run = self._checks.load(look) if look else None
        if run is None or options is None or not run.fits(draft.source, options):
            return None
        return run


def wrong_in(draft: Draft, known: Known, step: Step) -> list[InvalidOptions]:
    """What is wrong up to that step, by itself and by what the list of instances says."""
    found = wrong_so_far(draft, known, step)
    if any(error.field == SOURCE for error in found):
        return found
    try:
        _check_free(draft.source, known)
        movable(known.inventory, draft.source)
        if step is not Step.SOURCE and not found:
            check_class(known.inventory, draft.source, options_of(draft, known))
    except InvalidOptions as error:
        return [error]
    except FormWrong:
        # Of a later step, which says so itself.
        return found
    return found


def _check_free(source: str, known: Known) -> None:
    busy = known.busy.get(source)
    if busy is not None:
        raise InvalidOptions(SOURCE, str(SourceBusy(source, busy.migration)))


def as_note(errors: Sequence[InvalidOptions]) -> str:
    """Above a view that can't have them at their fields."""
    return " ".join(safe(str(error), FIELD_ERROR) for error in errors)
