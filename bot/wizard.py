"""The wizard of `/migrate start`: opens, fills itself in, and starts the migration."""

import json
import logging
import math
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot import open_modal
from bot.edge import Edge
from bot.messages import wizard
from bot.messages.modals import FIELD_ERROR, View, filled_in
from bot.messages.text import plain
from bot.middleware import ASKER, answering, words_for
from bot.places import place_for
from migration.errors import DaybreakError, InvalidOptions, SourceBusy, StoreUnavailable
from migration.model import Options

log = logging.getLogger(__name__)

# A class of RDS's begins with this; whether there is such a one, the first step asks AWS.
CLASS_PREFIX = "db."


def open_wizard(edge: Edge, *, user: str, channel: str, trigger_id: str, source: str) -> None:
    """Open it at once, because the trigger lives for three seconds; then fill it in."""
    opened = edge.client.views_open(trigger_id=trigger_id, view=wizard.loading())
    try:
        edge.people.member(user)
        place = place_for(edge.client, channel, edge.fallback_channel)
        view = wizard.form(source, place, edge.store.inventory())
    except Exception as error:  # noqa: BLE001 - it is said where the person looks: in the modal
        view = wizard.refused(words_for(error))
    open_modal.fill(edge.client, str(opened["view"]["id"]), view)


def register(app: App, edge: Edge) -> None:
    """Listen to the wizard's button."""

    def submitted(ack: Ack, view: View, context: BoltContext) -> None:
        try:
            begun = _start(edge, view, context[ASKER])
        except InvalidOptions as error:
            ack(response_action="errors", errors=_at(error.field, error))
        except (SourceBusy, StoreUnavailable) as error:
            ack(response_action="errors", errors=_at(wizard.SOURCE, error))
        else:
            ack()
            log.info("%s started %s", context[ASKER], begun)

    app.view(wizard.CALLBACK)(answering(submitted))


def _at(field: str, error: DaybreakError) -> dict[str, str]:
    """An error under its field, where Slack formats nothing."""
    known = field if field in FIELDS else wizard.SOURCE
    return {known: plain(str(error).replace("`", ""), FIELD_ERROR)}


FIELDS = frozenset(
    {
        wizard.SOURCE,
        wizard.TARGET,
        wizard.INSTANCE_CLASS,
        wizard.LAG,
        wizard.PAUSE,
        wizard.ACCEPT,
    }
)


def _start(edge: Edge, view: View, user: str) -> str:
    source = filled_in(view, wizard.SOURCE)
    options = Options(
        target=filled_in(view, wizard.TARGET) or wizard.default_target(source),
        lag_threshold_seconds=_seconds(view, wizard.LAG),
        max_write_pause_seconds=_seconds(view, wizard.PAUSE),
        instance_class=_instance_class(view),
        accept_backup_interruption=_accepted(edge, view, source),
    )
    channel: dict[str, Any] = json.loads(view["private_metadata"])
    return edge.service.start(source, user, str(channel["c"]), options).id


def _seconds(view: View, field: str) -> float:
    try:
        value = float(filled_in(view, field))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidOptions(field, "A number of seconds, like 5 or 0.5.")
    return value


def _instance_class(view: View) -> str:
    chosen = filled_in(view, wizard.INSTANCE_CLASS)
    if chosen and not chosen.startswith(CLASS_PREFIX):
        raise InvalidOptions(wizard.INSTANCE_CLASS, "A class of RDS's, like db.r6g.large.")
    return chosen


def _accepted(edge: Edge, view: View, source: str) -> bool:
    """Whether the interruption was accepted by name; asked for where backups are off."""
    typed = filled_in(view, wizard.ACCEPT)
    if typed and typed != source:
        raise InvalidOptions(
            wizard.ACCEPT, f"This is not the source's name. Type {source} to accept, or nothing."
        )
    inventory = edge.store.inventory()
    off = any(
        entry.identifier == source and entry.backup_retention_days == 0
        for entry in (inventory.sources if inventory else ())
    )
    if off and not typed:
        raise InvalidOptions(
            wizard.ACCEPT,
            f"{source} has no automated backups, and a replica needs them. Enabling them "
            f"interrupts the database for some seconds. Type {source} to accept that.",
        )
    return bool(typed)
