"""The second step of the form: how the data gets there, and to which cluster."""

from bot.messages.choices import CLASS, option
from bot.messages.draft import (
    ACCEPT,
    INSTANCE_CLASS,
    LOGIN,
    METHOD,
    OUTAGE,
    PAUSE,
    SUFFIX,
    TARGET,
    WITH,
    WITHOUT,
    Draft,
    Known,
)
from bot.messages.form_frame import frame, named
from bot.messages.modals import View, radio, text_input, type_ahead
from bot.messages.outlook import about, outlook, recommended
from bot.messages.proposals import MINUTE, proposals, standing
from bot.messages.text import Block, plain
from migration.identifiers import LONGEST_IDENTIFIER
from migration.model import Method
from migration.ports import Source

LOGINS = {
    True: option(WITH, "With a login of its own", "Seconds of write pause; all is compared"),
    False: option(WITHOUT, "Without any login", "Minutes of write pause; nothing is seen inside"),
}
METHODS = {
    Method.READ_REPLICA: option(
        Method.READ_REPLICA, "By read replica", "Seconds of write pause; WAL stays on its disk"
    ),
    Method.SNAPSHOT: option(
        Method.SNAPSHOT, "By snapshot", "Closed for as long as the copy takes; nothing attached"
    ),
}


def draw(draft: Draft, known: Known, note: str = "") -> View:
    """The choice with what speaks for one of them, the target, and what will happen then."""
    source = known.source(draft.source)
    return frame(
        draft,
        [
            *about(draft.source, known),
            _method_field(draft),
            *recommended(source, _allowed(draft, known)),
            _login_field(draft),
            _target_field(draft, known),
            _class_field(draft, known),
            *_acceptance(draft, source),
            *outlook(draft, known),
        ],
        note=note,
    )


def _method_field(draft: Draft) -> Block:
    return radio(
        METHOD,
        "How the data gets there",
        block=named(draft, METHOD),
        options=list(METHODS.values()),
        chosen=METHODS[draft.method],
        hint="By snapshot the source is closed to applications until its copy is made, compared "
        "and opened, or until the longest outage is over.",
    )


def _login_field(draft: Draft) -> Block:
    return radio(
        LOGIN,
        "How Daybreak gets at the database",
        block=named(draft, LOGIN),
        options=list(LOGINS.values()),
        chosen=LOGINS[draft.login],
        hint="Without one it closes the database by its security groups and a reboot.",
    )


def _allowed(draft: Draft, known: Known) -> float | None:
    """For how long writes may stand still, as it is filled in; None while that is no number."""
    name, unit = (OUTAGE, MINUTE) if draft.by_snapshot else (PAUSE, 1.0)
    try:
        return float(standing(draft, known, name)) * unit
    except ValueError:
        return None


def _target_field(draft: Draft, known: Known) -> Block:
    return text_input(
        TARGET,
        "Target cluster name",
        block=named(draft, TARGET),
        value=standing(draft, known, TARGET),
        hint=f"Left empty: the source's name with “{SUFFIX}”.",
        optional=True,
        most=LONGEST_IDENTIFIER,
    )


def _class_field(draft: Draft, known: Known) -> Block:
    chosen = standing(draft, known, INSTANCE_CLASS)
    if not CLASS.fullmatch(chosen):
        # Typed behind the command, and answered there.
        chosen = proposals(draft, known)[INSTANCE_CLASS]
    return type_ahead(
        INSTANCE_CLASS,
        "Target instance class",
        block=named(draft, INSTANCE_CLASS),
        chosen=option(chosen) if chosen else None,
        placeholder="db.r6g.large",
        hint=_class_hint(draft, known),
        optional=True,
    )


def _class_hint(draft: Draft, known: Known) -> str:
    source, inventory = known.source(draft.source), known.inventory
    if source is None or inventory is None:
        return "Left empty: the source's class."
    own = plain(source.instance_class, LONGEST_IDENTIFIER)
    offered = inventory.classes_for(source.identifier)
    if not offered:
        return f"Left empty: the source's, {own}. What AWS can order here is not known just now."
    if own in offered:
        return f"The source's own class is {own}, and Aurora has it. Left empty: that."
    nearest = proposals(draft, known)[INSTANCE_CLASS]
    proposal = f"the nearest is {nearest}. Left empty: that" if nearest else "none is near"
    return f"The source's class, {own}, can't be ordered for Aurora here; {proposal}."


def _acceptance(draft: Draft, source: Source | None) -> list[Block]:
    """Only where it is needed."""
    if source is None or source.backup_retention_days:
        return []
    return [
        text_input(
            ACCEPT,
            "Accept that enabling backups interrupts the database",
            block=named(draft, ACCEPT),
            value=draft.value(ACCEPT),
            hint="Automated backups are off, and a replica needs them. RDS interrupts the "
            f"database for some seconds to enable them. Type {source.identifier} to accept.",
            optional=True,
            most=LONGEST_IDENTIFIER,
        )
    ]
