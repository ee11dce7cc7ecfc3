"""Approvals in words: how many there are, what holds the gate shut, and what was approved."""

from bot.messages.evidence import check_lines
from bot.messages.readers import Readers
from bot.messages.text import day, duration, mention, mentions, quoted, safe, when
from migration.approvals import Click, wants_reason, wants_ticket
from migration.events import ApprovalsVoided, Approved, ScheduledBegan
from migration.model import Approval, Migration
from migration.plan import PROMOTE, ROLL_BACK
from migration.policy import DEFAULT
from migration.service import Snapshot
from migration.terms import Terms
from migration.windows import Shut

REASON = 500
TICKET = 100
RULE = 60
VOID = 900
HASH = 12
NOBODY = "Nothing is wanted of anybody."


def counted(terms: Terms) -> str:
    """How many approve, who, and until when each counts; empty where none has to be counted."""
    if terms.wanted <= 1:
        return ""
    by = [f"by {mention(one.by)} {_counts(one)}" for one in terms.given]
    return ", ".join([f"{len(terms.given)} of {terms.wanted} approvals", *by])


def _counts(approval: Approval) -> str:
    """Until when it does, or from when on."""
    if approval.begins_at:
        return f"for {day(approval.begins_at)}"
    return f"until {when(approval.expires_at)}"


def shut_words(shut: Shut) -> str:
    """Why nothing may begin now, and when it may."""
    freeze = shut.freeze
    if freeze is None:
        why = "No window for changes is open."
    else:
        said = f": {safe(freeze.why, REASON)}" if freeze.why else ""
        why = f"Changes are frozen from {freeze.first} to {freeze.last}{said}."
    opens = f" It opens at {day(shut.opens_at)}." if shut.opens_at is not None else ""
    return f"{why}{opens}"


def deciders(migration: Migration, terms: Terms | None, article: str = "an") -> str:
    """Who may, as a part of a sentence."""
    if terms is not None and terms.rule.requester_may_approve:
        return f"{article} approver"
    return f"{article} approver other than {mention(migration.requester)}"


def ready(snapshot: Snapshot, approvers: frozenset[str], name: str) -> str:
    """At a gate whose conditions hold: who is wanted, or what they wait for; mrkdwn."""
    migration, terms = snapshot.migration, snapshot.terms
    decider = deciders(migration, terms)
    if terms is not None and terms.scheduled_for and not terms.missing:
        return f"*About to begin, as scheduled.* {NOBODY}"
    if terms is None or terms.wanted <= 1:
        return (
            f"*Ready to {name.lower()}.* {mentions(approvers)}: {decider} decides, with *{name}*."
        )
    more = f"{terms.missing} {'more ' if terms.given else ''}of you"
    but = "" if terms.rule.requester_may_approve else f", not {mention(migration.requester)}"
    return (
        f"*Ready to {name.lower()}, with {counted(terms)}.* {mentions(approvers)}: {more}{but}, "
        f"with *{name}*. It begins with the last."
    )


def held_up(terms: Terms, name: str) -> str:
    """The same where the hour, or what has not been done before, is against it."""
    if terms.scheduled_for and terms.shut is not None:
        return _scheduled(terms, terms.shut)
    why = []
    if terms.lacks_rehearsal:
        why.append(unrehearsed(terms))
    if terms.shut is not None:
        why.append(shut_words(terms.shut))
    later = (
        ""
        if terms.lacks_rehearsal or terms.gate != PROMOTE
        else " *Schedule* approves it for then."
    )
    return (
        f"*The conditions hold, and the gate is shut.* {' '.join(why)} {NOBODY} {name} appears "
        f"then.{later}"
    )


def _scheduled(terms: Terms, shut: Shut) -> str:
    """While it waits for its time: what has to be so then, and who is still wanted."""
    at = day(terms.scheduled_for)
    count = f", with {counted(terms)}" if counted(terms) else ""
    if terms.missing:
        wanted = f"{mentions(terms.rule.approvers)}: {terms.missing} more, with *Schedule*."
        return f"*To begin at {at}{count}.* {wanted} {shut_words(shut)}"
    return (
        f"*Scheduled for {at}{count}.* It begins then if every condition holds and whoever "
        f"approved may still; *Call off* takes it back until then. {NOBODY}"
    )


def unrehearsed(terms: Terms) -> str:
    """What has to be done on another source first."""
    names = " or ".join(quoted(one, RULE) for one in terms.rule.rehearsed_on)
    return (
        f"The rule {quoted(terms.rule.name, RULE)} wants a completed migration of {names} by the "
        "same steps first, and there is none."
    )


def begun_by(migration: Migration) -> str:
    """Who approved what is under way, when, and whether the glass was broken for it."""
    approval = migration.approval
    if approval is None:
        return ""
    before = [one.by for one in migration.given if one.by != approval.by]
    people = " and ".join(mention(one) for one in (*before, approval.by))
    if approval.break_glass:
        return f":rotating_light: {mention(approval.by)} broke the glass at {when(approval.at)}. "
    return f"Approved by {people} at {when(approval.at)}. "


