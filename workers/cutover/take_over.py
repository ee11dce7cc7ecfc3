"""Taking over: a successor finishes what a cut-over left that died, or undoes it.

It asks the servers what is true, never only the journal. It first makes itself the only one whom
the databases obey: it ends its predecessor's sessions and raises the epoch in the row that every
act checks. A predecessor that wakes up afterwards finds that nothing of it is obeyed any more.

Everything here can be done again: a successor may die as well, and has a successor of its own.
"""

import logging
from dataclasses import dataclass
from functools import partial

import psycopg

from migration.errors import DaybreakError
from migration.model import Migration
from workers.cutover.attempt import Attempt, Charge, Databases, Doors, Progress
from workers.cutover.budget import Budget
from workers.cutover.check import check, claim, look_inside
from workers.cutover.errors import NoTarget, Superseded, WayBackFailed
from workers.cutover.go_back import Ending, WayBack, go_back
from workers.cutover.on_source import NO_ANSWER, SOURCE_SECONDS, on_source
from workers.cutover.on_target import on_target
from workers.cutover.open_target import lift, redirect, resume
from workers.cutover.prepare_slots import prepare_slots
from workers.cutover.prepare_way_back import prepare_way_back
from workers.cutover.put_up_fence import look_again
from workers.failpoints import reach
from workers.postgres import fence, sessions
from workers.postgres.connect import (
    CUT_OVER_APPLICATION_NAME,
    Connection,
    DatabaseUnreachable,
    value,
)
from workers.postgres.fence import Fence, State
from workers.steps.poolers import WAY_BACK_SECONDS
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)

# A predecessor goes back under the epoch after its own: a successor's lies above both.
ABOVE = 2


@dataclass(frozen=True)
class Target:
    """What the target says of itself; `gone` when AWS knows no such cluster."""

    promoted: bool = False
    row: Fence | None = None
    gone: bool = False

    @property
    def has_everything(self) -> bool:
        """By its own row alone: promoted with the marker that was written under the fence.

        A marker is taken away by the next fence, and the way back changes the state.
        """
        return (
            self.promoted
            and self.row is not None
            and self.row.state in {State.FENCED, State.CLAIMED}
            and self.row.marker > 0
        )

    @property
    def returns(self) -> bool:
        """Whether it was closed to roll back: the source may not have all of its writes."""
        return self.promoted and self.row is not None and self.row.state is State.RETURNING

    @property
    def takes_writes(self) -> bool:
        """Whether clients were let in."""
        return self.promoted and self.row is not None and self.row.state is State.OPENED

    def is_copy_of(self, source: Fence) -> bool:
        """Whether it was promoted with all that the fenced source had, and nobody wrote since."""
        return (
            self.has_everything
            and self.row is not None
            and source.state is State.FENCED
            and self.row.marker == source.marker
        )


