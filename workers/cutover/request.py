"""The promotion's request: built and signed before anybody waits, sent when told to."""

import threading
import time
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from migration.errors import DaybreakError
from workers.cutover.attempt import ACT_SECONDS, InCharge
from workers.cutover.budget import check_lease
from workers.cutover.errors import NotSent, OverBudget
from workers.failpoints import reach

# The call itself answers at once, and the promotion goes on behind it; a late answer says nothing.
CALL_SECONDS = ACT_SECONDS
# AWS takes a signature for 15 minutes; a replica that takes long gets a request signed anew.
FRESH_SECONDS = 120.0


@dataclass
class Asked:
    """A promotion that AWS was asked for: the call, and when it was sent (monotonic clock)."""

    call: Future[None]
    sent: float


@dataclass
class _Gate:
    """What a request that is ready waits at."""

    decided: threading.Event = field(default_factory=threading.Event)
    opened: bool = False

    def decide(self, *, opened: bool) -> None:
        """The first decision counts."""
        if not self.decided.is_set():
            self.opened = opened
            self.decided.set()

    def wait(self) -> None:
        """Raises OverBudget when the request is not wanted any more."""
        self.decided.wait()
        if not self.opened:
            raise OverBudget("The promotion was withheld.")


class Request:
    """One request, made ready beforehand; leaving the block without sending it withholds it."""

    def __init__(self, charge: InCharge, calls: Executor) -> None:
        """Nothing is built yet."""
        self._charge = charge
        self._calls = calls
        self._gate = _Gate()
        self._call: Future[None] | None = None
        self._made = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self._gate.decide(opened=False)

    def make_ready(self) -> Future[None]:
        """Build and sign it in a thread of its own, where it waits to be sent."""
        self._gate = _Gate()
        self._made = time.monotonic()
        self._call = _submit(self._charge, self._calls, self._gate)
        return self._call

    def send(self) -> Asked:
        """Let it go."""
        call = self._call
        if call is None or time.monotonic() - self._made > FRESH_SECONDS:
            self._gate.decide(opened=False)
            call = self.make_ready()
        self._gate.decide(opened=True)
        return Asked(call, time.monotonic())


def send(charge: InCharge, calls: Executor) -> Future[None]:
    """Build, sign and send a request at once."""
    gate = _Gate()
    gate.decide(opened=True)
    return _submit(charge, calls, gate)


def _submit(charge: InCharge, calls: Executor, gate: _Gate) -> Future[None]:
    """The call; it is not sent when its sender is no longer in charge as it is about to leave.

    A thread can stand still between the decision and the request, and go on when the source was
    reopened: by its own job, or by a successor.
    """

    def last_look() -> None:
        gate.wait()
        try:
            reach("promote-leaving")
            if charge.goes_back:
                raise OverBudget("The cut-over had gone back before the promotion was sent.")
            check_lease(charge.lease, CALL_SECONDS, "sent the promotion")
        except DaybreakError as error:
            raise NotSent(str(error)) from error

    return calls.submit(
        charge.tools.rds.promote,
        charge.migration.target,
        timeout_seconds=CALL_SECONDS,
        last_look=last_look,
    )
