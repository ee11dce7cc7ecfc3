"""The outage of the snapshot method in words: before it is approved, while it lasts, at its end."""

from collections.abc import Mapping

from bot.messages.readers import Readers
from bot.messages.text import day, duration, mention, mentions, safe, safe_lines, when
from bot.messages.words import step_title
from migration.events import CopyQuestioned, ReopeningBegan, SourceFrozen
from migration.freezing import is_reopening
from migration.model import Facts, Method, Migration
from migration.plan import FREEZE

REASON = 900
UNSEEN = 500
NOBODY = "Nothing is wanted of anybody."


def is_by_snapshot(migration: Migration) -> bool:
    """Whether its source stands closed while it is copied."""
    return migration.plan.method is Method.SNAPSHOT


def decision_name(migration: Migration) -> str:
    """What an approver does at its gate, as the button says it."""
    step = migration.step
    return "Freeze" if step and step.gate == FREEZE else "Promote"


def reopens(migration: Migration) -> str:
    """The end that an outage has in any case."""
    freeze, source = migration.freeze, f"`{migration.source}`"
    if freeze is None:
        return f"{source} takes writes."
    return f"Not opened on the copy by {day(freeze.reopen_by)}, {source} reopens by itself."


def frozen(migration: Migration, approvers: frozenset[str]) -> str:
    """While it lasts; mrkdwn."""
    freeze, source = migration.freeze, f"`{migration.source}`"
    since = f" since {when(freeze.began_at)}" if freeze and freeze.began_at else ""
    if migration.problem:
        return (
            f"*Frozen{since}, and the copy was not found equal*: "
            f"{safe_lines(migration.problem.reason, REASON)}\n{mentions(approvers)} or "
            f"{mention(migration.requester)}: have it compared again with Retry, or reopen "
            f"{source} now with Cancel. {reopens(migration)}"
        )
    name = step_title(migration.step.name) if migration.step else "the end"
    again = " The last attempt did not work; it is tried again by itself."
    name += f".{again}" if migration.attempts else "."
    return (
        f"*Frozen{since}*: {source} is closed while its copy is made, and applications wait "
        f"or are refused. {name} {reopens(migration)} {NOBODY}"
    )


def changing(migration: Migration, by: str) -> str:
    """While a job has it: it is being closed, opened on the copy, or reopened; mrkdwn."""
    source = f"`{migration.source}`"
    if is_reopening(migration):
        reason = safe_lines(migration.freeze.reopening, REASON) if migration.freeze else ""
        return f"*{source} is being reopened*, and its copy is void. {reason} {NOBODY}"
    step = migration.step
    if step and step.name == FREEZE:
        return f"*Closing {source}.* {by}{reopens(migration)} {NOBODY}"
    return f"*Opening `{migration.target}`*, the copy of {source}. {by}{NOBODY}"


def consequences(migration: Migration, now: float) -> str:
    """For whoever is about to approve it; mrkdwn."""
    source, target = f"`{migration.source}`", f"`{migration.target}`"
    allowed = migration.options.longest_outage_seconds
    return (
        f":warning: *This closes {source} to every application, for as long as its copy takes.*\n"
        "• Clients wait until their pooler gives up on them, and are refused with an error from "
        "then on. How long it is expected to take is among the conditions below.\n"
        f"• A snapshot is taken, restored as {target} and compared. *If everything is equal, the "
        "applications are led there without another question.* If not, you are asked, and the "
        "time runs on.\n"
        f"• Approved now, {source} reopens by itself at {day(now + allowed)} at the latest "
        f"({duration(allowed)}), or at the first failure. Then the copy is void and nothing is "
        "lost.\n"
        f"• *Cancel* reopens {source} at any time before {target} is opened.\n"
    )


def outage_line(facts: Facts) -> str:
    """How long the source stood closed, what that meant for clients, and what was compared."""
    began, ended = facts.get("outage_began_at"), facts.get("ended_at")
    if not began or not ended:
        return ""
    compared = [one for one in (facts.get("compared") or {}).values() if isinstance(one, Mapping)]
    tables = sum(int(one.get("tables_summed", 0)) for one in compared)
    rows = sum(int(one.get("rows", 0)) for one in compared)
    left = [name for one in compared for name in one.get("not_counted", ())]
    unseen = f" Too large to be read in that time: {safe(', '.join(left), UNSEEN)}." if left else ""
    limit = facts.get("refused_after_seconds")
    if limit and ended - began < limit:
        refused = " Clients were held all the while."
    else:
        held = f"were held for {duration(limit)}, then" if limit else "were not held: they"
        late = float(facts.get("outage_ended_at") or ended) - ended
        longer = f", some for up to {duration(late)} after it" if late > 0 else ""
        refused = f" Clients {held} waited or were refused, as their pooler has it{longer}."
    return (
        f"*Outage {duration(ended - began)}*, from {when(began)} to {when(ended)}, by Daybreak's "
        f"own clock.{refused} Compared while nobody wrote: {rows} rows in {tables} tables, counted "
        f"and summed.{unseen}"
    )


def outage_words(
    migration: Migration, event: SourceFrozen | CopyQuestioned | ReopeningBegan, readers: Readers
) -> str:
    """Of the snapshot method: how long the source may stay closed, and why it opens."""
    source = f"`{migration.source}`"
    if isinstance(event, SourceFrozen):
        return (
            f"*{source} is closed and marked* (attempt {event.epoch}); now it is copied. Not "
            f"opened on the copy by {day(event.reopen_by)}, it reopens by itself."
        )
    reason = safe_lines(event.reason, REASON)
    if isinstance(event, CopyQuestioned):
        return (
            f"*The copy was not found equal.* {reason}\n{mentions(readers.approvers)} "
            f"{mention(migration.requester)}: Retry compares again, Cancel reopens {source}. At "
            f"{day(event.reopen_by)} it reopens by itself."
        )
    return f"*{source} is to take writes again; its copy is void.* {reason}"
