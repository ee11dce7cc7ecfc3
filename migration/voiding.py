"""Approvals that count no more are taken away as soon as that is seen, and it is said why."""

from migration.approving import hash_of, voided
from migration.errors import Conflict
from migration.model import Evidence, Migration, Status
from migration.ports import Clock, Store
from migration.terms import Void, gate_of, why_void


def void_approvals(store: Store, clock: Clock, migration: Migration, evidence: Evidence) -> None:
    """Upon what was just seen at the gate: those that have expired, or that it speaks against.

    Whoever decides looks for themselves; this is for those who wait. A decision that came first
    leaves nothing to be said.
    """
    if migration.status is not Status.WAITING_FOR_APPROVAL or not migration.given:
        return
    now = clock.now()
    plan = hash_of(migration)
    void = [
        Void(approval, why)
        for approval in migration.given
        if (why := why_void(approval, gate_of(migration), plan, evidence, now))
    ]
    if not void:
        return
    gone = [one.approval for one in void]
    left = tuple(one for one in migration.given if one not in gone)
    after = migration.to(migration.status, updated_at=now, given=left)
    try:
        store.commit(migration, after, voided(void, now))
    except Conflict:
        return
