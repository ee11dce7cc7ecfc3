"""Take-overs under way, each in a thread of its own: one that waits holds up nobody."""

import logging
import threading

from migration.errors import Conflict, DaybreakError, NoSuchMigration
from migration.model import Status
from workers.app import Workbench
from workers.leases import held

log = logging.getLogger(__name__)


class Successions:
    """What the reconciler does about cut-overs that nobody carries out any more."""

    def __init__(self, bench: Workbench) -> None:
        """None is under way."""
        self._bench = bench
        self._threads: dict[str, threading.Thread] = {}

    def begin(self, migration_id: str) -> None:
        """Take this one over, unless that is under way."""
        known = self._threads.get(migration_id)
        if known is not None and known.is_alive():
            return
        thread = threading.Thread(
            target=self._take_over, args=(migration_id,), name=f"succession-{migration_id}"
        )
        self._threads[migration_id] = thread
        thread.start()

    def finish(self) -> None:
        """Wait for those under way."""
        for thread in self._threads.values():
            thread.join()

    def _take_over(self, migration_id: str) -> None:
        bench = self._bench
        try:
            lease = bench.store.lease(migration_id, bench.settings.lease_seconds)
            if lease is None:
                return
            with held(lease, bench.settings.lease_seconds) as holder:
                migration = bench.store.load(migration_id)
                if migration.status is Status.CUTTING_OVER and migration.cut_over_began is not None:
                    log.warning("%s: nobody carries out its cut-over; taking over", migration_id)
                    bench.succession(migration).run(migration, holder)
        except (Conflict, NoSuchMigration):
            log.info("%s has moved on", migration_id)
        except DaybreakError as error:
            log.warning("%s could not be taken over yet: %s", migration_id, error)
        except Exception:
            log.exception("%s could not be taken over yet", migration_id)
