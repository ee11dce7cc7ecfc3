"""What an approver's click does: one conditional commit, and with the last one wanted it begins."""

from collections.abc import Sequence
from dataclasses import replace

from migration import approvals
from migration.approvals import Answer, Click, Decision, Person
from migration.errors import NotPossibleNow
from migration.events import (
    ApprovalRefused,
    ApprovalsVoided,
    Approved,
    Event,
    ScheduledBegan,
)
from migration.freezing import approved_freeze
from migration.model import Approval, Evidence, Migration, Status, WayBack
from migration.plan import ROLL_BACK, plan_hash
from migration.policy import Policy, Rule
from migration.ports import Clock, Inventory, Store
from migration.schedule import work_of
from migration.terms import Terms, Void, by_reason, gate_of, rehearses, terms_at

# A rehearsal is looked for among these.
LATEST = 500

# How long the list of instances is remembered, which the reconciler reads every half minute.
REMEMBER_SECONDS = 5.0


class Approving:
    """Decides by the policy as it stands now."""

    def __init__(self, store: Store, clock: Clock, policy: Policy) -> None:
        """Over these ports."""
        self._store = store
        self._clock = clock
        self._policy = policy
        self._known: Inventory | None = None
        self._read_at = float("-inf")
        self._rehearsals: dict[tuple[str, tuple[str, ...]], str] = {}

    def rule_of(self, migration: Migration) -> Rule:
        """The rule that counts for a migration now."""
        return self.rule_for(migration.source, migration)

    def rule_for(self, source: str, migration: Migration | None = None) -> Rule:
        """The same for a source, whether it is being moved or not."""
        known = []
        if self._policy.asks_for_tags:
            inventory = self._inventory()
            now = inventory.source(source) if inventory else None
            stored = migration.tags if migration else None
            known = [tags for tags in (stored, now.tags if now else None) if tags is not None]
        return self._policy.rule_for(source, known)

    def _inventory(self) -> Inventory | None:
        """As it was a moment ago: many are shown at once, and it is read anew seldom."""
        now = self._clock.now()
        if not 0 <= now - self._read_at < REMEMBER_SECONDS:
            self._known, self._read_at = self._store.inventory(), now
        return self._known

    def terms(
        self,
        migration: Migration,
        gate: str = "",
        evidence: Evidence | None = None,
        people: Sequence[Person] | None = None,
    ) -> Terms:
        """Under which terms that gate opens now; of the one that it stands at, if none is named.

        With `people`, approvals count of those only who are among them, and approvers still.
        """
        rule = self.rule_of(migration)
        return terms_at(
            migration,
            gate or gate_of(migration),
            rule,
            hash_of(migration),
            evidence,
            self._clock.now(),
            None if people is None else {person.id: person for person in people},
            self._rehearsal(migration, rule) if gate_of(migration) else "",
        )

    def _rehearsal(self, migration: Migration, rule: Rule) -> str:
        """The latest that was one, by its id; what is found once stays so."""
        if not rule.rehearsed_on:
            return ""
        key = (migration.id, rule.rehearsed_on)
        if key not in self._rehearsals:
            found = (
                one.id
                for one in self._store.recent(LATEST)
                if rule.may_be_rehearsed_on(one.source) and rehearses(one, migration)
            )
            latest = next(found, "")
            if not latest:
                return ""
            self._rehearsals[key] = latest
        return self._rehearsals[key]

    def may_decide(self, migration_id: str, click: Click, person: Person) -> Decision:
        """Whether this person may open the gate's question."""
        migration = self._store.load(migration_id)
        terms = self.terms(migration, click.gate, self._store.evidence(migration_id))
        return approvals.may_decide(migration, click, person, terms)

    def approve(
        self,
        migration_id: str,
        click: Click,
        person: Person,
        answer: Answer,
        others: Sequence[Person],
    ) -> tuple[Decision, Migration]:
        """Approve; the first granted click wins, and every refusal is recorded.

        `others` are those who approved before, as they were looked up just now.

        Raises:
            Conflict: somebody else decided while this was decided; look again.
        """
        migration = self._store.load(migration_id)
        evidence = self._store.evidence(migration_id)
        now = self._clock.now()
        terms = self.terms(migration, click.gate, evidence, others)
        decision = approvals.decide(migration, click, person, terms, evidence, answer, now)
        if not decision.granted or evidence is None:
            self.refused(migration_id, click.gate, person.id, decision)
            return decision, migration
        approval = Approval(
            gate=click.gate,
            by=person.id,
            at=now,
            evidence=evidence,
            expires_at=_expires_at(terms, click, now),
            checked_at=person.checked_at,
            plan_hash=terms.plan_hash,
            rule=terms.rule.name,
            rule_mark=terms.rule.mark,
            reason=answer.reason.strip()[: approvals.REASON_LENGTH],
            ticket=answer.ticket.strip()[: approvals.TICKET_LENGTH],
            break_glass=click.break_glass,
            begins_at=click.begins_at,
        )
        given = (*_looked_up(terms.given, others), approval)
        begins = click.break_glass or (terms.missing <= 1 and not click.begins_at)
        after = (
            _begun(migration, approval, given, now)
            if begins
            else migration.to(migration.status, updated_at=now, given=given)
        )
        events = [*voided(terms.void, now), _approved(migration, approval, terms)]
        self._store.commit(migration, after, events, work_of(after) if begins else None)
        return decision, after

    def begin_scheduled(self, migration_id: str, people: Sequence[Person]) -> Migration | None:
        """Begin what was approved for now, if it is due; None where nothing was changed.

        `people` are those who approved, as they were looked up just now: of whom is no approver
        any more the approval is void instead.

        Raises:
            Conflict: somebody else decided meanwhile.
        """
        migration = self._store.load(migration_id)
        if migration.status is not Status.WAITING_FOR_APPROVAL:
            # Begun by another, or over: what it began on is nobody's to void.
            return None
        evidence = self._store.evidence(migration_id)
        now = self._clock.now()
        terms = self.terms(migration, evidence=evidence, people=people)
        if evidence is None or not is_due(terms, evidence, now):
            if not terms.void:
                return None
            left = migration.to(migration.status, updated_at=now, given=terms.given)
            self._store.commit(migration, left, voided(terms.void, now))
            return left
        given = _looked_up(terms.given, people)
        after = _begun(migration, replace(given[-1], evidence=evidence), given, now)
        names = tuple(one.by for one in given)
        began = ScheduledBegan(now, terms.gate, names, evidence)
        events = [*voided(terms.void, now), began]
        self._store.commit(migration, after, events, work_of(after))
        return after

    def call_off(self, migration_id: str, by: str) -> Migration:
        """Take back what was approved for later.

        Raises:
            NotPossibleNow: nothing was, or it has begun.
            Conflict: somebody else decided meanwhile.
        """
        migration = self._store.load(migration_id)
        waits = migration.status is Status.WAITING_FOR_APPROVAL
        scheduled = [one for one in migration.given if one.begins_at]
        if not waits or not scheduled:
            raise NotPossibleNow("Nothing is scheduled that could be called off.")
        now = self._clock.now()
        after = migration.to(migration.status, updated_at=now, given=())
        people = tuple(one.by for one in migration.given)
        event = ApprovalsVoided(now, scheduled[0].gate, people, "It was called off.", by)
        self._store.commit(migration, after, [event])
        return after

    def refused(self, migration_id: str, gate: str, by: str, decision: Decision) -> None:
        """Record that somebody tried and was refused."""
        event = ApprovalRefused(self._clock.now(), gate, by, decision.reason.value)
        self._store.append(migration_id, [event])


