"""Writes the audit of what has ended into the bucket, once; what goes wrong is said, and repeated.

Nothing waits for it: the migration is over, and its thread has the same lines.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from migration.audit.report import report
from migration.audit.story import Story, sealed_story
from migration.errors import DaybreakError, NoSuchMigration, StoreUnavailable
from migration.events import AuditKept, AuditNotKept
from migration.ports import Audits, Clock, Lease, Recorded, Store
from workers import failpoints
from workers.aws.vault import Hold, Vault
from workers.settings import WorkerSettings

log = logging.getLogger(__name__)

DAY_SECONDS = 24 * 3600.0
# Who writes for longer has lost it, and records nothing: the next one does.
LEASE_SECONDS = 20.0
FOLDER = "daybreak"


@dataclass(frozen=True)
class AuditKeeping:
    """What writes audits, and what it rests on."""

    store: Store
    audits: Audits
    vault: Vault
    settings: WorkerSettings
    clock: Clock

    def write(self, migration_id: str) -> None:
        """Have it written, unless it was; whoever else is at it is left alone."""
        lease = self.store.lease(migration_id, LEASE_SECONDS)
        if lease is None:
            return
        try:
            self._write(migration_id, lease)
        finally:
            lease.release()

    def _write(self, migration_id: str, lease: Lease) -> None:
        story = self._ended(migration_id)
        if story is None:
            self.audits.done(migration_id)
            return
        history = self.store.events(migration_id, len(story.history))
        if not any(isinstance(one.event, AuditKept) for one in history):
            outcome = self._keep(story)
            if not lease.renew():
                return
            if isinstance(outcome, AuditNotKept):
                self._not_kept(migration_id, history, outcome)
                return
            self.store.append(migration_id, [outcome])
        self.audits.done(migration_id)

    def _ended(self, migration_id: str) -> Story | None:
        try:
            return sealed_story(self.store, migration_id)
        except NoSuchMigration:
            return None

    def _keep(self, story: Story) -> AuditKept | AuditNotKept:
        """Write it; gives what is to be recorded of that."""
        migration_id, hold = story.migration.id, self._hold(story)
        key = f"{FOLDER}/{migration_id}/audit.jsonl"
        try:
            self.vault.keep(key, story.chain.text, hold)
            # Words may differ from one version of Daybreak to the next: the lines are what counts.
            readable = f"{FOLDER}/{migration_id}/audit.txt"
            self.vault.keep(readable, report(story, {}), hold, same=False)
        except StoreUnavailable:
            raise
        except DaybreakError as error:
            return AuditNotKept(self.clock.now(), str(error))
        failpoints.reach("audit.written")
        until = hold.until if hold else None
        return AuditKept(self.clock.now(), self.vault.place(key), story.chain.last, until)

    def _hold(self, story: Story) -> Hold | None:
        """From the end of the migration on; from now on where that is over."""
        seconds = self.settings.audit_retention_days * DAY_SECONDS
        if not seconds:
            return None
        now = self.clock.now()
        until = story.history[-1].event.at + seconds
        return Hold(until if until > now else now + seconds, self.settings.audit_retention_mode)

    def _not_kept(
        self, migration_id: str, history: Sequence[Recorded], event: AuditNotKept
    ) -> None:
        """Said once for each thing that is wrong, and tried again later."""
        log.warning("The audit of %s is not written: %s", migration_id, event.reason)
        said = [one.event.reason for one in history if isinstance(one.event, AuditNotKept)]
        if event.reason not in said[-1:]:
            self.store.append(migration_id, [event])
        self.audits.put_off(migration_id, event.at + self.settings.audit_retry_seconds)
