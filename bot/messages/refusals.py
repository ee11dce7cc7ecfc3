"""Why somebody's click did nothing, and what they can do."""

from collections.abc import Callable, Mapping

from bot.messages.approving import counted, shut_words, unrehearsed
from bot.messages.evidence import failing_words
from bot.messages.modals import FIELD_ERROR
from bot.messages.text import mention, mentions, plain, utc, when
from bot.messages.why_not import no_way_back
from migration.approvals import Reason, is_open
from migration.errors import TooLateToCancel
from migration.model import Approval, Evidence, Migration
from migration.plan import ROLL_BACK
from migration.terms import Terms

Words = Callable[[Migration, frozenset[str]], str]


def refusal(
    reason: Reason,
    gate: str,
    migration: Migration,
    approvers: frozenset[str],
    link: str = "",
    terms: Terms | None = None,
) -> str:
    """For the person who pressed the button, and for nobody else; mrkdwn."""
    if reason in OUT_OF_DATE:
        words = decided(migration, gate)
    elif reason in OF_THE_HOUR and terms is not None and terms.shut is not None:
        words = f"Not now: {shut_words(terms.shut)} {_emergency(migration, terms)}"
    elif reason is Reason.NOT_REHEARSED and terms is not None:
        words = f"Not now: {unrehearsed(terms)}"
    elif reason is Reason.APPROVED_ALREADY and terms is not None:
        words = f"You approved this already: {counted(terms)}. The others are still wanted."
    else:
        words = REFUSALS[reason](migration, approvers) if reason in REFUSALS else _not_met()
    live = f" <{link}|The live message>" if link else ""
    return f"{words} Nothing was changed.{live}"


def _emergency(migration: Migration, terms: Terms) -> str:
    return (
        f"In an emergency {mentions(terms.rule.may_break_glass)} can break the glass: "
        f"`/migrate break-glass {migration.id}`."
    )


def _not_met() -> str:
    return "The conditions for this do not hold now."


def _not_an_approver(_migration: Migration, approvers: frozenset[str]) -> str:
    return f"You can't decide here: you are not among the approvers. {mentions(approvers)} can."


def _not_a_member(_migration: Migration, approvers: frozenset[str]) -> str:
    return (
        "You can't decide here: only full members of this workspace can, no guests, no bots, "
        f"nobody from outside. {mentions(approvers)} can."
    )


def _is_requester(migration: Migration, approvers: frozenset[str]) -> str:
    return (
        f"You asked for `{migration.id}`, so somebody else has to decide. "
        f"{mentions(approvers)} can."
    )


def decided(migration: Migration, gate: str) -> str:
    """What has become of the question that a button was drawn for."""
    if is_open(migration, gate):
        return "This button is out of date; the live message has the one that counts."
    if not gate:
        return f"There is nothing to decide now: this migration is {migration.status}."
    if gate == ROLL_BACK:
        return no_way_back(migration)
    approval = _approval_at(migration, gate)
    if approval is not None:
        return f"{mention(approval.by)} approved this at {when(approval.at)} already."
    return f"There is nothing to decide any more: this migration is {migration.status}."


def _approval_at(migration: Migration, gate: str) -> Approval | None:
    """Of this gate, and not of one that was decided before."""
    approval = migration.approval
    return approval if approval is not None and approval.gate == gate else None


def too_late(error: TooLateToCancel) -> str:
    """For whoever cancelled after the promotion was decided."""
    return (
        f"Too late: promotion was sent at {when(error.promoting_since)}; the cut-over goes "
        "forward. Should it fail, it goes back by itself, and you can cancel then."
    )


REFUSALS: Mapping[Reason, Words] = {
    Reason.NOT_A_MEMBER: _not_a_member,
    Reason.NOT_AN_APPROVER: _not_an_approver,
    Reason.IS_REQUESTER: _is_requester,
}
OUT_OF_DATE = frozenset({Reason.STALE, Reason.NOT_WAITING})
OF_THE_HOUR = frozenset({Reason.IN_A_FREEZE, Reason.OUTSIDE_WINDOW})


def field_error(
    reason: Reason, gate: str, migration: Migration, evidence: Evidence | None, decider: str
) -> str:
    """The same under the field of the modal, where Slack formats nothing."""
    if reason in OUT_OF_DATE:
        approval = _approval_at(migration, gate)
        if approval is not None:
            return f"{plain(decider, 80)} approved this at {utc(approval.at)} already."
        if is_open(migration, gate):
            given = migration.given[-1:]
            who = f"{plain(decider, 80)} approved this at {utc(given[0].at)}. " if given else ""
            return f"{who}The migration has changed. Close this and press the button again."
        return f"There is nothing to decide any more: this migration is {migration.status}."
    if reason is Reason.CONDITIONS_NOT_MET and evidence is not None:
        return plain(f"Not now. {failing_words(evidence, FIELD_ERROR)}", FIELD_ERROR)
    return FIELD_ERRORS[reason](migration)


WHO = "The migration's message names who can."
FIELD_ERRORS: Mapping[Reason, Callable[[Migration], str]] = {
    # Without the name: whoever reads it off an error has not thought of it.
    Reason.WRONG_NAME: lambda _: "This is not the source's name, as it stands above.",
    Reason.NOT_A_MEMBER: lambda _: f"Only full members of this workspace decide. {WHO}",
    Reason.NOT_AN_APPROVER: lambda _: f"You are not among the approvers. {WHO}",
    Reason.IS_REQUESTER: lambda _: f"You asked for this migration. Somebody else decides: {WHO}",
    Reason.NO_EVIDENCE: lambda _: "Nothing has been looked at yet. Close this and press again.",
    Reason.EVIDENCE_TOO_OLD: lambda _: (
        "What you see is no longer of now. Close this and press the button again."
    ),
    Reason.CONDITIONS_NOT_MET: lambda _: "The conditions for this do not hold now.",
    Reason.APPROVED_ALREADY: lambda _: "You approved this already. Somebody else is wanted.",
    Reason.IN_A_FREEZE: lambda _: (
        "Changes are frozen now. The migration's message says until when."
    ),
    Reason.OUTSIDE_WINDOW: lambda _: (
        "No window for changes is open now. The migration's message says when one opens."
    ),
    Reason.NOT_REHEARSED: lambda _: (
        "Another source has to be moved by the same steps first: the migration's message says "
        "which."
    ),
    Reason.NO_REASON: lambda _: "Say why: it is recorded with your approval.",
    Reason.NO_TICKET: lambda _: "The rule for this source wants a ticket.",
    Reason.WRONG_TICKET: lambda _: "This is no ticket as the rule for this source wants one.",
}
