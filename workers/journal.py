"""Writes a step's intents and outcomes into the migration's history."""

from datetime import date, datetime
from typing import Any

from migration.events import ActDone, ActIntended
from migration.model import Facts, Reading
from migration.ports import Clock, Store


class StoreJournal:
    """Implements `migration.steps.Journal`."""

    def __init__(
        self, store: Store, clock: Clock, migration_id: str, step: str, *, quiet: bool = False
    ) -> None:
        """The journal of one run of one step; a quiet one leaves the channel for later."""
        self._quiet = quiet
        self._store = store
        self._clock = clock
        self._migration_id = migration_id
        self._step = step

    def intend(self, act: str, **details: object) -> None:
        """See `Journal.intend`."""
        event = ActIntended(self._clock.now(), self._step, act, _plain(details))
        self._store.append(self._migration_id, [event], quiet=self._quiet)

    def done(self, act: str, **details: object) -> None:
        """See `Journal.done`."""
        event = ActDone(self._clock.now(), self._step, act, _plain(details))
        self._store.append(self._migration_id, [event], quiet=self._quiet)

    def reading(self, reading: Reading) -> None:
        """See `Journal.reading`."""
        self._store.add_reading(self._migration_id, reading)


def _plain(details: dict[str, Any]) -> Facts:
    """Only what JSON can say."""
    return {name: _value(value) for name, value in details.items()}


def _value(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _value(part) for name, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(part) for part in value]
    return str(value)
