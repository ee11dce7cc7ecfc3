"""The modal in which an approver decides: what is so now, what will stop, and the name to type."""

from bot.messages.budget import before
from bot.messages.buttons import Press, is_fresh
from bot.messages.evidence import check_lines, reading_lines
from bot.messages.modals import View, modal, notice, text_input
from bot.messages.refusals import decided
from bot.messages.text import Block, section, when
from migration.model import Evidence, Migration, Status, WayBack
from migration.service import Snapshot

CALLBACK = "promote"
TITLE = "Promote to Aurora"
#: The field, by the name of its block and of its action.
NAME = "name"
#: What a worker may take to prepare a way back (`workers/cutover/prepare_way_back.py`).
WAY_BACK_SECONDS = 5


def loading(migration: Migration) -> View:
    """Shown at once, while the source and the target are looked at."""
    return notice(
        TITLE,
        f"Looking at `{migration.source}` and `{migration.target}` as they are now …\n"
        "If this stays for more than a minute, no worker is running, or Slack is slow: close it "
        "and press the button again. Nothing has been decided.",
    )


def question(snapshot: Snapshot, press: Press) -> View:
    """The evidence as of now, and the question; or why there is no question."""
    migration, evidence = snapshot.migration, snapshot.evidence
    if migration.status is not Status.WAITING_FOR_APPROVAL or press != Press.of(migration):
        return notice(TITLE, decided(migration))
    if evidence is None or not is_fresh(snapshot):
        return notice(
            TITLE,
            f"`{migration.source}` and `{migration.target}` could not be looked at. Nothing has "
            "been decided; press the button again in a moment.",
        )
    if not evidence.holds:
        return modal(TITLE, [section("*Not now: a condition is not met.*"), *_seen(evidence)])
    return modal(
        TITLE,
        [*_consequences(snapshot), *_seen(evidence), _name_field()],
        callback=CALLBACK,
        submit="Promote",
        close="Not now",
        metadata={"m": press.migration, "g": press.gate, "v": press.version},
    )


def _consequences(snapshot: Snapshot) -> list[Block]:
    migration = snapshot.migration
    return [
        section(
            f":warning: *This moves every application from `{migration.source}` to "
            f"`{migration.target}`.*\n"
            f"• Writes to `{migration.source}` stop until the cluster takes over.\n"
            f"• {before(migration, snapshot.now)}\n"
            "• Until the promotion is sent, *Cancel* has it go back; after that it is too late.\n"
            f"{_how(migration)}"
            f"{_way_back(migration)}"
        )
    ]


def _way_back(migration: Migration) -> str:
    """What becomes of what is written after the opening, if the source is wanted again."""
    options, target = migration.options, f"`{migration.target}`"
    if options.way_back is WayBack.NONE:
        return (
            f"• Once {target} is open, applications write there, and *there is no way back*: going "
            f"back to `{migration.source}` would lose what they wrote. By promoting you accept "
            "that."
        )
    otherwise = (
        f"{target} opens without one, and the channel says so"
        if options.way_back is WayBack.IF_POSSIBLE
        else "the cut-over goes back"
    )
    return (
        f"• A way back is prepared before {target} opens, within {WAY_BACK_SECONDS} s; if that "
        f"does not work, {otherwise}. For {options.way_back_hours:g} hours `{migration.source}` "
        f"then gets what is written to {target}, closed to everybody else. Going back itself is "
        "done by hand."
    )


def _how(migration: Migration) -> str:
    """What people lose on the way."""
    if migration.options.login:
        return (
            "• Sessions are ended once, and transactions that do not end by themselves are named "
            "and the cut-over goes back.\n"
        )
    return (
        "• *Daybreak has no login here*: writes stand still *for minutes*. The source's security "
        f"groups let nobody in, `{migration.source}` is rebooted, and its log has to prove that "
        "the replica has everything. Clients that wait longer than their pooler allows are "
        "refused; nothing inside the databases is looked at.\n"
        "• If it goes back once the source is closed, the replica is deleted first: a new "
        "migration copies anew.\n"
    )


def _seen(evidence: Evidence) -> list[Block]:
    checks = "\n".join([f"As of {when(evidence.at)}:", *check_lines(evidence.checks)])
    readings = "\n".join(reading_lines(evidence.readings))
    return [section(text) for text in (checks, readings) if text]


def _name_field() -> Block:
    return text_input(NAME, "Type the source instance's name", most=63)
