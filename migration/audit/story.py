"""A migration's story as it is told: its history, the chain over it, and its calls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from migration.audit.chain import Chain, chained, events_to_seal
from migration.events import ActDone, ActIntended
from migration.model import Facts, Migration
from migration.ports import Recorded, Store


@dataclass(frozen=True)
class Story:
    """What an audit tells."""

    migration: Migration
    history: tuple[Recorded, ...]
    chain: Chain


def story_of(store: Store, migration_id: str) -> Story:
    """All that the store has; raises NoSuchMigration."""
    return _told(store, store.load(migration_id), store.stored_events(migration_id))


def sealed_story(store: Store, migration_id: str) -> Story | None:
    """Up to the seal: the same whenever it is asked for; None while the migration is under way.

    What was recorded after the end, as a late click that was refused, is left out.
    """
    stored = store.stored_events(migration_id)
    kept = events_to_seal(stored)
    return _told(store, store.load(migration_id), stored[:kept]) if kept else None


def _told(store: Store, migration: Migration, stored: Sequence[str]) -> Story:
    # A history only grows: what came meanwhile is left for the next look.
    history = store.events(migration.id)[: len(stored)]
    return Story(migration, tuple(history), chained(migration, stored))


@dataclass(frozen=True)
class Call:
    """A mutating call: the number of its intent, and its answer as far as one is recorded."""

    number: int
    intent: ActIntended
    #: The number of the answer; 0 where there is none.
    answered: int = 0
    seconds: float = 0.0
    answer: Facts | None = None


def calls(history: Sequence[Recorded]) -> list[Call]:
    """Every mutating call, in the order of the intents.

    An answer belongs to the latest intent of its step and act that has none: whoever calls again
    after a crash intends again.
    """
    found: dict[int, Call] = {}
    for recorded in history:
        event = recorded.event
        if isinstance(event, ActIntended):
            found[recorded.number] = Call(recorded.number, event)
        elif isinstance(event, ActDone):
            asked = _asked(found, event)
            if asked is not None:
                found[asked.number] = replace(
                    asked,
                    answered=recorded.number,
                    seconds=event.at - asked.intent.at,
                    answer=event.details,
                )
    return list(found.values())


def _asked(found: dict[int, Call], done: ActDone) -> Call | None:
    for call in reversed(found.values()):
        same = (call.intent.step, call.intent.act) == (done.step, done.act)
        if same and not call.answered:
            return call
    return None
