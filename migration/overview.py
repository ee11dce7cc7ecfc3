"""All migrations at one glance: what is under way and what ended lately."""

from dataclasses import dataclass

from migration.model import Migration
from migration.ports import Store
from migration.service import LAG, Snapshot


@dataclass(frozen=True)
class Overview:
    """All that is under way, the latest changed first, and what ended last, the latest first."""

    under_way: tuple[Snapshot, ...]
    ended: tuple[Snapshot, ...]


def overview(store: Store, now: float, ended: int) -> Overview:
    """Everything, with as many calls to the store for hundreds as for one.

    Its snapshots have the last reading of the lag alone, and no warnings. `ended` is how many of
    the others are wanted.
    """
    going = sorted(store.under_way(), key=lambda one: one.updated_at, reverse=True)
    glances = store.glances([one.id for one in going], LAG)
    return Overview(
        tuple(
            Snapshot(
                one, (seen.reading,) if seen.reading else (), seen.evidence, now, sync=seen.sync
            )
            for one, seen in zip(going, glances, strict=True)
        ),
        tuple(Snapshot(one, (), None, now) for one in ended_lately(store, ended)),
    )


def ended_lately(store: Store, limit: int) -> list[Migration]:
    """So many that ended last, the latest first."""
    # Those that ended before the store kept when are found among the latest.
    known = {one.id: one for one in store.recent(limit) if one.final}
    known |= {one.id: one for one in store.ended(limit)}
    return sorted(known.values(), key=lambda one: one.updated_at, reverse=True)[:limit]
