"""The cut-over with a login to both databases, from arming to opening, or back.

A switchover is the one kind of step in the project that waits: nothing in the write pause may
depend on a queue, and no time-out of RQ applies to it. Each phase is a file beside this one.
"""

from migration.model import Facts, Migration
from workers.cutover.arm import arm
from workers.cutover.attempt import Attempt
from workers.cutover.check import check, claim, look_inside
from workers.cutover.decision import Decision
from workers.cutover.drain import drain, see_received
from workers.cutover.errors import Stragglers
from workers.cutover.go_back import Ending, go_back
from workers.cutover.on_source import on_source
from workers.cutover.open_target import lift, redirect, resume
from workers.cutover.pause import hold
from workers.cutover.prepare_slots import prepare_slots
from workers.cutover.prepare_way_back import prepare_way_back
from workers.cutover.promote import ask_for_promotion, see_promoted
from workers.cutover.put_up_fence import close, look_again
from workers.cutover.request import Request
from workers.cutover.to_target import ToTarget
from workers.failpoints import reach
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.steps.poolers import WAY_BACK_SECONDS
from workers.traffic.port import Endpoint


class CutOver(ToTarget[Attempt]):
    """By fence, marker and claim in the databases themselves."""

    quiet = True
    way_back_seconds = WAY_BACK_SECONDS
    hold_act = "hold traffic and fence"
    move_act = "promote, claim, redirect and open"

    def _arm(self, migration: Migration, lease: HeldLease, journal: StoreJournal) -> Attempt:
        return arm(migration, self._tools, lease, journal)

    def _intend(self, attempt: Attempt) -> None:
        attempt.journal.intend(self.hold_act, epoch=attempt.epoch, source=attempt.source)

    def _phases(self, attempt: Attempt, decision: Decision) -> None:
        with Request(attempt, attempt.calls) as request:
            request.make_ready()
            self._to_the_target(attempt, decision, request)

    def _to_the_target(self, attempt: Attempt, decision: Decision, request: Request) -> None:
        with attempt.phase("pause"):
            hold(attempt)
            reach("paused")
        decision.check()
        with attempt.phase("fence"):
            proof = close(attempt)
            reach("fenced")
        with attempt.phase("drain"):
            deciding = drain(attempt, decision)
            # Beside the proof; it is looked at once more before anything is lifted.
            look_again(attempt.databases.source)
            see_received(attempt)
            proof.result()
            reach("drained")
        with attempt.phase("promote"):
            asked = ask_for_promotion(attempt, request, deciding)
            # While AWS and the target are at work: before that, it would only hold them up.
            attempt.note(self.hold_act, roles=attempt.roles)
            inside = attempt.background.submit(on_source, attempt, look_inside)
            see_promoted(attempt, asked)
            reach("promoted")
        with attempt.phase("check"):
            claim(attempt)
            reach("claimed")
            redirecting = attempt.background.submit(redirect, attempt)
            source = inside.result()
            # Beside the check of the target; nothing is lifted before both are through.
            looking = attempt.background.submit(on_source, attempt, look_again)
            check(attempt, source)
            looking.result()
            reach("checked")
        prepare_slots(attempt, asked=attempt.slots_noted)
        prepare_way_back(attempt)
        with attempt.phase("redirect"):
            redirecting.result()
            reach("redirected")
        with attempt.phase("open"):
            lift(attempt)
            reach("lifted")
            resume(attempt)
            reach("resumed")

    def _go_back(self, attempt: Attempt) -> Ending:
        return go_back(attempt)

    def _why(self, attempt: Attempt, error: Exception) -> str:
        why = super()._why(attempt, error)
        if attempt.ended and not isinstance(error, Stragglers):
            why += f" Sessions that the fence ended: {'; '.join(attempt.ended)}."
        return why

    def _target(self, attempt: Attempt) -> Endpoint:
        return attempt.doors.to_target

    def _more_facts(self, attempt: Attempt) -> Facts:
        return {
            "probe": attempt.prober.facts((attempt.began_at, attempt.ended_at)),
            "way_back": attempt.way_back,
            "slots": list(attempt.slots),
            "roles_fenced": len(attempt.roles),
            "sessions_ended": list(attempt.ended),
        }
