"""Why somebody's click did nothing, and what they can do."""

from collections.abc import Callable, Mapping

from bot.messages.evidence import failing_words
from bot.messages.modals import FIELD_ERROR
from bot.messages.text import mention, mentions, plain, utc, when
from bot.messages.why_not import no_way_back
from migration.approvals import Reason, is_open
from migration.errors import TooLateToCancel
from migration.model import Approval, Evidence, Migration
from migration.plan import ROLL_BACK

Words = Callable[[Migration, frozenset[str]], str]


def refusal(
    reason: Reason, gate: str, migration: Migration, approvers: frozenset[str], link: str = ""
) -> str:
    """For the person who pressed the button, and for nobody else; mrkdwn."""
    if reason in OUT_OF_DATE:
        words = decided(migration, gate)
    else:
        words = REFUSALS[reason](migration, approvers) if reason in REFUSALS else _not_met()
    live = f" <{link}|The live message>" if link else ""
    return f"{words} Nothing was changed.{live}"


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


def field_error(
    reason: Reason, gate: str, migration: Migration, evidence: Evidence | None, decider: str
) -> str:
    """The same under the field of the modal, where Slack formats nothing."""
    if reason in OUT_OF_DATE:
        approval = _approval_at(migration, gate)
        if approval is not None:
            return f"{plain(decider, 80)} approved this at {utc(approval.at)} already."
        if is_open(migration, gate):
            return "The migration has changed. Close this and press the button again."
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
}
