"""An audit in Slack: its head as a message, all of it as two files."""

from collections.abc import Mapping

from bot.messages.text import (
    Message,
    Upload,
    day,
    mention,
    quoted,
    section,
    when,
)
from migration.audit.report import NOT_KNOWN, report
from migration.audit.story import Story, calls
from migration.model import Migration
from migration.ports import Recorded

#: Most decisions in the head; the latest.
DECISIONS = 10
NAME = 80


def head(story: Story) -> Message:
    """Who asked for what, who decided what and when, how much was called, and the last hash."""
    migration, chain = story.migration, story.chain
    made = calls(story.history)
    open_ones = sum(not call.answered for call in made)
    unanswered = f", {open_ones} of them without an answer on record" if open_ones else ""
    plan = f"`{chain.plan_hash}`" if chain.plan_hash else NOT_KNOWN
    top = (
        f"*Audit of `{migration.id}`*: {quoted(migration.source, NAME)} → "
        f"{quoted(migration.target, NAME)}, *{migration.status}*. Asked for by "
        f"{mention(migration.requester)} on {day(migration.created_at)}; the hash of its plan: "
        f"{plan}."
    )
    so_far = f"{len(story.history)} events, {len(made)} calls{unanswered}. Decisions:"
    seal = f"sealed: {chain.ended}" if chain.ended else "not sealed, for it is under way"
    end = (
        f"The last hash of the JSON Lines is `{chain.last}`; they are {seal}. All of it comes as "
        "files, to you alone, into your messages with Daybreak."
    )
    found = [_decision(one) for one in story.history if getattr(one.event, "by", "")]
    earlier = [f"• {len(found) - DECISIONS} earlier ones"] if len(found) > DECISIONS else []
    decided = [*earlier, *found[-DECISIONS:]] or ["• none yet"]
    text = "\n".join([top, so_far, *decided, end])
    return Message(text, [section(text)])


def _decision(recorded: Recorded) -> str:
    event = recorded.event
    gate = f" {quoted(event.gate, NAME)}" if hasattr(event, "gate") else ""
    what = event.kind.replace("_", " ")
    return f"• {when(event.at)} {what}{gate}, {mention(getattr(event, 'by', ''))}"


def files(story: Story, names: Mapping[str, str]) -> tuple[Upload, Upload]:
    """The report and the JSON Lines; `names` are those of people by their ids."""
    migration, chain = story.migration, story.chain
    seal = f"sealed ({chain.ended})" if chain.ended else "not sealed yet"
    return (
        Upload(f"{migration.id}-audit.txt", "Audit, to be read", report(story, names)),
        Upload(
            f"{migration.id}-audit.jsonl",
            f"Audit as JSON Lines, {seal}, last hash {chain.last}",
            chain.text,
        ),
    )


def in_private(migration: Migration) -> str:
    """What stands above the files in the messages of one person."""
    return f"The audit of `{migration.id}`, as it is now:"


def refused(migration: Migration, reason: str) -> str:
    """Slack does not take the files."""
    return (
        f"Slack did not take the files ({quoted(reason, NAME)}); the app may lack the scope "
        f"`files:write`. Whoever runs Daybreak has them with `python -m workers audit "
        f"{migration.id}`."
    )
