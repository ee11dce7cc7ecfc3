"""What an approver's click does: one conditional commit, and with the last one wanted it begins."""

from collections.abc import Sequence
from dataclasses import replace

from migration import approvals
from migration.approvals import Answer, Click, Decision, Person
from migration.audit.head import plan_hash, planned
from migration.events import ApprovalRefused, ApprovalsVoided, Approved, Event
from migration.freezing import approved_freeze
from migration.model import Approval, Evidence, Migration, Status, WayBack
from migration.plan import ROLL_BACK
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
        )
        given = (*_looked_up(terms.given, others), approval)
        begins = click.break_glass or terms.missing <= 1
        after = (
            _begun(migration, approval, given, now)
            if begins
            else migration.to(migration.status, updated_at=now, given=given)
        )
        events = [*voided(terms.void, now), _approved(migration, approval, terms)]
        self._store.commit(migration, after, events, work_of(after) if begins else None)
        return decision, after

    def refused(self, migration_id: str, gate: str, by: str, decision: Decision) -> None:
        """Record that somebody tried and was refused."""
        event = ApprovalRefused(self._clock.now(), gate, by, decision.reason.value)
        self._store.append(migration_id, [event])


def hash_of(migration: Migration) -> str:
    """What is approved, as in the audit: source, plan and options, the target among them."""
    return plan_hash(planned(migration.source, migration.plan, migration.options))


def voided(void: Sequence[Void], now: float) -> list[Event]:
    """One for each reason."""
    gates = {one.approval.by: one.approval.gate for one in void}
    return [
        ApprovalsVoided(now, gates[people[0]], people, why)
        for why, people in by_reason(void).items()
    ]


def _expires_at(terms: Terms, click: Click, now: float) -> float:
    """No cut-over begins after its window has closed, or into a freeze."""
    until = now + terms.rule.expires_seconds
    if click.break_glass or click.gate == ROLL_BACK:
        return until
    closes = terms.rule.closes_at(now)
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
        break_glass=approval.break_glass,
    )