class TakeOver:
    """One successor; `charge.epoch` is raised to its own by `take_charge`."""

    def __init__(self, charge: Charge, seconds: float = WAY_BACK_SECONDS) -> None:
        """A successor that gives up for now when the time is over."""
        self._charge = charge
        self._way = WayBack(charge, Budget(seconds))
        self._seconds = seconds
        self._tried = False

    def run(self, *, forward: bool = True) -> Ending:
        """Have one of the databases take writes again; `forward` prefers a promoted target.

        Raises:
            Superseded: somebody else has taken over from this one.
            WayBackFailed: not yet; it can be run again.
        """
        charge = self._charge
        found = self._found_on_source(forward=forward)
        reach("successor-took-charge")
        if found is None:
            return self._go_forward(None)
        if found.state is State.OPEN:
            return self._see_to_open_source()
        # Nobody can begin to claim a replica that has replayed the new epoch; one that was
        # promoted without it says so itself.
        target = self._way.insist("look at the target", self.look_at_target)
        if target.takes_writes:
            charge.pooler_epoch = charge.epoch
            self._way.lead_to_target()
            return Ending.OPENED
        charge.progress = Progress.PROMOTE_SENT
        if forward and target.is_copy_of(found):
            return self._go_forward(found)
        if target.promoted and target.row is not None:
            self._way.insist("take charge of the target", self._take_charge_of_target)
            # The poolers may have been led there.
            charge.progress = Progress.CLAIMED
        return go_back(charge, self._seconds)

    def take_charge(self) -> Fence:
        """End the predecessor's sessions on the source and raise the epoch there.

        Gives the row as the predecessor left it, under the new epoch.
        """
        charge = self._charge
        with charge.doors.log_in_to_source() as source:
            found = own_row(source, charge)
            sessions.end_ours(source, CUT_OVER_APPLICATION_NAME)
            found = own_row(source, charge)
            if not self._tried:
                charge.epoch = max(charge.epoch, found.epoch + ABOVE)
            # Once that was sent, a row of this very epoch is ours: an answer can be lost.
            self._tried = True
            reach("successor-looked")
            # Of this very row: one that changed meanwhile, by a commit on its way, is read anew.
            return _supersede(source, found, charge.epoch)

    def _found_on_source(self, *, forward: bool) -> Fence | None:
        """The row as the predecessor left it, the source now in our charge.

        None when the source does not answer, and the target has everything without a doubt: then
        nothing is needed of the source. Whoever was about to reopen it has to give the target up
        first, and finds that this is the successor's.
        """
        if forward:
            way = WayBack(self._charge, Budget(SOURCE_SECONDS))
            try:
                return way.insist("take charge of the source", self.take_charge)
            except WayBackFailed:
                if self._target_has_everything():
                    return None
        return self._way.insist("take charge of the source", self.take_charge)

    def _target_has_everything(self) -> bool:
        try:
            return self.look_at_target().has_everything
        except (DaybreakError, psycopg.Error):
            return False

    def _see_to_open_source(self) -> Ending:
        """It was never fenced, or has been reopened: the applications go on with it."""
        charge = self._charge
        self._refuse_two_open()
        charge.pooler_epoch = charge.epoch
        self._way.lead_to_source(redirected=True)
        target = self._way.insist("look at the target", self.look_at_target)
        return Ending.ABANDONED if target.promoted else Ending.REOPENED

    def _refuse_two_open(self) -> None:
        """Only hands can have done that; whose writes count, nobody but people can say."""
        try:
            target = self.look_at_target()
        except (DaybreakError, psycopg.Error):
            # The source is open whatever the target says: its applications do not wait for it.
            return
        if target.takes_writes:
            raise WayBackFailed(
                "The source and the target both take writes, and Daybreak leads nobody to either. "
                "Have the applications stop, and see who has written where."
            )

    def _take_charge_of_target(self) -> None:
        with self._charge.doors.log_in_to_target() as target:
            _supersede(target, own_row(target, self._charge), self._charge.epoch)

    def look_at_target(self, *, end_others: bool = True) -> Target:
        """What it says now; raises when it does not answer and AWS still knows it.

        A promoted target's other sessions of ours are a predecessor's, and are ended.
        """
        charge = self._charge
        try:
            with charge.doors.log_in_to_target() as target:
                promoted = not value(target, "SELECT pg_is_in_recovery()")
                if promoted and end_others:
                    sessions.end_ours(target, CUT_OVER_APPLICATION_NAME)
                try:
                    return Target(promoted, fence.read(target))
                except fence.NoFence:
                    return Target(promoted)
        except (DatabaseUnreachable, NoTarget):
            cluster = charge.tools.rds.cluster(charge.migration.target)
            if cluster is not None:
                # A describe can be late: one that knew of no endpoint is not the last word.
                charge.doors.target = cluster.endpoint
                raise
            return Target(gone=True)

    def _go_forward(self, source: Fence | None) -> Ending:
        """The target has everything and nobody writes to the source: open the target."""
        charge = self._charge
        # Neither way is possible without the target, so one login that fails decides nothing.
        target = self._way.insist("log in to the target", charge.doors.log_in_to_target)
        charge.progress = Progress.PROMOTE_SENT
        attempt = Attempt(
            migration=charge.migration,
            epoch=charge.epoch,
            tools=charge.tools,
            lease=charge.lease,
            journal=charge.journal,
            tell=charge.tell,
            doors=charge.doors,
            progress=charge.progress,
            databases=Databases(None, target, target_is_new=True),
            budget=Budget(charge.migration.options.max_write_pause_seconds),
            marker=source.marker if source else fence.marker(target),
        )
        if source is None:
            attempt.checked["source"] = NO_ANSWER
        try:
            # A source that does not answer is nothing to go back to: it opens with what it has.
            _open(attempt, complete=source is not None)
        except (DaybreakError, psycopg.Error):
            log.exception("%s goes back", charge.migration.id)
            return go_back(attempt, self._seconds)
        else:
            return Ending.OPENED
        finally:
            attempt.close()


def own_row(connection: Connection, charge: Charge) -> Fence:
    """The row, if it is this migration's: one that stood still may find the next one's.

    Its epoch would not tell: a successor's own lies above whatever it finds.

    Raises:
        Superseded: another migration has begun on this database since.
    """
    found = fence.read(connection)
    if found.migration != charge.migration.id:
        raise Superseded
    return found


def open_doors(migration: Migration, tools: Toolbox) -> Doors:
    """Where both databases are by what AWS says now, and the login.

    Raises:
        WayBackFailed: AWS knows no such source.
    """
    instance = tools.rds.instance(migration.source)
    if instance is None or instance.endpoint is None:
        raise WayBackFailed(f"AWS knows no endpoint of `{migration.source}`.")
    cluster = tools.rds.cluster(migration.target)
    return Doors(
        login=tools.secrets.login(migration.source),
        ca_file=tools.settings.rds_ca_file,
        source=instance.endpoint,
        target=cluster.endpoint if cluster else None,
        read_login=partial(tools.secrets.login, migration.source),
    )


def _open(attempt: Attempt, *, complete: bool) -> None:
    """From a promoted target to an open one, as the cut-over itself goes there.

    `complete`: not without consumers' slots and a required way back.
    """
    _claim(attempt)
    reach("successor-claimed")
    check(attempt, on_source(attempt, look_inside))
    # Whoever takes over may know nothing of the plan: the database itself says which were wanted.
    prepare_slots(attempt, asked=True, needed=complete)
    prepare_way_back(attempt, needed=complete)
    redirect(attempt)
    reach("successor-redirected")
    on_source(attempt, look_again)
    lift(attempt)
    reach("successor-lifted")
    resume(attempt)


def _claim(attempt: Attempt) -> None:
    """Take the target from the predecessor: from here on it obeys this epoch alone."""

    def supersede(target: Connection) -> Fence:
        return _supersede(target, fence.read(target), attempt.epoch)

    if on_target(attempt, "took charge of the target", supersede).state is State.CLAIMED:
        attempt.progress = Progress.CLAIMED
    else:
        claim(attempt)


def _supersede(connection: Connection, found: Fence, epoch: int) -> Fence:
    """Take over from this row; gives it as it was found, and raises NotMine if it is another."""
    if found.epoch > epoch:
        raise Superseded
    if found.epoch < epoch:
        fence.supersede(connection, found, epoch)
    return found
