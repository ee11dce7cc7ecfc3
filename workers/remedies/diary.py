"""Writes down what a remedy does: in its own record, and in the history of a migration."""

from collections.abc import Callable, Collection
from dataclasses import replace

from migration.errors import Transient
from migration.events import ActDone, ActIntended
from migration.ports import Clock, Remedies, Store
from migration.remedies import Change, RemedyRun
from workers import failpoints


class NotAlone(Transient):
    """This process was silent for so long that somebody else goes on with the remedy."""


class RemedyDiary:
    """Implements `workers.remedies.mender.Diary`."""

    def __init__(
        self,
        run: RemedyRun,
        remedies: Remedies,
        store: Store,
        clock: Clock,
        check_alone: Callable[[], None],
    ) -> None:
        """Of one run; `check_alone` raises NotAlone for a process that comes too late."""
        self._check_alone = check_alone
        self._run = run
        self._remedies = remedies
        self._store = store
        self._clock = clock

    @property
    def run(self) -> RemedyRun:
        """See `Diary.run`."""
        return self._run

    def settle(self, left: Collection[str]) -> None:
        """See `Diary.settle`."""
        for change in self._run.changes:
            if not change.done and change.what not in left:
                self.done(change.what)

    def intend(self, what: str, before: str, after: str, **details: object) -> None:
        """See `Diary.intend`."""
        now = self._clock.now()
        if not any(change.what == what for change in self._run.changes):
            change = Change(what, before, after, now, details)
            self.save(replace(self._run, changes=(*self._run.changes, change)))
        told = {"what": what, "before": before, "after": after, "by": self._run.by}
        self._tell(lambda step: ActIntended(now, step, self._run.offer.remedy, told))
        failpoints.reach(f"remedy.{self._run.offer.remedy}.intended")
        self._check_alone()

    def done(self, what: str) -> None:
        """See `Diary.done`."""
        failpoints.reach(f"remedy.{self._run.offer.remedy}.acted")
        now = self._clock.now()
        changes = tuple(
            replace(change, done=True, done_at=now) if change.what == what else change
            for change in self._run.changes
        )
        self.save(replace(self._run, changes=changes))
        self._tell(lambda step: ActDone(now, step, self._run.offer.remedy, {"what": what}))

    def save(self, run: RemedyRun) -> None:
        """Write it down as it is now."""
        self._run = self._remedies.save(run)

    def _tell(self, event: Callable[[str], ActIntended | ActDone]) -> None:
        if self._run.migration:
            self._store.append(self._run.migration, [event("remedy")])
