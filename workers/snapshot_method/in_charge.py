"""A closed source that no process holds: what a step may do there, and who looks after it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from migration.errors import DaybreakError
from migration.model import Migration, Status
from migration.ports import Store
from migration.schedule import REDRIVE_SECONDS, job_of, work_of
from workers.app import Workbench
from workers.aws import last_look
from workers.cutover.attempt import ACT_SECONDS
from workers.cutover.budget import check_lease
from workers.failpoints import reach
from workers.leases import HeldLease
from workers.snapshot_method.watch import DRIVEN, driven, reason_to_reopen

# A step whose queries were bounded by the outage's end is over a moment later.
OVER_SECONDS = 10.0
LOOK_SECONDS = 1.0


@contextmanager
def in_an_outage(migration: Migration, bench: Workbench, holder: HeldLease) -> Iterator[None]:
    """Around a step's work: it is noted that somebody does it, and nothing of it comes late.

    A process that stood still while the source was reopened finds its lease gone, and sends nothing
    to AWS any more. For other steps than an outage's it does nothing.
    """
    freeze = migration.freeze
    if migration.status is not Status.FROZEN or freeze is None:
        yield
        return
    now = bench.clock.now()
    bench.store.add_reading(migration.id, driven(now))
    # Whoever hangs does not keep the reconciler from reopening the source.
    holder.limit(max(freeze.reopen_by - now, 0.0) + OVER_SECONDS)

    def look() -> None:
        reach("outage-call-leaving")
        check_lease(holder, ACT_SECONDS, "sent it")

    step = job_of(migration)
    with _let_go_when_over(migration, bench.store, holder), last_look.looking(look):
        reach(f"{step}-begun")
        yield
        reach(f"{step}-answered")


@contextmanager
def _let_go_when_over(migration: Migration, store: Store, holder: HeldLease) -> Iterator[None]:
    """Whoever has the source reopened does not wait for a comparison that takes minutes."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            with suppress(DaybreakError):
                if store.load(migration.id).version != migration.version:
                    holder.limit(0.0)
                    return

    thread = threading.Thread(target=watch, name="outage", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def look_after(migration: Migration, bench: Workbench, now: float) -> None:
    """The reconciler's part: have the next step done, or the source reopened."""
    readings = bench.store.readings(migration.id, DRIVEN)
    patience = bench.settings.undriven_seconds
    why = reason_to_reopen(migration, readings, now, patience)
    if why:
        bench.recorder.reopen_source(migration, why)
        return
    freeze, work = migration.freeze, work_of(migration)
    until = freeze.reopen_by if freeze else now
    bench.store.look_again(migration.id, min(now + REDRIVE_SECONDS, until) if work else until)
    if work is not None:
        bench.engine.submit(work)
