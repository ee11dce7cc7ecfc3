"""The form of `/migrate start` once it is open: from step to step and back, and the start."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import open_modal
from bot.edge import Edge
from bot.errors import FormOver, NobodyElse, NotAMember, SlackNotNow
from bot.form_looks import LookAsker
from bot.form_values import options_of
from bot.forms import as_note, wrong_in
from bot.messages import form_checks, form_frame, wizard
from bot.messages.draft import LOGIN, METHOD, SOURCE, WAY_BACK, Draft, Form, Known, Step, step_of
from bot.messages.modals import FIELD_ERROR, View
from bot.messages.proposals import proposals
from bot.messages.text import plain
from bot.middleware import ASKER, answering, words_for
from migration.errors import DaybreakError, InvalidOptions, SourceBusy, StoreUnavailable

log = logging.getLogger(__name__)

Answer = dict[str, Any]


class Steps:
    """Listens to the form's buttons and choices."""

    def __init__(self, edge: Edge) -> None:
        """Listeners over this edge."""
        self._edge = edge
        self._looks = LookAsker(edge)

    def register(self, app: App) -> None:
        """Wire them up."""
        for name in (SOURCE, LOGIN, METHOD, WAY_BACK):
            app.action(name)(answering(self.chosen))
        app.action(form_frame.BACK)(answering(self.back))
        app.action(form_checks.LOOK)(answering(self.look_again))
        app.view(form_frame.CALLBACK)(self.submitted)
        app.view_closed(form_frame.CALLBACK)(answering(self.closed))

    # What is pressed in it ----------------------------------------------------------------------

    def chosen(self, ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        """Draw the step anew for what was chosen: fields and words follow it."""
        ack()

        def redraw() -> None:
            draft, known = self._filled(body["view"], context[ASKER])
            # With the view's hash: whoever has gone on meanwhile is not taken back.
            self._looks.show(
                self._edge.drafts.save(draft),
                known,
                str(body["view"]["id"]),
                known_hash=str(body["view"]["hash"]),
            )

        self._in_view(body["view"], redraw)

    def back(self, ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        """The step before, with everything that was entered, right or wrong."""
        ack()

        def go() -> None:
            draft, known = self._filled(body["view"], context[ASKER])
            self._go(draft.at(Form.of(body["view"]).step.preceding), known, body["view"])

        self._in_view(body["view"], go)

    def look_again(self, ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        """Have the source looked at once more: something was mended."""
        ack()

        def look() -> None:
            draft, known = self._filled(body["view"], context[ASKER])
            view_id = str(body["view"]["id"])
            self._looks.ask(draft, known, view_id)
            self._looks.show(draft, known, view_id, known_hash=str(body["view"]["hash"]))

        self._in_view(body["view"], look)

    def closed(self, ack: Ack, view: View, context: BoltContext) -> None:
        """Keep what stands in it; it is offered again."""
        ack()
        try:
            draft, _ = self._filled(view, context[ASKER])
            self._edge.drafts.save(draft)
        except FormOver:
            return

    # Next, and Start ----------------------------------------------------------------------------

    def submitted(self, ack: Ack, view: View, context: BoltContext) -> None:
        """Answer in the ack; a look that the next step wants is asked for before it.

        Nothing is shown behind the ack: whoever has read that fast may be a step further.
        """
        ack(**self._answer(view, context[ASKER]))

    def _answer(self, view: View, user: str) -> Answer:
        try:
            return self._next(view, user)
        except (NotAMember, NobodyElse, FormOver) as error:
            return _shown(wizard.refused(str(error)))
        except DaybreakError as error:
            return _not_now(view, str(error))

    def _next(self, view: View, user: str) -> Answer:
        form = Form.of(view)
        draft, known = self._filled(view, user)
        wrong = wrong_in(draft, known, form.step)
        if wrong:
            return self._wrong(form, draft, known, wrong)
        if self._unread(form, draft, known):
            words = "This is what was found by now. Read it, then press the button again."
            return self._step(form.view, draft, known, words)
        if form.step is Step.SUMMARY:
            return self._start(form, draft, known, user)
        return self._step(form.view, draft.at(form.step.following), known)

    def _unread(self, form: Form, draft: Draft, known: Known) -> bool:
        """Whether a look has found something that this view does not show."""
        if form.step not in {Step.CHECKS, Step.SUMMARY}:
            return False
        run = self._edge.forms.look(draft, self._edge.forms.options(draft, known))
        return run is not None and run.answered and form.look != run.id

    def _start(self, form: Form, draft: Draft, known: Known, user: str) -> Answer:
        """Begin what was read, and nothing else."""
        options = options_of(draft, known)
        if self._edge.forms.plan(draft, options) != form.plan:
            words = "The plan has changed since it was shown. Read it again, then press Start."
            return self._step(form.view, draft, known, words)
        check_may_start(self._edge, user, draft.source)
        try:
            begun = self._edge.service.start(draft.source, user, draft.channel, options)
        except InvalidOptions as error:
            return self._wrong(form, draft, known, [error])
        except SourceBusy as error:
            return self._wrong(form, draft, known, [InvalidOptions(SOURCE, str(error))])
        log.info("%s started %s", user, begun.id)
        try:
            self._edge.drafts.save(replace(draft, started=begun.id))
        except StoreUnavailable as error:
            # It was begun all the same; sent once more, the form reads that the source is taken.
            log.warning("The form %s is kept as it is: %s", draft.id, error)
        return {}

    def _wrong(
        self, form: Form, draft: Draft, known: Known, errors: list[InvalidOptions]
    ) -> Answer:
        """Each under its field, where Slack formats nothing; or in the step that asks for it."""
        if all(error.field in form.filled for error in errors):
            said = {
                form.filled[error.field].block: plain(str(error).replace("`", ""), FIELD_ERROR)
                for error in errors
            }
            return {"response_action": "errors", "errors": said}
        step = step_of(next(one.field for one in errors if one.field not in form.filled))
        there = draft if step is form.step else draft.at(step)
        return self._step(form.view, there, known, as_note(errors))

    def _step(self, view_id: str, draft: Draft, known: Known, note: str = "") -> Answer:
        settled, why = self._edge.forms.settled(draft, known)
        kept = self._edge.drafts.save(settled)
        self._looks.ask_if_wanted(kept, known, view_id)
        return _shown(self._edge.forms.draw(kept, known, note or why))

    # How ----------------------------------------------------------------------------------------

    def _filled(self, view: View, user: str) -> tuple[Draft, Known]:
        """The draft of a view with what stands there now, at the view's own step.

        Raises:
            FormOver: it is kept no longer, or was sent already.
        """
        form = Form.of(view)
        draft = self._edge.drafts.load(form.draft)
        if draft is None or draft.user != user:
            raise FormOver(wizard.NOT_KEPT)
        if draft.started:
            raise FormOver(wizard.started_already(draft.started))
        known = self._edge.forms.known()
        here = replace(draft, step=form.step)
        return here.with_values(form.values, proposals(here, known)), known

    def _go(self, draft: Draft, known: Known, view: View) -> None:
        settled, why = self._edge.forms.settled(draft, known)
        kept = self._edge.drafts.save(settled)
        self._looks.ask_if_wanted(kept, known, str(view["id"]))
        self._looks.show(kept, known, str(view["id"]), why)

    def _in_view(self, view: View, act: Callable[[], None]) -> None:
        """What goes wrong behind an ack is said where the person looks."""
        try:
            act()
        except SlackNotNow:
            # Nothing can be said there now either.
            raise
        except FormOver as error:
            open_modal.show(self._edge.client, str(view["id"]), wizard.refused(str(error)))
        except Exception as error:  # noqa: BLE001 - as above
            words = words_for(error)
            open_modal.show(self._edge.client, str(view["id"]), form_frame.again(view, words))


def check_may_start(edge: Edge, user: str, source: str = "") -> None:
    """A full member, and somebody else is there who could approve.

    While the source is not known, and rules ask for it, nobody can say who that would be.
    """
    edge.people.member(user)
    rule = edge.service.rule_for(source)
    known = source or not edge.policy.rules
    if known and not edge.people.somebody_else_may_approve(user, rule):
        raise NobodyElse(rule.approvals)


def _not_now(view: View, words: str) -> Answer:
    """Under the first field, so that what is typed stays; a step without fields is shown again."""
    block = next((one["block_id"] for one in view["blocks"] if one["type"] == "input"), None)
    if block is None:
        return _shown(form_frame.again(view, words))
    said = plain(words.replace("`", ""), FIELD_ERROR)
    return {"response_action": "errors", "errors": {block: said}}


def _shown(view: View) -> Answer:
    return {"response_action": "update", "view": view}


def register(app: App, edge: Edge) -> None:
    """Listen to the form."""
    Steps(edge).register(app)
