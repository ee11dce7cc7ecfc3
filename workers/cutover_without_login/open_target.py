"""Check, redirect and open: AWS's view of the closed target, the poolers, then its own groups.

Putting the target behind the applications' groups is the pivot. It is made only right after the
tags of both were read again.
"""

import time
from contextlib import suppress

from workers.aws.errors import AwsUnavailable, NotInThatState
from workers.aws.resources import AVAILABLE
from workers.closure import SourceState, TargetState
from workers.cutover.attempt import Progress
from workers.cutover.budget import Budget
from workers.cutover.errors import TargetNotFit
from workers.cutover.pause import let_go
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.closed import NotClosed, NotYet, Outside
from workers.cutover_without_login.promote import stands_alone
from workers.failpoints import reach

LOOK_SECONDS = 0.5
# A change of groups takes AWS seconds.
IN_FORCE_SECONDS = 60.0


def check(attempt: Attempt) -> None:
    """The promoted target, still closed, as AWS shows it.

    Raises:
        TargetNotFit: the cut-over goes back.
    """
    # A promotion may restart instances: they get the time that is left.
    while wrong := _wrong(attempt):
        if attempt.budget.left <= 0:
            raise TargetNotFit("AWS does not show a target that is fit: " + "; ".join(wrong))
        time.sleep(LOOK_SECONDS)
    see_both_closed(attempt)
    reach("checked")


def _wrong(attempt: Attempt) -> list[str]:
    cluster = attempt.target_now()
    wrong = [] if stands_alone(cluster) else [f"it is {cluster.status}, or a replica"]
    if not any(member.writer for member in cluster.members):
        wrong.append("it shows no writer")
    for member in cluster.members:
        instance = attempt.tools.rds.instance(member.instance)
        if instance is None or instance.status != AVAILABLE:
            wrong.append(f"its instance {member.instance} is not available")
    return wrong


def see_both_closed(attempt: Outside) -> None:
    """By groups and tags.

    Raises:
        NotClosed: one of them is not.
    """
    if not (attempt.source_is_closed() and attempt.target_is_closed()):
        raise NotClosed("Somebody changed the security groups of the source or of the target.")
    target = attempt.target_record()
    source = attempt.source_record()
    if source.state is not SourceState.CLOSED or target.state is not TargetState.CLOSED:
        raise NotClosed(f"The tags say: source {source.state}, target {target.state}.")
    if target.epoch != attempt.epoch:
        raise NotClosed(f"The target's tags show epoch {target.epoch}.")


def redirect(attempt: Attempt) -> None:
    """Lead the traffic, held or refused, to the target."""
    attempt.budget.check("was about to redirect the traffic")
    attempt.guard("redirected the traffic")
    attempt.tools.traffic.point_to(
        attempt.source,
        attempt.target_endpoint(),
        epoch=attempt.epoch,
        timeout_seconds=attempt.budget.left,
    )
    reach("redirected")


def open_target(attempt: Attempt) -> None:
    """From here on going back would lose what clients write."""
    attempt.budget.check("was about to open the target")
    see_both_closed(attempt)
    attempt.progress = Progress.LIFTED
    attempt.say_target(TargetState.OPENED)
    reach("opening")
    let_in(attempt)
    reach("opened")


def let_in(charge: Outside) -> None:
    """Behind the applications' groups, until that is in force; it can be done again.

    Raises:
        NotYet: it is not in force so far.
    """
    if charge.target_is_open():
        return
    # An unclear answer: the looks that follow tell.
    with suppress(AwsUnavailable, NotInThatState), charge.acting("opened the target"):
        charge.closing.move_cluster(charge.migration.target, charge.groups)
    budget = Budget(IN_FORCE_SECONDS)
    while not charge.target_is_open():
        if budget.left <= 0:
            raise NotYet("The target's security groups are not in force yet.")
        time.sleep(LOOK_SECONDS)


def resume(charge: Outside) -> None:
    """Let the traffic go."""
    let_go(charge)
    charge.progress = Progress.OPEN
    reach("resumed")