def called(migration: Migration, readers: Readers) -> str:
    """Whom the call for an approval is for."""
    requester = readers.name(migration.requester)
    count = f"{readers.wanted} of you" if readers.wanted > 1 else "anyone of you"
    but = "" if readers.requester_too else f" but {requester}"
    return f"{mentions(readers.approvers)}: {count}{but}."


def asked_under(terms: Terms, click: Click) -> list[str]:
    """What whoever is about to approve reads of the terms; mrkdwn."""
    lines = []
    if click.begins_at:
        lines.append(
            f":clock3: *For {day(click.begins_at)}, and not now.* Then every condition is looked "
            "at again, and whether whoever approved may still: if not, nothing begins, and the "
            "thread says why. Until then *Call off* takes it back."
        )
    if click.break_glass:
        lines.append(_glass(terms))
    elif terms.wanted > 1 and click.begins_at:
        lines.append(f"*{counted(terms)}.* Yours is number {len(terms.given) + 1}.")
    elif terms.wanted > 1:
        number = len(terms.given) + 1
        comes = (
            "with it, it begins at once"
            if number >= terms.wanted
            else f"it counts for {duration(terms.rule.expires_seconds)}, and nothing begins yet"
        )
        lines.append(f"*{counted(terms)}.* Yours is number {number}: {comes}.")
    if terms.rehearsal:
        lines.append(f"Rehearsed: `{terms.rehearsal}` was completed by the same steps.")
    rule = "" if terms.rule.name == DEFAULT else f" · rule {quoted(terms.rule.name, RULE)}"
    lines.append(f"Plan `{terms.plan_hash[:HASH]}`{rule}")
    return lines


def _glass(terms: Terms) -> str:
    left_out = [
        f"{terms.wanted} approvals" if terms.wanted > 1 else "a second person",
        *([shut_words(terms.shut).rstrip(".")] if terms.shut else []),
    ]
    return (
        ":rotating_light: *This breaks the glass.* It begins without "
        f"{', and although: '.join(left_out)}. Every condition below counts as ever. "
        f"{mentions(terms.rule.approvers)} are told at once, with your reason, and it stands out "
        "in the audit."
    )


def asks_for_reason(terms: Terms | None, click: Click) -> bool:
    """Whether there is a field for it."""
    return terms is not None and wants_reason(terms.rule, click)


def asks_for_ticket(terms: Terms | None) -> bool:
    """The same; it may be one that can be left empty."""
    return terms is not None and (terms.rule.ticket_required or bool(terms.rule.ticket_pattern))


def may_be_left_out(terms: Terms, click: Click) -> bool:
    """Whether a ticket can be."""
    return not wants_ticket(terms.rule, click)


def approval_words(
    migration: Migration, event: Approved | ApprovalsVoided | ScheduledBegan, readers: Readers
) -> str:
    """A person's approval, and on what, or that it counts no more; whoever is wanted is called."""
    if isinstance(event, ApprovalsVoided):
        return _voided_words(event, readers)
    if isinstance(event, ScheduledBegan):
        names = " and ".join(readers.name(one) for one in event.people)
        head = f"*It begins as scheduled*, approved by {names}, on what was seen at "
        return "\n".join([f"{head}{when(event.evidence.at)}:", *check_lines(event.evidence.checks)])
    back = event.gate == ROLL_BACK
    what = "Roll back approved" if back else "Approved"
    who = readers.name(event.by)
    number = f" ({event.number} of {event.wanted})" if event.wanted > 1 else ""
    later = f" for {day(event.begins_at)}" if event.begins_at else ""
    head = f"*{what}*{number}{later} by {who}, on what was seen at {when(event.evidence.at)}:"
    if event.break_glass:
        head = (
            f":rotating_light: *{who} broke the glass*: {what.lower()} without what the rule "
            f"{quoted(str(event.rule.get('name', '')), RULE)} asks for. "
            f"{mentions(readers.approvers)}, please look. On what was seen at "
            f"{when(event.evidence.at)}:"
        )
    lines = [head, *check_lines(event.evidence.checks)]
    if event.reason:
        lines.append(f"Reason: {safe(event.reason, REASON)}")
    if event.ticket:
        lines.append(f"Ticket: {safe(event.ticket, TICKET)}")
    if event.without_way_back:
        lines.append(f"Accepted: going back from an open `{migration.target}` would lose writes.")
    if event.number < event.wanted and not event.break_glass:
        lines.append(
            f"{mentions(readers.approvers)}: {event.wanted - event.number} more, by somebody else, "
            f"until {when(event.expires_at)}; after that it counts no more."
        )
    return "\n".join(lines)


def _voided_words(event: ApprovalsVoided, readers: Readers) -> str:
    """Whose approval counts no more, and why."""
    names = ", ".join(readers.name(one) for one in event.people)
    if event.by:
        return f"*Called off* by {readers.name(event.by)}: the approval of {names} counts no more."
    return (
        f"*Void*: the approval of {names}. {safe(event.reason, VOID)} Whoever still wants it "
        "approves anew."
    )
