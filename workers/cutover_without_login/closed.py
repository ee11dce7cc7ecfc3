"""Being in charge of two databases that can only be closed, opened and looked at from outside."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from migration.errors import Permanent, Transient
from workers import closure
from workers.aws.closing import CALL_SECONDS, Closing
from workers.aws.errors import AwsUnavailable
from workers.aws.last_look import looking
from workers.aws.resources import Cluster, Instance, Tags
from workers.closure import SourceRecord, SourceState, TargetRecord, TargetState
from workers.cutover.attempt import InCharge
from workers.cutover.budget import check_lease
from workers.cutover.errors import NoTarget, Superseded
from workers.failpoints import reach
from workers.steps.without_login import quarantine
from workers.traffic.port import Endpoint

# A tag that was written may show a moment later.
SAY_TIMES = 5
SAY_AGAIN_SECONDS = 0.5


class NotClosed(Permanent):
    """What has to be closed is open: somebody else changed its security groups or its tags."""


class NotYet(Transient):
    """AWS does not show yet what was asked of it."""


@dataclass
class Outside(InCharge):
    """The means: AWS's calls, each behind a look at the tags.

    AWS's calls can't be conditional. What stands in for that: when a request is about to leave, the
    source's tags have to show this very epoch still, and then no less of the lease may be left than
    the act may take; a successor writes its own epoch there first. What slips through (a call that
    AWS carries out late) finds a target that nobody opens, or no target at all, and poolers that
    obey the successor.
    """

    #: The groups that let the applications in, on both sides.
    groups: tuple[str, ...] = ()
    #: The quarantine group's id.
    quarantine: str = ""

    @property
    def closing(self) -> Closing:
        """AWS's calls."""
        return self.tools.rds.closing

    # what is true

    def source_now(self) -> Instance:
        """Raises NotYet: without an answer there is nothing to decide on."""
        found = self.tools.rds.instance(self.source)
        if found is None:
            raise NotYet(f"AWS knows no instance `{self.source}`.")
        return found

    def target_now(self) -> Cluster:
        """Raises NoTarget."""
        found = self.tools.rds.cluster(self.migration.target)
        if found is None:
            raise NoTarget
        return found

    def source_endpoint(self) -> Endpoint:
        """Where the source is."""
        endpoint = self.source_now().endpoint
        if endpoint is None:
            raise NotYet(f"AWS knows no endpoint of `{self.source}`.")
        return endpoint

    def target_endpoint(self) -> Endpoint:
        """Where the target is."""
        endpoint = self.target_now().endpoint
        if endpoint is None:
            raise NotYet(f"AWS knows no endpoint of `{self.migration.target}`.")
        return endpoint

    def source_record(self) -> SourceRecord:
        """What the source's tags say now."""
        found = closure.source_record(self.closing.tags(self.source_now().arn))
        if found is None:
            raise NotClosed(f"The tags of `{self.source}` say nothing of a cut-over.")
        return found

    def target_record(self) -> TargetRecord:
        """What the target's tags say now; raises NoTarget."""
        found = closure.target_record(self.closing.tags(self.target_now().arn))
        if found is None:
            raise NotClosed(f"The tags of `{self.migration.target}` say nothing of a cut-over.")
        return found

    def source_is_closed(self) -> bool:
        """By AWS's word: in quarantine alone, and that is in force."""
        return quarantine.is_in(self.source_now().security_groups, (self.quarantine,))

    def target_is_closed(self) -> bool:
        """The same of the target, the cluster and each of its instances."""
        return self._target_is_in((self.quarantine,))

    def target_is_open(self) -> bool:
        """Behind the applications' groups, all in force."""
        return self._target_is_in(self.groups)

    def _target_is_in(self, groups: Sequence[str]) -> bool:
        cluster = self.target_now()
        members = [self.tools.rds.instance(member.instance) for member in cluster.members]
        standing = [cluster.security_groups, *(m.security_groups for m in members if m)]
        return all(quarantine.is_in(memberships, tuple(groups)) for memberships in standing)

    # acts

    def guard(self, act: str) -> None:
        """Before each act.

        Raises:
            LeaseTooShort: somebody else may take over before it is done.
            NotYet: AWS does not say who is in charge.
            Superseded: somebody else has taken over.
        """
        try:
            found = self.source_record()
        except AwsUnavailable as error:
            # Of the look, not of the call: nothing was asked for, so nothing is unclear.
            raise NotYet(f"AWS does not say who is in charge: {error}") from error
        if found.epoch != self.epoch:
            raise Superseded
        # The look took time: the lease is judged last.
        check_lease(self.lease, CALL_SECONDS, act)

    @contextmanager
    def acting(self, act: str) -> Iterator[None]:
        """Guard the mutating calls of the block, each when its request is about to leave."""

        def last_look() -> None:
            reach(f"{act.replace(' ', '-')}-leaving")
            self.guard(act)

        with looking(last_look):
            yield

    def say_source(self, state: SourceState) -> None:
        """Write what the source is, before it is made so, and see it stand there."""
        arn = self.source_now().arn
        self._say(arn, {closure.STATE_TAG: state.value}, f"called the source {state}")

    def say_target(self, state: TargetState) -> None:
        """Write what the target is, before it is made so, and see it stand there."""
        arn = self.target_now().arn
        self._say(arn, {closure.STATE_TAG: state.value}, f"called the target {state}")

    def intend_promotion(self) -> None:
        """Write on the target that it is going to be promoted, and see it stand there."""
        arn = self.target_now().arn
        self._say(arn, {closure.PROMOTION_TAG: str(self.epoch)}, "intended the promotion")

    def _say(self, arn: str, tags: Tags, act: str) -> None:
        for _ in range(SAY_TIMES):
            with suppress(AwsUnavailable), self.acting(act):
                self.closing.tag(arn, tags)
            if tags.items() <= self.closing.tags(arn).items():
                return
            time.sleep(SAY_AGAIN_SECONDS)
        raise NotYet(f"AWS does not show the tags {dict(tags)} on `{arn}`.")

    def raise_epoch(self, epoch: int) -> None:
        """On both: from here on nothing of an older attempt is obeyed."""

        def last_look() -> None:
            reach("raised-the-epoch-leaving")
            if self.source_record().epoch > epoch:
                raise Superseded
            check_lease(self.lease, CALL_SECONDS, "raised the epoch")

        with looking(last_look):
            self.closing.tag(self.source_now().arn, {closure.EPOCH_TAG: str(epoch)})
            cluster = self.tools.rds.cluster(self.migration.target)
            if cluster is not None:
                self.closing.tag(cluster.arn, {closure.EPOCH_TAG: str(epoch)})
        if self.source_record().epoch != epoch:
            raise Superseded
        self.epoch = self.pooler_epoch = epoch
