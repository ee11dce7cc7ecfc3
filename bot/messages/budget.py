"""When a cut-over or a roll back gives up, and what that means for the data."""

from bot.messages.text import duration, when
from migration.model import Migration


def gives_up(source: str, at: float) -> str:
    """The first budget: until the promotion is sent."""
    return (
        f"It gives up at {when(at)}: not promoted by then, `{source}` reopens and nothing is lost."
    )


def after_promotion(source: str, seconds: float) -> str:
    """The second one: from there until the target is open."""
    return (
        f"Once promoted, it has {duration(seconds)} more to open the target. Over that it gives "
        f"the target up, to which nobody has written, and `{source}` reopens with every write. "
        "That cluster is then useless, and a new one copies everything anew."
    )


def before(migration: Migration, now: float) -> str:
    """For whoever is about to approve it: as it would be if it began now."""
    most = migration.options.max_write_pause_seconds
    return (
        f"Begun now, it gives up at {when(now + most)}: not promoted by then ({duration(most)}), "
        f"`{migration.source}` reopens and nothing is lost. "
        f"{after_promotion(migration.source, most)}"
    )


def roll_back_gives_up(target: str, at: float) -> str:
    """Of a roll back: until the source is open."""
    return (
        f"It gives up at {when(at)}: not through by then, `{target}` takes writes again and "
        "nothing is lost."
    )


def before_roll_back(migration: Migration, now: float) -> str:
    """For whoever is about to approve it: as it would be if it began now."""
    most = migration.options.max_write_pause_seconds
    return (
        f"Begun now, it gives up at {when(now + most)}: not through by then ({duration(most)}), "
        f"`{migration.target}` takes writes again and nothing is lost."
    )


def roll_back_budget(migration: Migration) -> str:
    """While it runs; mrkdwn."""
    most = migration.options.max_write_pause_seconds
    if migration.cut_over_began is not None:
        at = migration.cut_over_began + most
        return f"Writes wait. {roll_back_gives_up(migration.target, at)}"
    return (
        "The conditions are looked at once more, then writes wait. From then on it has "
        f"{duration(most)}: not through by then, `{migration.target}` takes writes again and "
        "nothing is lost."
    )


def budget(migration: Migration) -> str:
    """While it runs; mrkdwn."""
    most = migration.options.max_write_pause_seconds
    sent, began = migration.promoting_since, migration.cut_over_began
    if sent is not None:
        return (
            f"Writes wait. Promotion was sent at {when(sent)}, and can't be cancelled any more. It "
            f"gives up at {when(sent + most)}: if the target is not open by then, it is given up "
            f"for good, and `{migration.source}` reopens with every write."
        )
    second = after_promotion(migration.source, most)
    if began is not None:
        return f"Writes wait. {gives_up(migration.source, began + most)} {second}"
    return (
        "The conditions are looked at once more, then writes wait. From then on it has "
        f"{duration(most)}: not promoted by then, `{migration.source}` reopens and nothing is "
        f"lost. {second}"
    )
