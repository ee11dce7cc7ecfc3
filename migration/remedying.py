"""The use case behind the buttons that mend: one remedy, asked for once, recorded, carried out."""

import secrets
from collections.abc import Callable

from migration.errors import NotPossibleNow
from migration.events import RemedyEnded, RemedyRequested
from migration.model import Migration
from migration.ports import Checks, Clock, Remedies, Store
from migration.preflight import CheckRun
from migration.remedies import BY_NAME, Offer, RemedyRun, why_not_now

CALLED_OFF = "It was called off before anything was done."


class Remedying:
    """Has a worker mend what a check found, as the question said."""

    def __init__(
        self,
        store: Store,
        checks: Checks,
        remedies: Remedies,
        clock: Clock,
        new_suffix: Callable[[], str] = lambda: secrets.token_hex(3),
    ) -> None:
        """Over these ports."""
        self._store = store
        self._checks = checks
        self._remedies = remedies
        self._clock = clock
        self._new_suffix = new_suffix

    def look(self, check_run: str) -> CheckRun:
        """The look that a button stands under.

        Raises:
            NotPossibleNow: it is not known any more.
        """
        run = self._checks.load(check_run)
        if run is None or run.report is None:
            raise NotPossibleNow("That look is too old. `/migrate check` looks again.")
        return run

    def latest(self, source: str) -> CheckRun | None:
        """The latest look at a source that found something out."""
        run = self._checks.latest(source)
        return run if run is not None and run.report is not None else None

    def under_way(self, source: str) -> Migration | None:
        """The migration of this source."""
        return next((one for one in self._store.under_way() if one.source == source), None)

    def ask(self, check_run: str, remedy: str, by: str, shown: str) -> tuple[RemedyRun, bool]:
        """Have it done; gives the run, and whether this asked for it: one under way stays alone.

        `shown` is the mark of the offer that this person read: a look is done again, under the
        same name, whenever a remedy of its source has ended.

        Raises:
            NotPossibleNow: it is not offered any more, is another one by now, or a migration
                stands against it.
        """
        look = self.look(check_run)
        check, offer = offered(look, remedy)
        if offer.mark != shown:
            raise NotPossibleNow(
                f"`{look.source}` was looked at again since you were shown this, and it would be "
                "done to something else now. Nothing was changed: read the report as it is now, "
                "or have `/migrate check` look again."
            )
        migration = self.under_way(look.source)
        known = BY_NAME.get(offer.remedy)
        against = why_not_now(known, migration) if known else "Daybreak does not know it any more."
        if against:
            raise NotPossibleNow(against)
        now = self._clock.now()
        run = RemedyRun(
            id=f"remedy-{look.source}-{self._new_suffix()}",
            source=look.source,
            check=check,
            offer=offer,
            by=by,
            asked_at=now,
            check_run=look.id,
            migration=migration.id if migration else "",
        )
        stored = self._remedies.ask(run)
        if stored.id == run.id and migration is not None:
            event = RemedyRequested(now, by, offer.remedy, offer.on)
            self._store.append(migration.id, [event])
        return stored, stored.id == run.id

    def call_off(self, run_id: str, by: str) -> RemedyRun:
        """End one that waits for its time.

        Raises:
            NotPossibleNow: it has begun or is over, or there is none.
        """
        off = self._remedies.call_off(run_id, by, self._clock.now())
        if off is None:
            raise NotPossibleNow("It has begun or is over: there is nothing to call off.")
        migration = self.under_way(off.source)
        if migration is not None:
            event = RemedyEnded(off.ended_at, by, off.offer.remedy, (), CALLED_OFF)
            self._store.append(migration.id, [event])
        return off

    def load(self, run_id: str) -> RemedyRun:
        """One of them.

        Raises:
            NotPossibleNow: there is none.
        """
        run = self._remedies.load(run_id)
        if run is None:
            raise NotPossibleNow("There is no such remedy.")
        return run


def offered(look: CheckRun, name: str) -> tuple[str, Offer]:
    """The offer of that remedy, or of that check, with the check's name.

    Raises:
        NotPossibleNow: there is none.
    """
    for result in look.report.worst_first if look.report else ():
        for offer in result.offers:
            if name in {offer.remedy, result.check}:
                return result.check, offer
    raise NotPossibleNow(
        f"As `{look.source}` was last looked at, Daybreak has nothing to mend there. "
        "`/migrate check` looks again."
    )
