"""A cancel is not held up by what can't be set back, and nothing is set back twice."""

from types import SimpleNamespace
from typing import Any

import pytest
from one_instance import Aws
from remedies_in_memory import Remedies

from migration.errors import Conflict, Transient
from migration.model import Reading
from migration.remedies import REPLICA_IDENTITY, Change, Offer, RemedyRun, RunState
from workers.postgres.databases import Databases
from workers.remedies.setting_back import set_back

NOW = 1_800_000_000.0
CHANGE = Change(
    "app: public.heap",
    "DEFAULT",
    "FULL",
    NOW,
    {
        "database": "app",
        "schema": "public",
        "table": "heap",
        "was": "d",
        "letter": "f",
        "index": "",
    },
    done=True,
)


class Journal:
    """What a step says; see `migration.steps.Journal`."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def intend(self, act: str, **_: object) -> None:
        """Before an act."""
        self.said.append(act)

    def done(self, act: str, **_: object) -> None:
        """After it."""
        self.said.append(f"{act} done")

    def reading(self, reading: Reading) -> None:
        """None is kept."""


class Written(Remedies):
    """Somebody else writes a record just before the first saves of ours."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = times

    def save(self, run: RemedyRun) -> RemedyRun:
        """See `Remedies.save`."""
        if self._times:
            self._times -= 1
            super().close(run.id)
            raise Conflict
        return super().save(run)


def ground(remedies: Remedies) -> Any:
    """Tools of a worker whose source has no endpoint: nobody can log in."""
    remedies.ask(
        RemedyRun(
            "remedy-1",
            "orders",
            "replica-identity",
            Offer(REPLICA_IDENTITY, (), {}),
            "U1",
            NOW,
            "check-1",
            state=RunState.DONE,
            changes=(CHANGE,),
        )
    )
    secrets: Any = None
    return SimpleNamespace(
        remedies=remedies,
        databases=Databases(secrets, Aws().gateway, ""),
        clock=SimpleNamespace(now=lambda: NOW),
    )


def test_what_can_t_be_set_back_is_said_and_holds_nobody_up() -> None:
    """No act was intended; the next cancel does not try again."""
    remedies, journal = Remedies(), Journal()
    tools = ground(remedies)
    gone, left = set_back("orders", "U1", tools, journal)

    assert gone == []
    assert "`app: public.heap` keeps FULL: There is nothing to connect to yet." in left[0]
    assert journal.said == []
    assert remedies.runs["remedy-1"].state is RunState.SET_BACK
    assert set_back("orders", "U1", tools, journal) == ([], [])


def test_a_record_that_is_closed_at_the_same_time_is_written_all_the_same() -> None:
    """Both changes of it stand."""
    remedies = Written(times=1)
    set_back("orders", "U1", ground(remedies), Journal())
    run = remedies.runs["remedy-1"]

    assert (run.state, run.looked_again) == (RunState.SET_BACK, True)


def test_a_record_that_can_t_be_written_is_tried_again_later() -> None:
    """The step is: nothing is forgotten."""
    with pytest.raises(Transient, match="remedy-1"):
        set_back("orders", "U1", ground(Written(times=9)), Journal())
