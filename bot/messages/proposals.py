"""What the form of `/migrate start` proposes where nobody has chosen anything; pure."""

from collections.abc import Mapping

from bot.messages.choices import CLASS
from bot.messages.draft import (
    HOURS,
    INSTANCE_CLASS,
    LAG,
    LEAVE,
    LOGIN,
    METHOD,
    OUTAGE,
    PAUSE,
    SLOTS,
    TARGET,
    WAY_BACK,
    WITH,
    Draft,
    Known,
    default_target,
)
from migration.instance_classes import nearest
from migration.model import Options

DEFAULTS = Options(target="")
MINUTE = 60.0
#: Seconds, by whether Daybreak logs in: without it there is a reboot, and minutes of CloudWatch.
LONGEST_PAUSES = {True: DEFAULTS.max_write_pause_seconds, False: 1200.0}


def proposals(draft: Draft, known: Known) -> Mapping[str, str]:
    """By field, as it would stand there."""
    return {
        TARGET: default_target(draft.source),
        INSTANCE_CLASS: _instance_class(draft, known),
        METHOD: DEFAULTS.method.value,
        LOGIN: WITH,
        LAG: f"{DEFAULTS.lag_threshold_seconds:g}",
        PAUSE: f"{LONGEST_PAUSES[draft.login]:g}",
        OUTAGE: f"{DEFAULTS.longest_outage_seconds / MINUTE:g}",
        WAY_BACK: DEFAULTS.way_back.value,
        HOURS: f"{DEFAULTS.way_back_hours:g}",
        SLOTS: LEAVE,
    }


def standing(draft: Draft, known: Known, name: str) -> str:
    """What stands in a field: what was chosen, else what is proposed."""
    return draft.value(name) or proposals(draft, known).get(name, "")


def _instance_class(draft: Draft, known: Known) -> str:
    source, inventory = known.source(draft.source), known.inventory
    if source is None or inventory is None:
        return ""
    own, offered = source.instance_class, inventory.classes_for(source.identifier)
    if offered:
        return nearest(own, offered)
    return own if CLASS.fullmatch(own) else ""
