"""What an approver reads before they promote: what will stop, and what is not undone."""

from bot.messages.budget import before
from bot.messages.buttons import PROMOTE
from bot.messages.capture import promotion_line
from bot.messages.question import Question
from migration.model import Migration, WayBack
from migration.plan import PROMOTE as GATE
from migration.service import Snapshot

#: What a worker may take to prepare a way back (`workers/cutover/prepare_way_back.py`).
WAY_BACK_SECONDS = 5


def _consequences(snapshot: Snapshot) -> str:
    migration = snapshot.migration
    return (
        f":warning: *This moves every application from `{migration.source}` to "
        f"`{migration.target}`.*\n"
        f"• Writes to `{migration.source}` stop until the cluster takes over.\n"
        f"• {before(migration, snapshot.now)}\n"
        "• Until the promotion is sent, *Cancel* has it go back; after that it is too late.\n"
        f"{_how(migration)}"
        f"{promotion_line(migration)}"
        f"{way_back(migration)}"
    )


def way_back(migration: Migration) -> str:
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
        f"then gets what is written to {target}, closed to everybody else, and an approver can go "
        "back without losing a write, with *Roll back*."
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


PROMOTION = Question(
    gate=GATE,
    action=PROMOTE,
    title="Promote to Aurora",
    submit="Promote",
    consequences=_consequences,
)
