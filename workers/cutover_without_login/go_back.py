"""Going back without a login: the source is reopened when the target can't be of use to anybody.

Nothing reopens the source unless the target provably holds no write of a client, and provably
never will. It was in quarantine since it was created, so nobody has written to it. That nobody
will: without the intent of a promotion the replica is deleted first; with one, which forbids
deleting it, it is called abandoned under a newer epoch, and nobody opens what is called so.
"""

import time

from migration.errors import Transient
from migration.steps import Done
from workers.aws.errors import AwsUnavailable, NotInThatState
from workers.closure import SourceState, TargetState
from workers.cutover.attempt import Progress
from workers.cutover.budget import Budget
from workers.cutover.errors import NoTarget
from workers.cutover.go_back import Ending
from workers.cutover.insist import Insistence
from workers.cutover.pause import lead_to, let_go
from workers.cutover_without_login.closed import NotClosed, NotYet, Outside
from workers.cutover_without_login.open_target import let_in
from workers.failpoints import reach
from workers.steps import remove_replica
from workers.steps.poolers import WAY_BACK_SECONDS
from workers.steps.without_login import quarantine
from workers.steps.without_login.create_replica import check_never_promoted

# Deleting an instance and its cluster takes AWS minutes.
DELETION_SECONDS = 1800.0
# Once to reach the deletion, once after it.
LONGEST_WAY_BACK_SECONDS = 2 * WAY_BACK_SECONDS + DELETION_SECONDS
PAUSE_SECONDS = 1.0
LOOK_SECONDS = 0.5


class StillThere(Transient):
    """The replica is still being deleted."""


def go_back(charge: Outside, seconds: float = WAY_BACK_SECONDS) -> Ending:
    """Undo what was done so far, or finish it if clients may have written to the target.

    Raises:
        Superseded: somebody else is in charge by now.
        WayBackFailed: the time was over; the message says what did not work. It can be called
            again.
    """
    charge.settle()
    way = WayBack(charge, seconds)
    if charge.progress < Progress.FENCED:
        charge.pooler_epoch = charge.epoch + 1
        way.insist("let the traffic go", lambda: let_go(charge))
        return Ending.REOPENED
    if charge.progress >= Progress.LIFTED:
        return way.forward()
    later = charge.epoch + 1
    way.insist("raise the epoch", lambda: charge.raise_epoch(later))
    reach("back-epoch")
    return way.to_source()


class WayBack(Insistence):
    """The acts of one way back, each of which can be done again."""

    def __init__(self, charge: Outside, seconds: float = WAY_BACK_SECONDS) -> None:
        """A way back that takes no longer than this, but for the deletion of a replica."""
        super().__init__(charge, Budget(seconds), PAUSE_SECONDS)
        self._charge = charge
        self._seconds = seconds

    def forward(self) -> Ending:
        """The target may have been opened: see that it is, and lead everybody there."""
        charge = self._charge
        self.insist("open the target", lambda: let_in(charge))
        self.insist(
            "lead the traffic to the target", lambda: lead_to(charge, charge.target_endpoint())
        )
        return Ending.OPENED

    def to_source(self) -> Ending:
        """Make the target harmless, then reopen the source."""
        ending = self.insist("make the promotion harmless", self.make_harmless)
        reach("back-harmless")
        self.insist("reopen the source", self.reopen_source)
        reach("back-reopened")
        self.lead_to_source()
        return ending

    def lead_to_source(self) -> None:
        """Let the applications go on with the source, which is open again."""
        charge = self._charge
        self.insist(
            "lead the traffic to the source", lambda: lead_to(charge, charge.source_endpoint())
        )

    def make_harmless(self) -> Ending:
        """Until nobody can ever come to write to the target."""
        charge = self._charge
        try:
            record = charge.target_record()
        except NoTarget:
            return Ending.REMOVED
        if record.state is TargetState.OPENED:
            raise NotClosed("The target's tags say that clients may have written to it.")
        # One that was given up may have been decided on, though its tags show no intent.
        kept = record.promotion or record.state is TargetState.ABANDONED
        if not kept and charge.progress < Progress.PROMOTE_SENT:
            return self._remove()
        if not charge.target_is_closed():
            raise NotClosed("The target is not in quarantine: clients may have written to it.")
        charge.say_target(TargetState.ABANDONED)
        if not charge.target_is_closed():
            raise NotClosed("The target left the quarantine while it was being given up.")
        return Ending.ABANDONED

    def _remove(self) -> Ending:
        """Deletion protection goes off as an act of its own, on record, then all of it goes.

        Raises:
            MayBePromoted: something speaks for a promotion.
            StillThere: AWS takes too long.
        """
        charge, patience = self._charge, Budget(DELETION_SECONDS)
        while True:
            # While AWS is at work nothing may leave for minutes: who is in charge is seen anyhow.
            charge.guard("deleted the replica")
            with charge.acting("deleted the replica"):
                outcome = remove_replica.remove(
                    charge.migration, charge.tools, charge.journal, check_never_promoted
                )
            if isinstance(outcome, Done):
                self._budget = Budget(self._seconds)
                return Ending.REMOVED
            if patience.left <= 0:
                raise StillThere(outcome.reason)
            time.sleep(PAUSE_SECONDS)

    def reopen_source(self) -> None:
        """Put exactly the groups back that were there before, until they are in force."""
        charge = self._charge
        groups = charge.source_record().groups
        if not quarantine.is_in(charge.source_now().security_groups, groups):
            try:
                with charge.acting("reopened the source"):
                    charge.closing.move_instance(charge.source, groups)
            except (AwsUnavailable, NotInThatState) as error:
                raise NotYet(str(error)) from error
            time.sleep(LOOK_SECONDS)
        if not quarantine.is_in(charge.source_now().security_groups, groups):
            raise NotYet("The source's security groups are not in force again yet.")
        charge.say_source(SourceState.OPEN)
