"""The Promote button and its modal: who may decide is found out here, and the core decides."""

import logging
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import open_modal
from bot.edge import Edge
from bot.errors import IdentityUnknown
from bot.messages import promotion
from bot.messages.buttons import PROMOTE, Press
from bot.messages.modals import FIELD_ERROR, View, filled_in, notice
from bot.messages.refusals import field_error, refusal
from bot.messages.text import plain
from bot.middleware import ASKER, answering, words_for
from bot.reply import Reply
from bot.respond import Respond
from migration import approvals
from migration.approvals import Decision, Person
from migration.errors import Conflict, DaybreakError, StoreUnavailable
from migration.model import Migration

log = logging.getLogger(__name__)


class Promote:
    """Listens to the button and to the modal that it opens."""

    def __init__(self, edge: Edge) -> None:
        """Listeners over this edge."""
        self._edge = edge

    def register(self, app: App) -> None:
        """Wire them up."""
        app.action(PROMOTE)(answering(self.pressed))
        app.view(promotion.CALLBACK)(answering(self.submitted))

    # The button -------------------------------------------------------------------------------

    def pressed(
        self,
        ack: Ack,
        body: dict[str, Any],
        action: dict[str, Any],
        context: BoltContext,
        respond: Respond,
    ) -> None:
        """Open the modal at once; who pressed, and what is so now, is found out behind it."""
        ack()
        press, user = Press.parse(action["value"]), context[ASKER]
        migration = self._edge.store.load(press.migration)
        # Is there a question at all that anybody but its requester could answer?
        anybody = Person(user, self._edge.approvers)
        open_question = approvals.may_decide(migration, press.click, anybody, self._edge.policy)
        if not open_question.granted:
            self._refuse(migration, press, user, open_question, respond)
            return
        opened = self._edge.client.views_open(
            trigger_id=body["trigger_id"], view=promotion.loading(migration)
        )
        view_id = str(opened["view"]["id"])
        try:
            words = self._look(migration, press, user, view_id, respond)
        except Exception as error:  # noqa: BLE001 - it is said where the person looks
            words = words_for(error)
            respond(words)
        if words:
            self._fill(view_id, words)

    def _fill(self, view_id: str, words: str) -> None:
        view = notice(promotion.TITLE, words)
        open_modal.fill(self._edge.client, self._edge.later, view_id, lambda: view)

    def _look(
        self, migration: Migration, press: Press, user: str, view_id: str, respond: Respond
    ) -> str:
        """Have the evidence gathered for who may decide; words for who may not."""
        person = self._edge.people.person(user, fresh=True)
        decision = self._edge.service.may_decide(migration.id, press.click, person)
        if not decision.granted:
            return self._refuse(migration, press, user, decision, respond)
        self._edge.engine.observe(migration.id, reply_to=Reply(view_id, press).value)
        return ""

    def _refuse(
        self, migration: Migration, press: Press, user: str, decision: Decision, respond: Respond
    ) -> str:
        """Record it, and say to this person alone why, and who can."""
        words = refusal(
            decision.reason, migration, self._edge.approvers, self._edge.link(migration.id)
        )
        respond(words)
        self._edge.service.refused(migration.id, press.gate, user, decision)
        return words

    # The modal --------------------------------------------------------------------------------

    def submitted(self, ack: Ack, view: View, context: BoltContext) -> None:
        """Decide, and answer in the ack: the first granted click wins."""
        press = Press.parse(view["private_metadata"])
        typed = filled_in(view, promotion.NAME)
        error = self._decide(press, context[ASKER], typed)
        if error:
            errors = {promotion.NAME: plain(error.replace("`", ""), FIELD_ERROR)}
            ack(response_action="errors", errors=errors)
        else:
            ack()

    def _decide(self, press: Press, user: str, typed: str) -> str:
        """Empty when it is granted; else the words for the field."""
        try:
            person = self._edge.people.person(user)
            decision, migration = self._edge.service.approve(
                press.migration, press.click, person, typed
            )
        except StoreUnavailable as error:
            return str(error)
        except IdentityUnknown:
            # Where Slack formats nothing, a mention would be a bare id.
            return str(IdentityUnknown())
        except Conflict:
            return self._too_late(press)
        if decision.granted:
            log.info("%s promoted %s", user, press.migration)
            return ""
        return self._why_not(decision, migration)

    def _why_not(self, decision: Decision, migration: Migration) -> str:
        by = migration.approval.by if migration.approval else ""
        decider = self._edge.people.name(by) if by else ""
        evidence = self._edge.store.evidence(migration.id)
        return field_error(decision.reason, migration, evidence, decider)

    def _too_late(self, press: Press) -> str:
        """Somebody's change came first: say whose, if it can be read."""
        try:
            migration = self._edge.store.load(press.migration)
        except DaybreakError as error:
            return str(error)
        stale = Decision(granted=False, reason=approvals.Reason.STALE)
        return self._why_not(stale, migration)


def register(app: App, edge: Edge) -> None:
    """Listen to Promote."""
    Promote(edge).register(app)
