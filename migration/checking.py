"""The use case behind `/migrate check`: a look at one source that changes nothing."""

import secrets
from collections.abc import Callable

from migration.listing import known
from migration.ports import Checks, Clock, Store
from migration.preflight import CheckRun


class Checking:
    """Has a worker look; the channel is told what it found."""

    def __init__(
        self,
        store: Store,
        checks: Checks,
        clock: Clock,
        new_suffix: Callable[[], str] = lambda: secrets.token_hex(3),
    ) -> None:
        """Over these ports."""
        self._store = store
        self._checks = checks
        self._clock = clock
        self._new_suffix = new_suffix

    def ask(
        self, source: str, target: str, requester: str, channel: str, *, login: bool
    ) -> CheckRun:
        """Queue a look at a source, as it would be moved to that target.

        Raises:
            InvalidOptions: an instance that the list does not have.
        """
        known(self._store.inventory(), source)
        run = CheckRun(
            id=f"check-{source}-{self._new_suffix()}",
            source=source,
            target=target,
            login=login,
            requester=requester,
            channel=channel,
            asked_at=self._clock.now(),
        )
        self._checks.ask(run)
        return run
