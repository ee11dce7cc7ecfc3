"""A cut-over that stands in its pause for as long as a test needs: armed, and not yet fenced."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from cutover_ground import Ground, eventually

from migration.model import Migration


def be_patient(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause outlasts what a test does in it; a pause fits into half of a lease."""
    for name, value in {"LEASE": "80", "PAUSE": "40", "LONGEST_TRANSACTION": "60"}.items():
        monkeypatch.setenv(f"DAYBREAK_{name}_SECONDS", value)
    ground.compose()


@contextmanager
def held_in_the_pause(ground: Ground, approved: Migration) -> Iterator[list[Migration]]:
    """It waits for a transaction within the block; what came of it is in the list at its end."""
    outcome: list[Migration] = []
    job = threading.Thread(target=lambda: outcome.append(ground.cut_over(approved)))
    with psycopg.connect(ground.app_dsn, prepare_threshold=None) as held:
        held.execute("SELECT count(*) FROM seen")
        job.start()
        eventually(
            lambda: ground.store.load(approved.id).cut_over_began is not None, "the cut-over"
        )
        yield outcome


def ended(ground: Ground, outcome: list[Migration]) -> Migration:
    """The migration when its cut-over's job is over."""
    eventually(lambda: bool(outcome), "the end of the cut-over")
    return ground.store.load(outcome[0].id)
