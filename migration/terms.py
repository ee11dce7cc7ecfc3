"""Under which terms a gate opens at this moment: the rule, the approvals that count, the hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migration.cool_off import in_cool_off
from migration.model import Approval, Evidence, Migration, Status
from migration.plan import ROLL_BACK
from migration.policy import Person, Rule
from migration.windows import Shut

#: An approver is looked up when they press; after so long nobody knows that they still are one.
LOOKED_UP_SECONDS = 15 * 60.0
MINUTE = 60.0


@dataclass(frozen=True)
class Void:
    """An approval that counts no more, and why: a sentence for people."""

    approval: Approval
    why: str


@dataclass(frozen=True)
class Terms:
    """What a decision at a gate is made under."""

    gate: str
    rule: Rule
    plan_hash: str = ""
    #: The approvals that count.
    given: tuple[Approval, ...] = ()
    void: tuple[Void, ...] = ()
    #: What holds a cut-over up now, whoever approves.
    shut: Shut | None = None
    #: The migration that was the rehearsal, by its id; empty where there is none.
    rehearsal: str = ""

    @property
    def lacks_rehearsal(self) -> bool:
        """Whether the rule wants one that there is not: to go back, none is wanted."""
        wanted = bool(self.rule.rehearsed_on) and self.gate != ROLL_BACK
        return wanted and not self.rehearsal

    @property
    def scheduled_for(self) -> float:
        """The later time that something was approved for; 0 for none."""
        return max((one.begins_at for one in self.given), default=0.0)

    @property
    def held_up(self) -> bool:
        """Whether nobody can approve now, whatever the conditions say."""
        return self.shut is not None or self.lacks_rehearsal

    @property
    def wanted(self) -> int:
        """How many people have to approve: to go back, one is enough."""
        return 1 if self.gate == ROLL_BACK else self.rule.approvals

    @property
    def missing(self) -> int:
        """How many are still missing."""
        return max(self.wanted - len(self.given), 0)

    def given_by(self, user: str) -> Approval | None:
        """This person's approval that counts."""
        return next((one for one in self.given if one.by == user), None)


def gate_of(migration: Migration) -> str:
    """The gate that it stands at; empty for none."""
    if in_cool_off(migration):
        return ROLL_BACK
    waiting = migration.status is Status.WAITING_FOR_APPROVAL
    return migration.step.gate if waiting and migration.step else ""


def terms_at(
    migration: Migration,
    gate: str,
    rule: Rule,
    plan_hash: str,
    evidence: Evidence | None,
    now: float,
    people: Mapping[str, Person] | None = None,
    rehearsal: str = "",
) -> Terms:
    """The terms of that gate now.

    With `people` those who approved have to be among them, and approvers still. A way back is
    held up by no window and no freeze.
    """
    given: list[Approval] = []
    void: list[Void] = []
    for approval in migration.given:
        why = (
            why_void(approval, gate, plan_hash, evidence, now)
            or _of_another_rule(approval, rule)
            or _not_an_approver(approval, rule, people)
        )
        if why:
            void.append(Void(approval, why))
        else:
            given.append(approval)
    shut = None if gate == ROLL_BACK else rule.shut_at(now)
    return Terms(gate, rule, plan_hash, tuple(given), tuple(void), shut, rehearsal)


def why_void(
    approval: Approval, gate: str, plan_hash: str, evidence: Evidence | None, now: float
) -> str:
    """Why it counts no more, whatever the policy says; empty while it does.

    It is bound to the conditions that its approver saw hold, and not to their numbers. Without
    newer evidence nothing is known against it: whoever decides needs some of now in any case.
    """
    if approval.gate != gate:
        return f"It was for another gate, `{approval.gate}`."
    if approval.plan_hash != plan_hash:
        return "The plan is another one now."
    if now >= approval.expires_at:
        good = _minutes(approval.expires_at - (approval.begins_at or approval.at))
        return f"It was good for {good}, and that is over."
    if evidence is None or evidence.at <= approval.evidence.at:
        return ""
    if evidence.at < approval.begins_at:
        # Given for later: what is so then counts.
        return ""
    return _no_longer_held(approval.evidence, evidence)


def _no_longer_held(seen: Evidence, evidence: Evidence) -> str:
    failing = [check for check in evidence.checks if check.looked and not check.ok]
    if failing:
        said = "; ".join(f"{check.name}: {check.detail}" for check in failing)
        return f"A condition does not hold any more: {said}."
    gone = sorted(_held(seen) - _held(evidence))
    if gone:
        return f"What was seen to hold is not looked at any more: {', '.join(gone)}."
    return "" if evidence.holds else "No condition was looked at."


def _held(evidence: Evidence) -> frozenset[str]:
    return frozenset(check.name for check in evidence.checks if check.looked and check.ok)


def _of_another_rule(approval: Approval, rule: Rule) -> str:
    if approval.rule_mark == rule.mark:
        return ""
    return f"It was given under the rule `{approval.rule}`, and another one counts now."


def _not_an_approver(approval: Approval, rule: Rule, people: Mapping[str, Person] | None) -> str:
    if people is None:
        return ""
    person = people.get(approval.by)
    if person is None:
        return "Who gave it was not looked up again."
    if not person.member or not person.is_among(rule.approvers):
        return "Who gave it is not an approver any more."
    return ""


def rehearses(before: Migration, migration: Migration) -> bool:
    """Whether one is over that went the very way that this one goes, on another source."""
    return (
        before.status is Status.COMPLETED
        and before.source != migration.source
        and _shape(before) == _shape(migration)
    )


def _shape(migration: Migration) -> tuple[object, ...]:
    """By what steps it goes; not how large, how fast, or where to."""
    plan = migration.plan
    return (plan.method, *((step.name, step.gate, step.variant) for step in plan.steps))


def too_late_to_begin(migration: Migration, now: float) -> str:
    """Why the job that was approved may not begin any more; empty while it may.

    Approved by an older Daybreak, it has no end.
    """
    approvals = migration.given or ((migration.approval,) if migration.approval else ())
    ended = [one for one in approvals if one.expires_at and now >= one.expires_at]
    if ended:
        waited = _minutes(now - max(one.at for one in approvals))
        return (
            "The approval was over before a worker came to it: it was good for "
            f"{_minutes(ended[0].expires_at - ended[0].at)}, and waited for {waited}."
        )
    checked = [one.checked_at for one in approvals if one.checked_at]
    if checked and now - min(checked) > LOOKED_UP_SECONDS:
        return (
            f"Who approved was looked up {_minutes(now - min(checked))} ago: whether they are an "
            "approver still is not known."
        )
    return ""


def _minutes(seconds: float) -> str:
    return f"{max(seconds, 0.0) / MINUTE:.3g} min"


def by_reason(void: Sequence[Void]) -> Mapping[str, tuple[str, ...]]:
    """Who is told the same, by what they are told."""
    found: dict[str, tuple[str, ...]] = {}
    for one in void:
        found[one.why] = (*found.get(one.why, ()), one.approval.by)
    return found
