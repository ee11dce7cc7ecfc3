"""Opens the form of `/migrate start`: anew, with what was typed, or one that was not sent."""

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import open_modal
from bot.edge import Edge
from bot.errors import SlackNotNow
from bot.form_looks import LookAsker
from bot.form_steps import check_may_start
from bot.forms import as_note
from bot.messages import wizard
from bot.messages.draft import SOURCE, WAY_BACK, Draft, Step, step_of
from bot.messages.modals import View
from bot.messages.outlook import movable
from bot.messages.text import quoted
from bot.middleware import ASKER, answering, words_for
from bot.places import place_for
from bot.start_line import Line
from migration.errors import DaybreakError, InvalidOptions
from migration.identifiers import LONGEST_IDENTIFIER, is_identifier
from migration.model import WayBack

#: Shows something in the view; raises SlackNotNow when it is worth another try.
Put = Callable[[], object]
#: What comes of an offer: of what it carries, for this person, in that view.
Choice = Callable[[dict[str, str], str, str], Put]


def open_wizard(
    edge: Edge,
    *,
    user: str,
    channel: str,
    trigger_id: str,
    source: str = "",
    line: Line | None = None,
) -> None:
    """Open it at once, because the trigger lives for three seconds; then fill it in."""
    typed = line or Line(source)

    def first(view_id: str) -> Put:
        check_may_start(edge, user)
        place = place_for(edge.client, channel, edge.fallback_channel)
        kept = None if typed.says_more else edge.drafts.of(user)
        if kept is not None and typed.source in {"", kept.source}:
            return _notice(edge, view_id, wizard.offer(kept, place, typed.source))
        return _begun(edge, Draft(secrets.token_hex(8), user, place), typed, view_id)

    _open(edge, trigger_id, first)


def open_kept(edge: Edge, *, user: str, trigger_id: str) -> None:
    """Open the form that was not sent, where it stood; or say that there is none."""

    def first(view_id: str) -> Put:
        check_may_start(edge, user)
        kept = edge.drafts.of(user)
        if kept is None:
            return _notice(edge, view_id, wizard.refused(wizard.NONE_KEPT))
        return _drawn(edge, kept.at(kept.step), view_id)

    _open(edge, trigger_id, first)


def _open(edge: Edge, trigger_id: str, first: Callable[[str], Put]) -> None:
    opened = edge.client.views_open(trigger_id=trigger_id, view=wizard.loading())
    view_id = str(opened["view"]["id"])
    try:
        put = first(view_id)
    except Exception as error:  # noqa: BLE001 - it is said where the person looks: in the modal
        put = _notice(edge, view_id, wizard.refused(words_for(error)))
    _insist(edge, view_id, put)


def _insist(edge: Edge, view_id: str, put: Put) -> None:
    def shown() -> None:
        try:
            put()
        except SlackNotNow:
            raise
        except DaybreakError as error:
            open_modal.show(edge.client, view_id, wizard.refused(words_for(error)))

    open_modal.insist(edge.later, view_id, shown)


def _notice(edge: Edge, view_id: str, view: View) -> Put:
    return lambda: open_modal.show(edge.client, view_id, view)


def _begun(edge: Edge, draft: Draft, line: Line, view_id: str) -> Put:
    """A new one, at the first step that leaves something to ask."""
    if line.source and not is_identifier(line.source):
        words = f"{quoted(line.source, LONGEST_IDENTIFIER)} is no name that RDS gives an instance."
        draft = replace(draft, values=dict(line.values))
        return _drawn(edge, draft, view_id, words)
    source = {SOURCE: line.source} if line.source else {}
    draft = replace(draft, values={**source, **line.values})
    wrong = [*line.wrong, *_in_vain(draft)]
    known = edge.forms.known()
    if not line.source or not movable(line.source, known):
        return _drawn(edge, draft, view_id, as_note(wrong))
    if wrong:
        return _drawn(edge, draft.at(step_of(wrong[0].field)), view_id, as_note(wrong))
    step = Step.SUMMARY if line.says_more else Step.METHOD
    return _drawn(edge, draft.at(step), view_id)


def _in_vain(draft: Draft) -> list[InvalidOptions]:
    """What was asked for and can't be had in the way that was typed with it."""
    if draft.by_sql:
        return []
    way = "by snapshot" if draft.by_snapshot else "without a login"
    found = []
    if draft.way_back is not WayBack.NONE:
        found.append(InvalidOptions(WAY_BACK, f"No way back is kept {way}: choose anew."))
    if draft.slots:
        found.append(InvalidOptions(WAY_BACK, f"No logical slot is made anew {way}: choose anew."))
    return found


def _drawn(edge: Edge, draft: Draft, view_id: str, note: str = "") -> Put:
    """Kept from now on, and drawn as often as Slack has to be asked to show it."""
    settled, why = edge.forms.settled(draft, edge.forms.known())
    kept = edge.drafts.save(settled)
    looks = LookAsker(edge)
    try:
        looks.ask_if_wanted(kept, edge.forms.known(), view_id)
    except DaybreakError as error:
        note = f"{note} {error}".strip()
    return lambda: looks.show(kept, edge.forms.known(), view_id, note or why)


def register(app: App, edge: Edge) -> None:
    """Listen to what is said of a form that was not sent."""

    def choose(
        ack: Ack,
        body: dict[str, Any],
        context: BoltContext,
        draw: Callable[..., Put],
    ) -> None:
        ack()
        view_id, kept = str(body["view"]["id"]), json.loads(body["view"]["private_metadata"])
        try:
            put = draw(kept, context[ASKER], view_id)
        except Exception as error:  # noqa: BLE001 - as above
            put = _notice(edge, view_id, wizard.refused(words_for(error)))
        _insist(edge, view_id, put)

    def go_on(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        def draw(kept: dict[str, str], user: str, view_id: str) -> Put:
            draft = edge.drafts.load(kept["d"])
            if draft is None or draft.started or draft.user != user:
                return _notice(edge, view_id, wizard.refused(wizard.NOT_KEPT))
            return _drawn(edge, draft.at(draft.step), view_id)

        choose(ack, body, context, draw)

    def begin_anew(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        def draw(kept: dict[str, str], user: str, view_id: str) -> Put:
            edge.drafts.leave(user)
            draft = Draft(secrets.token_hex(8), user, kept["c"])
            return _begun(edge, draft, Line(kept["t"]), view_id)

        choose(ack, body, context, draw)

    app.action(wizard.GO_ON)(answering(go_on))
    app.action(wizard.BEGIN_ANEW)(answering(begin_anew))
