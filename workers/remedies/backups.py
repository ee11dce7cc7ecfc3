"""Turns automated backups on, at once: AWS interrupts the instance for that, for a moment."""

from migration.errors import Permanent
from migration.remedies import BACKUPS, Offer, RemedyRun
from migration.steps import Done, Outcome, Wait
from workers.preflight.subject import Subject
from workers.remedies.instances import ready, waits_with_it
from workers.remedies.mender import Diary, Mender
from workers.steps.enable_backups import RETENTION_DAYS
from workers.toolbox import Toolbox

# AWS's name of it among the changes that wait.
_PENDING = "BackupRetentionPeriod"


def _offer(subject: Subject) -> Offer | None:
    instance = subject.instance
    if instance.backup_retention_days > 0:
        return None
    on = (f"{instance.id} (backups kept for 0 days → {RETENTION_DAYS} days)",)
    return Offer(BACKUPS, on, {"days": RETENTION_DAYS})


def _apply(run: RemedyRun, tools: Toolbox, diary: Diary) -> Outcome:
    instance = ready(run.source, tools)
    if isinstance(instance, Wait):
        return instance
    if instance.backup_retention_days > 0:
        diary.settle(())
        return Done()
    days = run.offer.params.get("days")
    if not isinstance(days, int) or days < 1:
        raise Permanent("It does not say for how many days. `/migrate check` looks again.")
    waits_with_it(instance, _PENDING)
    if _PENDING not in instance.pending:
        diary.intend(instance.id, "backups kept for 0 days", f"for {days} days")
        tools.rds.enable_backups(instance.id, days)
    return Wait(
        tools.settings.poll_seconds, f"Automated backups of `{instance.id}` are being turned on"
    )


MENDER = Mender(BACKUPS, _offer, _apply)
