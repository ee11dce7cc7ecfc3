"""Step: automated backups on, where they are off and the requester accepted the interruption."""

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE
from workers.preflight.state import PASSING
from workers.toolbox import Toolbox

# AWS makes a replica from one day on; a week is its own default in the console.
RETENTION_DAYS = 7
_PENDING = "BackupRetentionPeriod"


class EnableBackups:
    """AWS makes a read replica of an instance with automated backups only."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """See that backups are on; turn them on where that was accepted."""
        instance = self._tools.rds.instance(migration.source)
        if instance is None:
            raise Permanent(f"There is no instance `{migration.source}` any more.")
        if instance.status in PASSING or _PENDING in instance.pending:
            return Wait(
                self._tools.settings.poll_seconds,
                f"`{instance.id}` is `{instance.status}` (automated backups are being turned on)",
            )
        if instance.status != AVAILABLE:
            raise Permanent(
                f"`{instance.id}` is `{instance.status}`. Bring it back to `available`, then retry."
            )
        if instance.backup_retention_days > 0:
            return Done({"retention_days": instance.backup_retention_days})
        if not migration.options.accept_backup_interruption:
            raise Permanent(
                f"Automated backups of `{instance.id}` are off, and nobody accepted that turning "
                "them on interrupts it. Turn them on yourself and retry, or cancel, start again "
                "and accept it there."
            )
        journal.intend("enable_backups", instance=instance.id, retention_days=RETENTION_DAYS)
        self._tools.rds.enable_backups(instance.id, RETENTION_DAYS)
        journal.done("enable_backups", instance=instance.id)
        return Wait(
            self._tools.settings.poll_seconds,
            f"Automated backups of `{instance.id}` are being turned on",
        )

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - it leaves them on
        """Leave them on: turning them off would interrupt the source again."""
        if migration.fact("check_source", "backup_retention_days") != 0:
            return Done()
        instance = self._tools.rds.instance(migration.source)
        if instance is None or instance.backup_retention_days == 0:
            return Done()
        days = instance.backup_retention_days
        words = (
            f"Automated backups of `{instance.id}` stay on ({days} days): turning them off would "
            "interrupt it again."
        )
        return Done({"kept": words})
