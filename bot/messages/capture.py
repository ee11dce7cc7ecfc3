"""Change data capture: who reads changes of a source, and what becomes of each on the way."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.messages.tables import Row, fitting, table, words
from bot.messages.text import Block, bullets, context, quoted
from migration.model import Facts, Migration
from migration.plan import CHECK_SOURCE

PLAN_COLUMNS = ("What", "Name", "Database", "Read by", "What becomes of it")
MADE_COLUMNS = (
    "Slot",
    "Database",
    "On the cluster from",
    "Read on the source to",
    "The source's end",
    "What its consumer has to do",
)
NAME = 63
READER = 120
OUTCOME = 200
#: In one sentence.
NAMED = 5
#: What a worker may take (`workers/cutover/prepare_slots.py`, `consumers.py`).
PREPARATION_SECONDS, READING_SECONDS = 5, 1

ANEW = "made anew on the cluster before it opens; its consumer reads the source to its end first"
LEFT = "stays behind: its consumer misses what is written until it has a new slot on the cluster"
ENDS = "ends with its session"
ALONG = "comes along; subscribers have to be led to the cluster"
AGAINST = "has to go first: both copies would read the same slot"


def plan_blocks(facts: Facts, *, recreate: bool) -> list[Block]:
    """Slots, publications and subscriptions of the source, each with what the plan does."""
    rows = [
        *(_planned(slot, recreate=recreate) for slot in _listed(facts.get("logical_slots"))),
        *_publications(facts.get("publications")),
        *(
            ("subscription", words(str(name), NAME), "–", "the source itself", AGAINST)
            for name in facts.get("subscriptions") or ()
        ),
    ]
    return _table(PLAN_COLUMNS, rows)


def made_blocks(facts: Facts) -> list[Block]:
    """The slots that a cut-over made, with their positions on both sides."""
    return _table(MADE_COLUMNS, [_made(slot) for slot in _listed(facts.get("slots"))])


def slots_line(facts: Facts) -> str:
    """How many were made anew, and whether their consumers had read everything; mrkdwn."""
    if facts.get("slots_unread"):
        return (
            "*Where the slots that were made anew begin could not be read*: `SELECT * FROM "
            "daybreak.slots` on the target names them."
        )
    made = _listed(facts.get("slots"))
    missing = _missing(facts.get("slots_missing"))
    if not made:
        return missing
    behind = [str(slot.get("name", "")) for slot in made if slot.get("unread_bytes") != 0]
    said = (
        f"Made anew before the target opened: {len(made)} logical "
        f"{'slot' if len(made) == 1 else 'slots'}. Those on the source keep its log until "
        "somebody drops them."
    )
    if missing:
        said = f"{missing} {said}"
    if not behind:
        return f"{said} Their consumers had read everything on the source."
    return (
        f"{said} *Not seen to have read everything on the source*: the consumers of "
        f"{_named(behind)}."
    )


def _missing(found: Any) -> str:
    """Slots without which the target was opened; empty where there are none."""
    if not isinstance(found, list | tuple) or not found:
        return ""
    names = _named([str(name) for name in found])
    return (
        f"*The target opened without the slots {names}*: they could not be made, and the source "
        "did not answer, so that nobody could go back. Their consumers miss what is written until "
        "they have new ones: make them now, and backfill."
    )


def promotion_line(migration: Migration) -> str:
    """What an approver has to know of it; empty where nobody reads changes."""
    target = f"`{migration.target}`"
    if not migration.options.login:
        return (
            "• *Logical slots, if there are any, stay behind*: without a login nobody has looked. "
            f"Their consumers miss what is written to {target} until they have new ones.\n"
        )
    if migration.options.recreate_slots:
        return (
            f"• Logical slots are made anew before {target} opens, within {PREPARATION_SECONDS} s; "
            "if that does not work, the cut-over goes back. Before that their consumers have "
            f"{READING_SECONDS} s to read what they have not.\n"
        )
    found = _listed(migration.facts.get(CHECK_SOURCE, {}).get("logical_slots"))
    if not found:
        return ""
    names = _named([str(slot.get("name", "")) for slot in found])
    return (
        f"• *Logical slots stay behind*: the consumers of {names} miss what is written to {target} "
        "until they have new ones.\n"
    )


def _planned(slot: Mapping[str, Any], *, recreate: bool) -> Row:
    anew = ANEW if recreate else LEFT
    return (
        f"logical slot ({words(str(slot.get('plugin', '')), NAME)})",
        words(str(slot.get("name", "")), NAME),
        words(str(slot.get("database", "")), NAME),
        words(str(slot.get("consumer") or "nobody"), READER),
        ENDS if slot.get("temporary") else anew,
    )


def _publications(found: Any) -> Iterator[Row]:
    if not isinstance(found, Mapping):
        return
    for database, names in found.items():
        for name in names:
            shown = (words(str(name), NAME), words(str(database), NAME))
            yield ("publication", *shown, "its subscribers", ALONG)


def _made(slot: Mapping[str, Any]) -> Row:
    unread = slot.get("unread_bytes")
    if unread == 0:
        to_do = "it had read everything: it goes on at the cluster"
    elif unread is None:
        to_do = "how far it had read is not known: backfill"
    else:
        to_do = (
            f"up to {unread:,} bytes of the source's log are not confirmed: read them there first, "
            "or backfill; then it goes on at the cluster"
        )
    return (
        words(str(slot.get("name", "")), NAME),
        words(str(slot.get("database", "")), NAME),
        words(str(slot.get("target_position", "")), NAME),
        words(str(slot.get("source_position", "")), NAME),
        words(str(slot.get("fenced_at", "")), NAME),
        words(to_do, OUTCOME),
    )


def _table(columns: Row, rows: Sequence[Row]) -> list[Block]:
    more = len(rows) - fitting(columns, rows)
    rest = [context(f"…and {more} more, in `python -m workers show`.")] if more else []
    return [*table(columns, rows), *rest]


def _listed(found: Any) -> list[Mapping[str, Any]]:
    if not isinstance(found, list | tuple):
        return []
    return [one for one in found if isinstance(one, Mapping)]


def _named(names: Sequence[str]) -> str:
    return ", ".join(bullets([quoted(name, NAME) for name in names], NAMED))
