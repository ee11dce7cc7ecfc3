"""Taking over an outage: the copy is opened where that was decided, else the source is.

Until the switch has decided for it, by a commit in the store, nobody may claim the copy. So a copy
that is still being made, or that does not answer, keeps no source closed.
"""

import logging

from workers.cutover.attempt import Progress
from workers.cutover.budget import Budget
from workers.cutover.errors import WayBackFailed
from workers.cutover.go_back import Ending, WayBack, go_back
from workers.cutover.on_source import SOURCE_SECONDS
from workers.cutover.take_over import TakeOver, Target
from workers.failpoints import reach
from workers.postgres.fence import Fence, State

log = logging.getLogger(__name__)


class CopyTakeOver(TakeOver):
    """A successor of the freeze, of the switch, or of nobody: the time was over."""

    def run(self, *, forward: bool = True) -> Ending:
        """See `TakeOver.run`; `forward` only where the switch had decided for the copy."""
        if forward:
            return super().run(forward=True)
        charge, way = self._charge, self._way
        found = way.insist("take charge of the source", self.take_charge)
        reach("successor-took-charge")
        copy = self._look_at_copy(found)
        if copy and copy.takes_writes:
            return self._keep_open(found)
        if found.state is State.OPEN:
            charge.pooler_epoch = charge.epoch
            way.lead_to_source(redirected=True)
            return Ending.REOPENED
        charge.progress = Progress.FENCED
        if copy and copy.is_copy_of(found):
            # It would be void by its epoch alone; it says so itself where it can.
            way.insist("take charge of the copy", self._take_charge_of_target)
            charge.progress = Progress.CLAIMED
        return go_back(charge, self._seconds)

    def _keep_open(self, source: Fence) -> Ending:
        """Only hands have opened the copy; whoever did so closed nothing else."""
        if source.state is State.OPEN:
            raise WayBackFailed(
                "The source and its copy both take writes, and Daybreak leads nobody to either. "
                "Have the applications stop, and see who has written where."
            )
        self._charge.pooler_epoch = self._charge.epoch
        self._way.lead_to_target()
        return Ending.OPENED

    def _look_at_copy(self, source: Fence) -> Target | None:
        """What it says; None where that can't matter.

        An epoch on the source that the store knows nothing of was raised by hand, and then the
        copy may have been opened by hand as well: it has to answer.
        """
        charge = self._charge
        if self._way.insist("ask AWS for the copy", self.is_unborn):
            return None
        if source.epoch > charge.migration.epoch:
            return self._way.insist("look at the copy", self.look_at_target)
        soon = WayBack(charge, Budget(SOURCE_SECONDS))
        try:
            return soon.insist("look at the copy", self.look_at_target)
        except WayBackFailed as error:
            log.warning("%s: nobody had decided for its copy: %s", charge.migration.id, error)
            return None

    def is_unborn(self) -> bool:
        """Whether nobody can ever have logged in to it: no instance of it has been up."""
        charge = self._charge
        cluster = charge.tools.rds.cluster(charge.migration.target)
        if cluster is None:
            return True
        charge.doors.target = cluster.endpoint
        found = [charge.tools.rds.instance(member.instance) for member in cluster.members]
        return {instance.status for instance in found if instance} <= {"creating"}
