"""The use case behind `/migrate check` and the form: a look at a source that changes nothing."""

import secrets
from collections.abc import Callable

from migration.listing import known
from migration.model import Options
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
        self,
        source: str,
        target: str,
        requester: str,
        channel: str,
        *,
        login: bool,
        options: Options | None = None,
        form: str = "",
    ) -> CheckRun:
        """Queue a look at a source, as it would be moved to that target.

        A `form` that waits for it gives all the `options` that are chosen there.

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
            options=options,
            form=form,
        )
        self._checks.ask(run)
        return run
