"""What an approver reads before they roll back: what will stop, for how long, and what is left."""

from bot.messages.budget import before_roll_back
from bot.messages.buttons import ROLL_BACK
from bot.messages.question import Question
from migration.plan import ROLL_BACK as GATE
from migration.service import Snapshot


def _consequences(snapshot: Snapshot) -> str:
    migration = snapshot.migration
    source, target = f"`{migration.source}`", f"`{migration.target}`"
    return (
        f":warning: *This moves every application from {target} back to {source}.*\n"
        f"• Writes to {target} stop until {source} takes over. No write is lost: every one that "
        f"was made on {target} is on {source} already, or arrives there before it opens.\n"
        f"• {before_roll_back(migration, snapshot.now)}\n"
        "• Sessions are ended once. Once begun it can't be cancelled.\n"
        f"• What was changed on {target} besides rows stays behind: tables made or altered, roles, "
        "grants, passwords. Numbers of sequences come along.\n"
        f"• Consumers of logical slots go on from those that {source} has: every change since the "
        "move is in these, also what they have read already.\n"
        f"• Afterwards {target} is kept, closed to applications, for whoever wants to know what "
        "happened. *It can't be used again*: to migrate later one starts afresh, with another "
        "cluster and a new copy of everything."
    )


GOING_BACK = Question(
    gate=GATE,
    action=ROLL_BACK,
    title="Roll back to the source",
    submit="Roll back",
    consequences=_consequences,
)
