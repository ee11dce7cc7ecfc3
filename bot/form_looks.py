"""Looks at a source that a form waits for: asked for by the bot, shown when they are done."""

import logging

from slack_sdk import WebClient

from bot import open_modal
from bot.drafts import Drafts
from bot.edge import Edge
from bot.forms import LOOKING, Forms
from bot.messages.draft import Draft, Form, Known, Waiting
from bot.open_modal import Changed
from migration.preflight import CheckRun

log = logging.getLogger(__name__)

# An older look says little of a source that people work with.
GOOD_FOR_SECONDS = 600.0
TWICE = 2


class LookAsker:
    """The bot's part: has workers look, and notes which view waits."""

    def __init__(self, edge: Edge) -> None:
        """Over this edge."""
        self._edge = edge

    def ask_if_wanted(self, draft: Draft, known: Known, view_id: str) -> bool:
        """Whether the view waits for a look now: for a new one, or for one that is under way."""
        if draft.step not in LOOKING:
            return False
        run = self._look(draft, known)
        if run is None or known.now - run.asked_at > GOOD_FOR_SECONDS:
            return self.ask(draft, known, view_id)
        self._edge.drafts.wait(draft.id, Waiting(run.id, draft.visit, view_id))
        return not run.answered

    def ask(self, draft: Draft, known: Known, view_id: str) -> bool:
        """Ask for a look; False where it is not known at what.

        Raises:
            InvalidOptions: an instance that the list does not have.
        """
        options = self._edge.forms.options(draft, known)
        if options is None:
            return False
        run = self._edge.checking.ask(
            draft.source,
            options.target,
            draft.user,
            draft.channel,
            login=options.login,
            options=options,
            form=draft.id,
        )
        self._edge.drafts.wait(draft.id, Waiting(run.id, draft.visit, view_id))
        return True

    def show(
        self, draft: Draft, known: Known, view_id: str, note: str = "", known_hash: str = ""
    ) -> None:
        """Show the draft in this view, and what a look has found by then.

        A worker that was done while this was on its way may have filled it in before. With a hash
        it is not shown to somebody who has gone on to another step.
        """
        for _ in range(TWICE):
            drawn = self._edge.forms.draw(draft, known, note)
            try:
                shown = open_modal.show(self._edge.client, view_id, drawn, known_hash)
            except Changed:
                now = self._edge.drafts.load(draft.id)
                if now is None or now.visit != draft.visit:
                    return
                # Of two choices in one step the later has to win.
                shown = open_modal.show(self._edge.client, view_id, drawn)
            if not shown or draft.step not in LOOKING:
                return
            look = self._edge.drafts.waiting(draft.id).look
            self._edge.drafts.wait(draft.id, Waiting(look, draft.visit, view_id, shown))
            run = self._look(draft, known)
            if run is None or not run.answered or Form.of(drawn).look == run.id:
                return
            known_hash = shown

    def _look(self, draft: Draft, known: Known) -> CheckRun | None:
        return self._edge.forms.look(draft, self._edge.forms.options(draft, known))


class FormLooks:
    """The channel worker's part: fills in what was found."""

    def __init__(self, client: WebClient, drafts: Drafts, forms: Forms) -> None:
        """Over these."""
        self._client = client
        self._drafts = drafts
        self._forms = forms

    def show(self, run: CheckRun) -> None:
        """Draw the form anew that waits for it, unless its person went on or closed it.

        Raises:
            SlackNotNow: Slack does not take it; it is worth another try.
        """
        known_hash = True
        while self._show(run, known_hash=known_hash):
            # Something was shown that nobody noted here: whether it waits still is looked up anew.
            known_hash = False

    def _show(self, run: CheckRun, *, known_hash: bool) -> bool:
        """Whether to try again, without the hash."""
        draft, waiting = self._drafts.load(run.form), self._drafts.waiting(run.form)
        if draft is None or draft.started or draft.step not in LOOKING:
            return False
        if (waiting.look, waiting.visit) != (run.id, draft.visit):
            return False
        view = self._forms.draw(draft, self._forms.known())
        try:
            open_modal.show(self._client, waiting.view, view, waiting.hash if known_hash else "")
        except Changed:
            return known_hash
        return False
