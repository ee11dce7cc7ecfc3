"""The modal that asks what the plan needs to know, drawn anew when another source is chosen."""

from collections.abc import Mapping

from bot.messages.buttons import button
from bot.messages.choices import CLASS, option, source_option
from bot.messages.draft import (
    ACCEPT,
    INSTANCE_CLASS,
    LAG,
    LEAVE,
    LOGIN,
    METHOD,
    OUTAGE,
    PAUSE,
    RECREATE,
    SLOTS,
    SOURCE,
    SUFFIX,
    TARGET,
    WAY_BACK,
    WITH,
    WITHOUT,
    Draft,
    Known,
    default_target,
)
from bot.messages.modals import Field, View, modal, notice, radio, text_input, type_ahead
from bot.messages.outlook import chosen, listed, recommended
from bot.messages.text import Block, context, mentions, plain, section
from migration.identifiers import LONGEST_IDENTIFIER
from migration.instance_classes import nearest
from migration.model import Method, Options, WayBack
from migration.ports import Inventory, Source

CALLBACK = "start"
CHECK_FIRST = "check_first"
TITLE = "Move to Aurora"

DEFAULTS = Options(target="")
#: Seconds, by whether Daybreak logs in: without it there is a reboot, and minutes of CloudWatch.
LONGEST_PAUSES = {True: DEFAULTS.max_write_pause_seconds, False: 1200.0}
LOGINS = {
    True: option(WITH, "With a login of its own", "Seconds of write pause; all is compared"),
    False: option(WITHOUT, "Without any login", "Minutes of write pause; nothing is seen inside"),
}
WAYS_BACK = {
    WayBack.NONE: option(
        WayBack.NONE, "No way back", "Going back once the cluster is open would lose writes"
    ),
    WayBack.IF_POSSIBLE: option(
        WayBack.IF_POSSIBLE, "A way back if possible", "Else the cluster opens without one"
    ),
    WayBack.REQUIRED: option(
        WayBack.REQUIRED, "Not without a way back", "Else the cut-over goes back"
    ),
}
METHODS = {
    Method.READ_REPLICA: option(
        Method.READ_REPLICA, "By read replica", "Seconds of write pause; WAL stays on its disk"
    ),
    Method.SNAPSHOT: option(
        Method.SNAPSHOT, "By snapshot", "Closed for as long as the copy takes; nothing attached"
    ),
}
SLOTS_ANEW = {
    False: option(
        LEAVE, "Leave them behind", "Their consumers miss what is written until they have new ones"
    ),
    True: option(
        RECREATE, "Make them anew on the cluster", "Before it opens; else the cut-over goes back"
    ),
}
NUMBER = 10
MINUTE = 60.0


def loading() -> View:
    """Shown at once: what follows is read from the store and from Slack."""
    return notice(TITLE, "Reading what can be moved …")


def refused(words: str) -> View:
    """Why there is nothing to fill in."""
    return notice(TITLE, words)


def form(draft: Draft, known: Known, note: str = "", told: str = "") -> View:
    """The fields for the draft's source, filled in as far as is known or was typed.

    `note` stands above them, and warns; `told` stands at the source. Both are mrkdwn.
    """
    source = known.source(draft.source)
    proposed = {
        TARGET: default_target(draft.source),
        INSTANCE_CLASS: _default_class(source, known.inventory),
        PAUSE: f"{LONGEST_PAUSES[draft.login]:g}",
        OUTAGE: f"{DEFAULTS.longest_outage_seconds / MINUTE:g}",
    }
    return modal(
        TITLE,
        [
            *([section(f":warning: {note}")] if note else []),
            _source_field(draft, known),
            listed(known),
            *chosen(draft.source, known, login=draft.login, method=draft.method),
            *_look_first(source, told),
            _method_field(draft),
            *recommended(source, _allowed(draft, proposed)),
            _login_field(draft),
            _target_field(draft, proposed),
            _class_field(draft, source, known.inventory, proposed),
            *_way_back_field(draft),
            *_slots_field(draft),
            *_limits(draft, proposed),
            *_acceptance(draft, source),
            section(_who(known.approvers)),
            context(f"Shown in <#{draft.channel}>."),
        ],
        callback=CALLBACK,
        submit="Start",
        close="Cancel",
        metadata={
            "c": draft.channel,
            "s": draft.source,
            "l": draft.login,
            "m": draft.method.value,
            "t": source is not None,
            "n": draft.drawn,
            "d": proposed,
        },
    )


def _look_first(source: Source | None, told: str) -> list[Block]:
    """A look at it before anything is begun."""
    if told:
        return [section(told)]
    if source is None:
        return []
    press = button(CHECK_FIRST, "Check it first", source.identifier)
    return [{"type": "actions", "elements": [press]}]


def _source_field(draft: Draft, known: Known) -> Block:
    source = known.source(draft.source)
    busy = {name: entry.migration for name, entry in known.busy.items()}
    shown = source_option(source, busy) if source else option(draft.source)
    return type_ahead(
        SOURCE,
        "Source instance",
        chosen=shown if draft.source else None,
        placeholder="Type to search",
        hint="A part of its name, version, class or tags (team=checkout).",
        dispatch=True,
    )


def _default_class(source: Source | None, inventory: Inventory | None) -> str:
    if source is None or inventory is None:
        return ""
    own, offered = source.instance_class, inventory.classes_for(source.identifier)
    if offered:
        return nearest(own, offered)
    return own if CLASS.fullmatch(own) else ""


