"""Reboots a source so that its parameters come into force: now, or in its maintenance window."""

from datetime import UTC, datetime

from migration.errors import Permanent
from migration.remedies import REBOOT_IN_WINDOW, REBOOT_NOW, Offer, RemedyRun
from migration.steps import Done, Outcome, Wait
from workers.aws.resources import Instance
from workers.preflight.subject import Subject
from workers.remedies.instances import ready
from workers.remedies.mender import Diary, Mender
from workers.steps import windows
from workers.toolbox import Toolbox

IN_SYNC, PENDING = "in-sync", "pending-reboot"
# A reboot takes minutes at most. It is never sent twice: whether one was is not known before.
SETTLE_SECONDS = 600.0
# The window may be moved meanwhile.
LONGEST_SLEEP_SECONDS = 300.0


def _offer_now(subject: Subject) -> Offer | None:
    return _offer(subject.instance, REBOOT_NOW, "now")


def _offer_in_window(subject: Subject) -> Offer | None:
    instance = subject.instance
    when = f"in its window {instance.maintenance_window} (UTC)"
    return _offer(instance, REBOOT_IN_WINDOW, when) if instance.maintenance_window else None


def _offer(instance: Instance, name: str, when: str) -> Offer | None:
    if instance.parameter_status != PENDING:
        return None
    return Offer(name, (f"{instance.id}, {when}",), {"parameter_group": instance.parameter_group})


def _apply_now(run: RemedyRun, tools: Toolbox, diary: Diary) -> Outcome:
    instance = ready(run.source, tools)
    if isinstance(instance, Wait):
        return instance
    if instance.parameter_status == IN_SYNC:
        diary.settle(())
        return Done()
    return _reboot(instance, run, tools, diary)


def _apply_in_window(run: RemedyRun, tools: Toolbox, diary: Diary) -> Outcome:
    """The same once the window is open; a reboot by anybody else before that is as good."""
    instance = ready(run.source, tools)
    if isinstance(instance, Wait) or instance.parameter_status == IN_SYNC or run.changes:
        return _apply_now(run, tools, diary)
    window = instance.maintenance_window
    if not window:
        raise Permanent(f"`{instance.id}` has no maintenance window any more.")
    left = windows.until_weekly(window, datetime.fromtimestamp(tools.clock.now(), UTC))
    if left:
        seconds = min(left, LONGEST_SLEEP_SECONDS)
        return Wait(seconds, f"`{instance.id}` is rebooted in its window `{window}` (UTC)")
    return _reboot(instance, run, tools, diary)


def _reboot(instance: Instance, run: RemedyRun, tools: Toolbox, diary: Diary) -> Outcome:
    if instance.parameter_status != PENDING:
        raise Permanent(
            f"The parameters of `{instance.id}` are `{instance.parameter_status}`: a reboot does "
            "not put them in force. It was not rebooted."
        )
    words = f"`{instance.id}` is being rebooted"
    if run.changes:
        if tools.clock.now() - run.changes[0].at > SETTLE_SECONDS:
            raise Permanent(
                f"The reboot of `{instance.id}` was to be sent {SETTLE_SECONDS / 60:.0f} minutes "
                f"ago, and its parameters are `{PENDING}` still. It is not sent twice: look at its "
                "events, then press again."
            )
        return Wait(tools.settings.poll_seconds, words)
    if instance.parameter_group != run.offer.params.get("parameter_group"):
        raise Permanent(
            f"`{instance.id}` has another parameter group than when this was asked for: "
            f"`{instance.parameter_group}`. It was not rebooted. `/migrate check` looks again."
        )
    diary.intend(instance.id, f"parameters {PENDING}", "rebooted, in force")
    tools.rds.closing.reboot(instance.id)
    return Wait(tools.settings.poll_seconds, words)


NOW = Mender(REBOOT_NOW, _offer_now, _apply_now)
IN_WINDOW = Mender(REBOOT_IN_WINDOW, _offer_in_window, _apply_in_window)
