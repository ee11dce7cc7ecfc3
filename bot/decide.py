"""Promote, Roll back and their modals: who may decide is found out here, and the core decides."""

import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import open_modal
from bot.edge import Edge
from bot.errors import IdentityUnknown
from bot.messages.buttons import Press
from bot.messages.modals import FIELD_ERROR, View, filled_in, notice
from bot.messages.question import NAME, REASON, TICKET
from bot.messages.questions import QUESTIONS
from bot.messages.refusals import field_error, refusal
from bot.messages.text import plain
from bot.middleware import ASKER, answering, words_for
from bot.reply import Reply
from bot.respond import Respond
from migration import approvals
from migration.approvals import Decision, Person, Reason, Rule
from migration.errors import Conflict, DaybreakError, StoreUnavailable
from migration.model import Migration

log = logging.getLogger(__name__)

#: Where it is said, if not at the name.
FIELDS = {
    Reason.NO_REASON: REASON,
    Reason.NO_TICKET: TICKET,
    Reason.WRONG_TICKET: TICKET,
}


class Decide:
    """Listens to the buttons of decisions and to the modals that they open."""

    def __init__(self, edge: Edge) -> None:
        """Listeners over this edge."""
        self._edge = edge

    def register(self, app: App) -> None:
        """Wire them up."""
        for question in QUESTIONS.values():
            app.action(question.action)(answering(self.pressed))
            app.view(question.action)(answering(self.submitted))

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
        press = Press.parse(action["value"])
        self.ask(press, context[ASKER], body["trigger_id"], respond)

    def ask(self, press: Press, user: str, trigger_id: str, respond: Respond) -> None:
        """Put the question of this press to somebody, or say to them alone why it is none."""
        migration = self._edge.store.load(press.migration)
        terms = self._edge.service.terms(migration, press.gate)
        # Is there a question at all that anybody but its requester could answer?
        anybody = Person(user, _may(terms.rule, press))
        open_question = approvals.may_decide(migration, press.click, anybody, terms)
        if not open_question.granted:
            self._refuse(migration, press, user, open_question, respond)
            return
        opened = self._edge.client.views_open(
            trigger_id=trigger_id, view=QUESTIONS[press.gate].loading(migration)
        )
        view_id = str(opened["view"]["id"])
        try:
            words = self._look(migration, press, user, view_id, respond)
        except Exception as error:  # noqa: BLE001 - it is said where the person looks
            words = words_for(error)
            respond(words)
        if words:
            view = notice(QUESTIONS[press.gate].title, words)
            open_modal.fill(self._edge.client, self._edge.later, view_id, lambda: view)

    def _look(
        self, migration: Migration, press: Press, user: str, view_id: str, respond: Respond
    ) -> str:
        """Have the evidence gathered for who may decide; words for who may not."""
        rule = self._edge.service.rule_for(migration.source, migration)
        person = self._edge.people.person(user, _may(rule, press), fresh=True)
        decision = self._edge.service.may_decide(migration.id, press.click, person)
        if not decision.granted:
            return self._refuse(migration, press, user, decision, respond)
        # Asked now, so that the form's answer, within its three seconds, rests on it.
        self._others(migration, press, rule, fresh=True)
        self._edge.engine.observe(migration.id, reply_to=Reply(view_id, press).value)
        return ""

    def _refuse(
        self, migration: Migration, press: Press, user: str, decision: Decision, respond: Respond
    ) -> str:
        """Record it, and say to this person alone why, and who can."""
        link = self._edge.link(migration.id)
        terms = decision.terms or self._edge.service.terms(migration, press.gate)
        may = _may(terms.rule, press)
        words = refusal(decision.reason, press.gate, migration, may, link, terms)
        respond(words)
        self._edge.service.refused(migration.id, press.gate, user, decision)
        return words

    # The modal --------------------------------------------------------------------------------

    def submitted(self, ack: Ack, view: View, context: BoltContext) -> None:
        """Decide, and answer in the ack: the first granted click wins."""
        press = Press.parse(view["private_metadata"])
        filled = {name: filled_in(view, name) for name in (NAME, REASON, TICKET)}
        field, error = self._decide(press, context[ASKER], filled)
        if error:
            errors = {field: plain(error.replace("`", ""), FIELD_ERROR)}
            ack(response_action="errors", errors=errors)
        else:
            ack()

    def _decide(self, press: Press, user: str, filled: Mapping[str, str]) -> tuple[str, str]:
        """The field and the words for it; no words when it is granted."""
        try:
            before = self._edge.store.load(press.migration)
            rule = self._edge.service.rule_for(before.source, before)
            decision, migration = self._edge.service.approve(
                press.migration,
                press.click,
                self._edge.people.person(user, _may(rule, press)),
                filled[NAME],
                filled[REASON],
                filled[TICKET],
                self._others(before, press, rule),
            )
        except StoreUnavailable as error:
            return NAME, str(error)
        except IdentityUnknown:
            # Where Slack formats nothing, a mention would be a bare id.
            return NAME, str(IdentityUnknown())
        except Conflict:
            return NAME, self._too_late(press)
        if decision.granted:
            log.info("%s decided at %s of %s", user, press.gate, press.migration)
            return NAME, ""
        return FIELDS.get(decision.reason, NAME), self._why_not(press, decision, migration)

    def _others(
        self, migration: Migration, press: Press, rule: Rule, *, fresh: bool = False
    ) -> list[Person]:
        """Those who approved before: whether they may still; raises IdentityUnknown."""
        given = [] if press.break_glass else [one.by for one in migration.given]
        return [self._edge.people.person(one, rule.approvers, fresh=fresh) for one in given]

    def _why_not(self, press: Press, decision: Decision, migration: Migration) -> str:
        latest = (*migration.given, *((migration.approval,) if migration.approval else ()))[-1:]
        decider = self._edge.people.name(latest[0].by) if latest else ""
        evidence = self._edge.store.evidence(migration.id)
        return field_error(decision.reason, press.gate, migration, evidence, decider)

    def _too_late(self, press: Press) -> str:
        """Somebody's change came first: say whose, if it can be read."""
        try:
            migration = self._edge.store.load(press.migration)
        except DaybreakError as error:
            return str(error)
        stale = Decision(granted=False, reason=approvals.Reason.STALE)
        return self._why_not(press, stale, migration)


def _may(rule: Rule, press: Press) -> frozenset[str]:
    return rule.may_break_glass if press.break_glass else rule.approvers


def register(app: App, edge: Edge) -> None:
    """Listen to the decisions."""
    Decide(edge).register(app)
