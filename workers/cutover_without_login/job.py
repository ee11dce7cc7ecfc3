"""The cut-over without a login, from arming to opening, or back: a job that polls in place."""

from migration.model import Facts, Migration
from migration.plan import WITHOUT_LOGIN
from workers.cutover.decision import Decision
from workers.cutover.go_back import Ending
from workers.cutover.pause import hold
from workers.cutover.to_target import ToTarget
from workers.cutover_without_login.arm import arm
from workers.cutover_without_login.attempt import Armed
from workers.cutover_without_login.catch_up import catch_up
from workers.cutover_without_login.close import close, reboot
from workers.cutover_without_login.go_back import LONGEST_WAY_BACK_SECONDS, go_back
from workers.cutover_without_login.open_target import check, open_target, redirect, resume
from workers.cutover_without_login.promote import promote
from workers.failpoints import reach
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.steps.without_login import NOT_LOOKED_AT
from workers.traffic.port import Endpoint

NO_PROBE = "Daybreak has no login, and so no probing clients"


class CutOverWithoutLogin(ToTarget[Armed]):
    """By security groups, a reboot and CloudWatch."""

    quiet = False
    way_back_seconds = LONGEST_WAY_BACK_SECONDS
    hold_act = "hold traffic, close and reboot"
    move_act = "promote, redirect and open"

    def _arm(self, migration: Migration, lease: HeldLease, journal: StoreJournal) -> Armed:
        return arm(migration, self._tools, lease, journal)

    def _intend(self, attempt: Armed) -> None:
        attempt.intend(self.hold_act, source=attempt.source)

    def _phases(self, attempt: Armed, decision: Decision) -> None:
        attempt.still_wanted = decision.check
        with attempt.phase("pause"):
            hold(attempt)
            reach("paused")
        with attempt.phase("close"):
            close(attempt)
        with attempt.phase("reboot"):
            reboot(attempt)
        attempt.note(self.hold_act, groups=list(attempt.groups))
        with attempt.phase("catch_up"):
            catch_up(attempt)
        with attempt.phase("promote"):
            promote(attempt, decision)
        with attempt.phase("check"):
            check(attempt)
        with attempt.phase("redirect"):
            redirect(attempt)
        with attempt.phase("open"):
            open_target(attempt)
            resume(attempt)

    def _go_back(self, attempt: Armed) -> Ending:
        return go_back(attempt)

    def _target(self, attempt: Armed) -> Endpoint:
        return attempt.target_endpoint()

    def _more_facts(self, attempt: Armed) -> Facts:
        return {
            "mode": WITHOUT_LOGIN,
            "probe": {"not_measured": NO_PROBE},
            "not_looked_at": list(NOT_LOOKED_AT),
            "refused_after_seconds": attempt.patience,
        }
