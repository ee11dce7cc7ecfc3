"""The thread's words for the way back: kept, lost, gone, finished, or still to be decided upon."""

from bot.messages.endings import left_after_roll_back
from bot.messages.readers import Readers
from bot.messages.result import figures
from bot.messages.text import mention, mentions, safe_lines
from migration.events import (
    DecisionWanted,
    FinishRequested,
    MigrationRolledBack,
    RollBackAborted,
    RolledBack,
    WayBackLost,
)
from migration.model import Migration

REASON = 2300

WayBackEvent = (
    WayBackLost
    | RollBackAborted
    | RolledBack
    | DecisionWanted
    | FinishRequested
    | MigrationRolledBack
)


def way_back_words(migration: Migration, event: WayBackEvent, readers: Readers) -> str:
    """What one of these events says; mrkdwn."""
    source = f"`{migration.source}`"
    match event:
        case RollBackAborted() | WayBackLost():
            return _failed(migration, event, readers)
        case RolledBack():
            head = f"*Rolled back: applications use {source} again*, with every write."
            # Its phases are folded in from their own events.
            return "\n".join([head, *figures(event.facts, phases=False)])
        case DecisionWanted():
            return _wanted(migration, event, readers)
        case FinishRequested():
            return (
                f"*Finished* by {readers.name(event.by)}: the way back is given up and taken down, "
                f"and {source} is retired."
            )
        case MigrationRolledBack():
            how = "Rolled back by hand." if event.by_hand else "Done: rolled back."
            head = f"*{how}* Applications use {source}."
            return "\n".join([head, left_after_roll_back(migration)])


def _failed(migration: Migration, event: RollBackAborted | WayBackLost, readers: Readers) -> str:
    source, target = f"`{migration.source}`", f"`{migration.target}`"
    reason = safe_lines(event.reason, REASON)
    if isinstance(event, RollBackAborted):
        return (
            f"*The roll back was called off; {target} takes writes*, and the way back is kept. "
            f"{reason}\n{mentions(readers.approvers)}: to try again, an approval is needed anew."
        )
    return (
        f"*There is no way back from {target}*: {reason}\nGoing back to {source} would lose what "
        f"was written. {mention(migration.requester)}: please take note."
    )


def _wanted(migration: Migration, event: DecisionWanted, readers: Readers) -> str:
    source, target = f"`{migration.source}`", f"`{migration.target}`"
    again = f" (asked {event.times} times by now)" if event.times > 1 else ""
    who = f"{mentions(readers.approvers)} {mention(migration.requester)}"
    if readers.rest:
        who = f"An approver or {readers.name(migration.requester)}, called after the quiet hours"
    return (
        f"*The way back's term of {migration.options.way_back_hours:g} h is over: finish or roll "
        f"back?*{again} {who}: the buttons are above. *Finish* gives the way back up and retires "
        f"{source}; *Roll back* has applications use it again. Until you decide both stay as they "
        f"are, and {target} keeps WAL for {source}."
    )