def _placed(draft: Draft, name: str, proposal: str) -> Field:
    """A field's block and value: a proposal nobody touched follows the source, all else stays."""
    filled = draft.filled.get(name)
    untouched = filled is None or filled.value in {"", draft.proposed.get(name, "")}
    if filled is None or (untouched and filled.value != proposal):
        return Field(f"{name}.{draft.drawn}", proposal)
    return filled


def _target_field(draft: Draft, proposed: Mapping[str, str]) -> Block:
    placed = _placed(draft, TARGET, proposed[TARGET])
    return text_input(
        TARGET,
        "Target cluster name",
        block=placed.block,
        value=placed.value,
        hint=f"Left empty: the source's name with “{SUFFIX}”.",
        optional=True,
        most=LONGEST_IDENTIFIER,
    )


def _class_field(
    draft: Draft, source: Source | None, inventory: Inventory | None, proposed: Mapping[str, str]
) -> Block:
    placed = _placed(draft, INSTANCE_CLASS, proposed[INSTANCE_CLASS])
    return type_ahead(
        INSTANCE_CLASS,
        "Target instance class",
        block=placed.block,
        chosen=option(placed.value) if placed.value else None,
        placeholder="db.r6g.large",
        hint=_class_hint(source, inventory, proposed[INSTANCE_CLASS]),
        optional=True,
    )


def _class_hint(source: Source | None, inventory: Inventory | None, default: str) -> str:
    if source is None or inventory is None:
        return "Left empty: the source's class."
    own = plain(source.instance_class, LONGEST_IDENTIFIER)
    offered = inventory.classes_for(source.identifier)
    if not offered:
        return f"Left empty: the source's, {own}. What AWS can order here is not known just now."
    if own in offered:
        return f"The source's own class is {own}, and Aurora has it. Left empty: that."
    proposal = f"the nearest is {default}" if default else "none of its kind is near"
    return f"The source's class, {own}, can't be ordered for Aurora here; {proposal}."


def _login_field(draft: Draft) -> Block:
    return radio(
        LOGIN,
        "How Daybreak gets at the database",
        options=list(LOGINS.values()),
        chosen=LOGINS[draft.login],
        hint="Without one it closes the database by its security groups and a reboot.",
    )


def _method_field(draft: Draft) -> Block:
    return radio(
        METHOD,
        "How the data gets there",
        options=list(METHODS.values()),
        chosen=METHODS[draft.method],
        hint="By snapshot the source is closed to applications until its copy is made, compared "
        "and opened, or until the time below is over.",
    )


def _allowed(draft: Draft, proposed: Mapping[str, str]) -> float | None:
    """For how long writes may stand still, as it is filled in; None while that is no number."""
    name, unit = (OUTAGE, MINUTE) if draft.method is Method.SNAPSHOT else (PAUSE, 1.0)
    try:
        return float(draft.value(name) or proposed[name]) * unit
    except ValueError:
        return None


def _way_back_field(draft: Draft) -> list[Block]:
    """Only with a login: it is prepared by SQL."""
    if not draft.login:
        return []
    return [
        radio(
            WAY_BACK,
            "After the cut-over",
            options=list(WAYS_BACK.values()),
            chosen=WAYS_BACK[draft.chosen_way_back],
            hint=f"A way back: for {DEFAULTS.way_back_hours:g} hours the closed source gets what "
            "is written to the cluster. Each table needs a primary key or a replica identity.",
            dispatch=False,
        )
    ]


def _slots_field(draft: Draft) -> list[Block]:
    """Only with a login: they are made by SQL."""
    if not draft.login:
        return []
    return [
        radio(
            SLOTS,
            "Logical slots, where consumers read changes from the source",
            options=list(SLOTS_ANEW.values()),
            chosen=SLOTS_ANEW[draft.chosen_slots],
            hint="No slot moves by itself. Consumers have to be led to the cluster either way.",
            dispatch=False,
        )
    ]


def _limits(draft: Draft, proposed: Mapping[str, str]) -> list[Block]:
    if draft.method is Method.SNAPSHOT:
        outage = _placed(draft, OUTAGE, proposed[OUTAGE])
        return [
            text_input(
                OUTAGE,
                "Longest outage (minutes)",
                block=outage.block,
                value=outage.value,
                hint="From the approval on. Not opened on the copy by then, the source reopens by "
                "itself, and the copy is void.",
                most=NUMBER,
            )
        ]
    lag = draft.value(LAG) or f"{DEFAULTS.lag_threshold_seconds:g}"
    pause = _placed(draft, PAUSE, proposed[PAUSE])
    return [
        text_input(
            LAG,
            "Lag threshold (seconds)",
            value=lag,
            hint="With more lag than this nobody can promote.",
            most=NUMBER,
        ),
        text_input(
            PAUSE,
            "Longest write pause (seconds)",
            block=pause.block,
            value=pause.value,
            hint="Not promoted by then, the cut-over goes back and the source takes writes.",
            most=NUMBER,
        ),
    ]


def _acceptance(draft: Draft, source: Source | None) -> list[Block]:
    """Only where it is needed; accepted for one source is not accepted for another."""
    if source is None or source.backup_retention_days:
        return []
    filled, block = draft.filled.get(ACCEPT), f"{ACCEPT}.{draft.drawn}"
    return [
        text_input(
            ACCEPT,
            "Accept that enabling backups interrupts the database",
            block=block,
            value=filled.value if filled and filled.block == block else "",
            hint="Automated backups are off, and a replica needs them. RDS interrupts the "
            f"database for some seconds to enable them. Type {source.identifier} to accept.",
            optional=True,
            most=LONGEST_IDENTIFIER,
        )
    ]


def _who(approvers: frozenset[str]) -> str:
    return (
        f"*Who may approve*: {mentions(approvers)}. Not you: whoever asks for a migration never "
        "approves it."
    )