def hash_of(migration: Migration) -> str:
    """What is approved, as in the audit: source, plan and options, the target among them."""
    return plan_hash(migration.plan, migration.source, migration.target, migration.options)


def is_due(terms: Terms, evidence: Evidence | None, now: float) -> bool:
    """Whether what was approved for later begins now, upon what was seen since that time."""
    if not terms.scheduled_for or terms.missing or terms.held_up or evidence is None:
        return False
    lately = 0 <= now - evidence.at <= approvals.EVIDENCE_LIFETIME_SECONDS
    return lately and evidence.at >= terms.scheduled_for and evidence.holds


def voided(void: Sequence[Void], now: float) -> list[Event]:
    """One for each reason."""
    gates = {one.approval.by: one.approval.gate for one in void}
    return [
        ApprovalsVoided(now, gates[people[0]], people, why)
        for why, people in by_reason(void).items()
    ]


def _expires_at(terms: Terms, click: Click, now: float) -> float:
    """No cut-over begins after its window has closed, or into a freeze."""
    begins = click.begins_at or now
    until = begins + terms.rule.expires_seconds
    if click.break_glass or click.gate == ROLL_BACK:
        return until
    closes = terms.rule.closes_at(begins)
    return until if closes is None else min(until, closes)


def _looked_up(given: Sequence[Approval], others: Sequence[Person]) -> list[Approval]:
    at = {person.id: person.checked_at for person in others}
    return [replace(one, checked_at=at.get(one.by, one.checked_at)) for one in given]


def _begun(
    migration: Migration, approval: Approval, given: Sequence[Approval], now: float
) -> Migration:
    return migration.to(
        Status.ROLLING_BACK if approval.gate == ROLL_BACK else Status.CUTTING_OVER,
        updated_at=now,
        attempts=0,
        approval=approval,
        given=tuple(given),
        aborted="",
        cut_over_began=None,
        freeze=approved_freeze(migration, now),
        problem=None,
    )


def _approved(migration: Migration, approval: Approval, terms: Terms) -> Approved:
    back = approval.gate == ROLL_BACK
    return Approved(
        approval.at,
        approval.gate,
        approval.by,
        approval.evidence,
        without_way_back=not back and migration.options.way_back is WayBack.NONE,
        number=len(terms.given) + 1,
        wanted=terms.wanted,
        expires_at=approval.expires_at,
        plan_hash=approval.plan_hash,
        rule=terms.rule.told(),
        reason=approval.reason,
        ticket=approval.ticket,
        rehearsal=terms.rehearsal,
        begins_at=approval.begins_at,
        break_glass=approval.break_glass,
    )
