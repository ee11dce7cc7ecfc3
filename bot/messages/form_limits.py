"""The fourth step of the form: how long writes may stand still, and what is kept afterwards."""

from bot.messages.choices import option
from bot.messages.draft import (
    HOURS,
    LAG,
    LEAVE,
    OUTAGE,
    PAUSE,
    RECREATE,
    SLOTS,
    WAY_BACK,
    Draft,
    Known,
)
from bot.messages.form_frame import frame, named
from bot.messages.modals import View, radio, text_input
from bot.messages.proposals import standing
from bot.messages.text import Block, context
from migration.model import WayBack

NUMBER = 10
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
SLOTS_ANEW = {
    False: option(
        LEAVE, "Leave them behind", "Their consumers miss what is written until they have new ones"
    ),
    True: option(
        RECREATE, "Make them anew on the cluster", "Before it opens; else the cut-over goes back"
    ),
}
NO_SNAPSHOT = (
    "By snapshot there is no way back once the cluster is open, and no logical slot is made anew: "
    "consumers backfill from the cluster."
)
NO_LOGIN = "Without a login no way back is kept and no logical slot is made anew: both take SQL."


def draw(draft: Draft, known: Known, note: str = "") -> View:
    """What the method asks for, and nothing that it could not keep."""
    return frame(
        draft,
        [*_limits(draft, known), *(_kept(draft, known) if draft.by_sql else [_why_not(draft)])],
        note=note,
    )


def _limits(draft: Draft, known: Known) -> list[Block]:
    if draft.by_snapshot:
        return [
            _number(
                draft,
                known,
                OUTAGE,
                "Longest outage (minutes)",
                "From the approval on. Not opened on the copy by then, the source reopens by "
                "itself, and the copy is void.",
            )
        ]
    return [
        _number(
            draft,
            known,
            LAG,
            "Lag threshold (seconds)",
            "With more lag than this nobody can promote.",
        ),
        _number(
            draft,
            known,
            PAUSE,
            "Longest write pause (seconds)",
            "Not promoted by then, the cut-over goes back and the source takes writes.",
        ),
    ]


def _number(draft: Draft, known: Known, name: str, label: str, hint: str) -> Block:
    return text_input(
        name,
        label,
        block=named(draft, name),
        value=standing(draft, known, name),
        hint=hint,
        most=NUMBER,
    )


def _kept(draft: Draft, known: Known) -> list[Block]:
    """What is made beside a replica, by SQL."""
    way_back = radio(
        WAY_BACK,
        "After the cut-over",
        block=named(draft, WAY_BACK),
        options=list(WAYS_BACK.values()),
        chosen=WAYS_BACK[draft.way_back],
        hint="A way back: the closed source gets what is written to the cluster. Each table needs "
        "a primary key or a replica identity.",
    )
    slots = radio(
        SLOTS,
        "Logical slots, where consumers read changes from the source",
        block=named(draft, SLOTS),
        options=list(SLOTS_ANEW.values()),
        chosen=SLOTS_ANEW[draft.slots],
        hint="No slot moves by itself. Consumers have to be led to the cluster either way.",
        dispatch=False,
    )
    return [way_back, *_hours(draft, known), slots]


def _hours(draft: Draft, known: Known) -> list[Block]:
    if draft.way_back is WayBack.NONE:
        return []
    hint = "Then you are asked to finish or to roll back. The cluster keeps WAL for it meanwhile."
    return [_number(draft, known, HOURS, "Hours that the way back is kept", hint)]


def _why_not(draft: Draft) -> Block:
    return context(NO_SNAPSHOT if draft.by_snapshot else NO_LOGIN)
