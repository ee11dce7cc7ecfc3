"""The wizard of `/migrate start`: opens, follows the chosen source, and starts the migration."""

import logging
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import open_modal
from bot.edge import Edge
from bot.errors import IdentityUnknown, NobodyElse, NotAMember
from bot.form_values import FormWrong, options_of
from bot.messages import wizard
from bot.messages.draft import LOGIN, METHOD, SOURCE, TARGET, Busy, Draft, Known, default_target
from bot.messages.modals import FIELD_ERROR, View
from bot.messages.text import plain, quoted, safe
from bot.middleware import ASKER, answering, words_for
from bot.places import place_for
from migration.errors import DaybreakError, InvalidOptions, SourceBusy, StoreUnavailable
from migration.identifiers import LONGEST_IDENTIFIER, is_identifier
from migration.model import Method, WayBack

log = logging.getLogger(__name__)

Answer = dict[str, Any]


def open_wizard(
    edge: Edge,
    *,
    user: str,
    channel: str,
    trigger_id: str,
    source: str,
    login: bool = True,
    way_back: WayBack = WayBack.NONE,
    method: Method = Method.READ_REPLICA,
    recreate_slots: bool = False,
) -> None:
    """Open it at once, because the trigger lives for three seconds; then fill it in."""
    opened = edge.client.views_open(trigger_id=trigger_id, view=wizard.loading())
    try:
        _check_may_start(edge, user)
        place = place_for(edge.client, channel, edge.fallback_channel)
        draft = Draft(
            place,
            login=login,
            way_back=way_back,
            method=method,
            recreate_slots=recreate_slots,
        )
        view = _first_form(edge, draft, source)
    except Exception as error:  # noqa: BLE001 - it is said where the person looks: in the modal
        view = wizard.refused(words_for(error))
    open_modal.fill(edge.client, edge.later, str(opened["view"]["id"]), lambda: view)


def _check_may_start(edge: Edge, user: str, source: str = "") -> None:
    """A full member, and somebody else is there who could approve.

    While the source is not known, and rules ask for it, nobody can say who that would be.
    """
    edge.people.member(user)
    rule = edge.service.rule_for(source)
    known = source or not edge.policy.rules
    if known and not edge.people.somebody_else_may_approve(user, rule):
        raise NobodyElse(rule.approvals)


def _first_form(edge: Edge, draft: Draft, source: str) -> View:
    if source and not is_identifier(source):
        note = f"{quoted(source, LONGEST_IDENTIFIER)} is no name that RDS gives an instance."
        return wizard.form(draft, _known(edge), note)
    return wizard.form(replace(draft, source=source), _known(edge))


def _known(edge: Edge) -> Known:
    busy = {
        migration.source: Busy(migration.id, edge.link(migration.id))
        for migration in edge.store.under_way()
    }
    return Known(edge.store.inventory(), busy, edge.approvers, edge.clock.now())


def register(app: App, edge: Edge) -> None:
    """Listen to the choice of a source or of a way, and to the wizard's button."""

    def chosen(
        ack: Ack,
        body: dict[str, Any],
        context: BoltContext,  # noqa: ARG001 - `answering` looks into it
    ) -> None:
        ack()
        draft = Draft.of(body["view"])
        view = wizard.form(_redrawn(draft), _known(edge))
        # Without the view's hash: of two choices the later has to win, and a form that was drawn
        # for another source than is chosen is drawn anew before anything starts.
        # Nor is it shown later, over what was filled in meanwhile.
        open_modal.show(edge.client, str(body["view"]["id"]), view)

    def check_first(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        draft = Draft.of(body["view"])
        view = _looked_at(edge, draft, context[ASKER])
        open_modal.show(edge.client, str(body["view"]["id"]), view)

    def submitted(ack: Ack, view: View, context: BoltContext) -> None:
        ack(**_answer(edge, view, context[ASKER]))

    for name in (SOURCE, LOGIN, METHOD):
        app.action(name)(answering(chosen))
    app.action(wizard.CHECK_FIRST)(answering(check_first))
    app.view(wizard.CALLBACK)(answering(submitted))


def _looked_at(edge: Edge, draft: Draft, user: str) -> View:
    """The form as it stands, and where what is found about the source will be read."""
    redrawn, name = _redrawn(draft), _name(draft)
    typed = draft.value(TARGET)
    target = typed if is_identifier(typed) else default_target(name)
    try:
        edge.people.member(user)
        edge.checking.ask(name, target, user, draft.channel, login=draft.chosen_login)
    except DaybreakError as error:
        return wizard.form(redrawn, _known(edge), str(error))
    told = (
        f":mag: `{name}` is being looked at, and nothing is changed. What is found comes to "
        f"<#{draft.channel}>."
    )
    return wizard.form(redrawn, _known(edge), told=told)


def _redrawn(draft: Draft) -> Draft:
    return draft.drawn_for(_name(draft), login=draft.chosen_login, method=draft.chosen_method)


def _name(draft: Draft) -> str:
    return draft.chosen if is_identifier(draft.chosen) else ""


def _answer(edge: Edge, view: View, user: str) -> Answer:
    """Start the migration; or the errors at their fields, or what else is to be shown."""
    draft = Draft.of(view)
    try:
        return _start(edge, draft, user)
    except FormWrong as wrong:
        return _at_fields(edge, draft, wrong.errors)
    except InvalidOptions as error:
        return _at_fields(edge, draft, [error])
    except (SourceBusy, StoreUnavailable) as error:
        return _at_fields(edge, draft, [InvalidOptions(SOURCE, str(error))])
    except IdentityUnknown as error:
        return _shown(wizard.form(draft, _known(edge), str(error)))
    except (NotAMember, NobodyElse) as error:
        return _shown(wizard.refused(str(error)))


def _start(edge: Edge, draft: Draft, user: str) -> Answer:
    inventory = edge.store.inventory()
    source = inventory.source(draft.chosen) if inventory else None
    unread = source is not None and not draft.told
    chosen = (draft.chosen, draft.chosen_login, draft.chosen_method)
    other = chosen != (draft.source, draft.login, draft.method)
    if _name(draft) and (other or unread):
        return _drawn_anew(edge, draft)
    options = options_of(draft, source)
    _check_may_start(edge, user, draft.chosen)
    begun = edge.service.start(draft.chosen, user, draft.channel, options)
    log.info("%s started %s", user, begun.id)
    return {}


def _drawn_anew(edge: Edge, draft: Draft) -> Answer:
    """Nobody starts what they have not read about."""
    name = _name(draft)
    words = f"Here is what will happen to `{name}`. Read it, then press Start again."
    return _shown(wizard.form(_redrawn(draft), _known(edge), words))


def _at_fields(edge: Edge, draft: Draft, errors: list[InvalidOptions]) -> Answer:
    """Each under its field, where Slack formats nothing."""
    if any(error.field not in draft.filled for error in errors):
        # The form was drawn before this field was needed.
        said = " ".join(safe(str(error), FIELD_ERROR) for error in errors)
        return _shown(wizard.form(draft, _known(edge), said))
    return {
        "response_action": "errors",
        "errors": {
            draft.filled[error.field].block: plain(str(error).replace("`", ""), FIELD_ERROR)
            for error in errors
        },
    }


def _shown(view: View) -> Answer:
    return {"response_action": "update", "view": view}
