"""Why there is nothing to roll back to, or to finish: said to whoever asked for it."""

from bot.messages.text import mention, safe, when
from migration.model import Migration, Status, is_cut_over, went_back
from migration.plan import KEEP_WAY_BACK, ROLL_BACK

REASON = 300


def no_way_back(migration: Migration) -> str:
    """For a migration that is not in its cool-off, or in one that is decided; mrkdwn."""
    return (
        _on_the_source(migration)
        or _gone(migration)
        or "The way back is not being kept yet: the steps before it come first. Try in a moment."
    )


def _on_the_source(migration: Migration) -> str:
    """Applications use the source, or are about to."""
    source, target = f"`{migration.source}`", f"`{migration.target}`"
    if migration.status is Status.ROLLING_BACK:
        approval = migration.approval
        if approval is None or approval.gate != ROLL_BACK:
            return "It is being rolled back already."
        by = f"{mention(approval.by)} at {when(approval.at)}"
        return f"It is being rolled back already, approved by {by}."
    if went_back(migration):
        return f"Applications use {source} again already."
    if migration.status in {Status.CANCELLING, Status.CANCELLED}:
        return f"Applications never used {target}: this migration is {migration.status}."
    if is_cut_over(migration):
        return ""
    return (
        f"Applications still use {source}, so there is nothing to go back from. "
        f"`/migrate cancel {migration.id}` ends the migration."
    )


def _gone(migration: Migration) -> str:
    """There is no way back, or none any more."""
    source, target = f"`{migration.source}`", f"`{migration.target}`"
    lost = migration.fact(KEEP_WAY_BACK, "lost")
    if lost:
        return f"There is no way back any more: {safe(str(lost), REASON)}"
    if migration.finishing_by:
        return (
            f"{mention(migration.finishing_by)} finished this migration, so there is no way back "
            f"any more: going back to {source} would lose writes."
        )
    if not any(step.name == KEEP_WAY_BACK for step in migration.plan.steps):
        return (
            f"This migration was begun without a way back: going back to {source} would lose what "
            f"applications have written to {target}."
        )
    if migration.final:
        return f"There is no way back any more: this migration is {migration.status}."
    return ""
