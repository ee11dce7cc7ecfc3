"""Of whom a migration wants something now: pure."""

from migration.approvals import Person, is_of_now
from migration.cool_off import in_cool_off, is_over
from migration.model import Evidence, Migration, Status


def is_wanted(
    migration: Migration,
    evidence: Evidence | None,
    now: float,
    person: Person,
    approvers: frozenset[str],
    *,
    may_decide: bool,
) -> bool:
    """Whether it waits for this person: to decide, to mend, or to come at once.

    A gate waits for those who may decide at it (`may_decide`), once its conditions hold; a halt for
    whoever asked for the migration, though an approver may help; what is stuck with writes held
    for every approver. `approvers` are ids of people and groups.
    """
    if migration.status is Status.WAITING_FOR_APPROVAL:
        return may_decide and _can_be_decided(migration, evidence, now)
    asked_for_it = person.member and person.id == migration.requester
    if migration.status is Status.HALTED:
        return asked_for_it
    approves = person.member and bool({person.id, *person.groups} & approvers)
    if migration.status in {Status.CUTTING_OVER, Status.ROLLING_BACK}:
        return migration.problem is not None and approves
    if migration.status is Status.FROZEN:
        return migration.problem is not None and (approves or asked_for_it)
    return in_cool_off(migration) and is_over(migration, now) and (approves or asked_for_it)


def _can_be_decided(migration: Migration, evidence: Evidence | None, now: float) -> bool:
    gate = migration.step.gate if migration.step else ""
    return evidence is not None and evidence.holds and is_of_now(migration, gate, evidence, now)
