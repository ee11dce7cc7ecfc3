"""Enlarges a source's storage, so that it holds the WAL that is kept while it is copied."""

import math

from migration.errors import Permanent
from migration.remedies import ENLARGE_STORAGE, Offer, RemedyRun
from migration.steps import Done, Outcome, Wait
from workers.aws.cloudwatch import FREE_STORAGE, Metric
from workers.preflight.storage import GIB, room
from workers.preflight.subject import Subject
from workers.remedies.instances import ready, waits_with_it
from workers.remedies.mender import Diary, Mender
from workers.toolbox import Toolbox

# AWS enlarges by a tenth at least.
LEAST_GROWTH = 1.1
# One look's rate of WAL says little of the next hours.
SPARE = 1.2
# Metrics come every minute; whoever waits for longer waits in vain.
PATIENCE_SECONDS = 600.0
_PENDING = "AllocatedStorage"


def _offer(subject: Subject) -> Offer | None:
    instance = subject.instance
    found = room(subject)
    if found is None or found.wanted <= found.free:
        return None
    missing = (found.wanted * SPARE - found.free) / GIB
    size = math.ceil(max(instance.storage_gib + missing, instance.storage_gib * LEAST_GROWTH))
    on = (f"{instance.id} ({instance.storage_gib} GiB → {size} GiB)",)
    return Offer(ENLARGE_STORAGE, on, {"gib": size})


def _apply(run: RemedyRun, tools: Toolbox, diary: Diary) -> Outcome:
    wanted = run.offer.params.get("gib")
    if not isinstance(wanted, int):
        raise Permanent("It does not say to which size. `/migrate check` looks again.")
    known = tools.rds.instance(run.source)
    if known is not None and known.storage_gib >= wanted:
        # AWS goes on optimizing for hours: the room is there.
        diary.settle(())
        return _seen(diary.run, tools)
    instance = ready(run.source, tools)
    if isinstance(instance, Wait):
        return instance
    waits_with_it(instance, _PENDING)
    if _PENDING not in instance.pending:
        diary.intend(instance.id, f"{instance.storage_gib} GiB", f"{wanted} GiB")
        tools.rds.enlarge_storage(instance.id, wanted)
    return Wait(tools.settings.poll_seconds, f"The storage of `{instance.id}` is being enlarged")


def _seen(run: RemedyRun, tools: Toolbox) -> Outcome:
    """Done once CloudWatch knows of it, too: the check goes by what it says."""
    changed = max((change.done_at for change in run.changes), default=0.0)
    metric = Metric(FREE_STORAGE, run.source, "Minimum")
    point = tools.metrics.latest([metric])[metric]
    late = tools.clock.now() - changed > PATIENCE_SECONDS
    if late or (point is not None and point.at >= changed):
        return Done()
    return Wait(tools.settings.poll_seconds, "CloudWatch does not show the new room yet")


MENDER = Mender(ENLARGE_STORAGE, _offer, _apply)
