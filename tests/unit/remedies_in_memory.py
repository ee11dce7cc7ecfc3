"""Remedies in memory, for tests of the core and of the job: see `migration.ports.Remedies`."""

from dataclasses import replace

from migration.errors import Conflict
from migration.remedies import RemedyRun, RunState


class Remedies:
    """One of a remedy at a time, saved by its version."""

    def __init__(self) -> None:
        self.runs: dict[str, RemedyRun] = {}
        #: When each was asked to be looked at again.
        self.due: dict[str, float] = {}

    def ask(self, run: RemedyRun) -> RemedyRun:
        """The one that is under way, where there is one."""
        for other in self.runs.values():
            if other.offer.remedy == run.offer.remedy and not other.ended:
                return other
        self.runs[run.id] = run
        return run

    def save(self, run: RemedyRun) -> RemedyRun:
        """Upon the version that was read."""
        if self.runs[run.id].version != run.version:
            raise Conflict
        self.runs[run.id] = replace(run, version=run.version + 1)
        return self.runs[run.id]

    def look_again(self, run_id: str, at: float) -> None:
        """Then."""
        self.due[run_id] = at

    def call_off(self, run_id: str, by: str, at: float) -> RemedyRun | None:
        """Where it can be."""
        run = self.runs.get(run_id)
        if run is None or not run.can_be_called_off:
            return None
        off = replace(run, state=RunState.CALLED_OFF, called_off_by=by, ended_at=at)
        self.runs[run_id] = replace(off, version=run.version + 1)
        return self.runs[run_id]

    def close(self, run_id: str) -> None:
        """It is over."""
        run = self.runs[run_id]
        self.runs[run_id] = replace(run, version=run.version + 1, looked_again=True)
        self.due.pop(run_id, None)

    def load(self, run_id: str) -> RemedyRun | None:
        """One."""
        return self.runs.get(run_id)

    def of_source(self, source: str) -> list[RemedyRun]:
        """All of it."""
        return [run for run in self.runs.values() if run.source == source]

    def drive(self, now: float) -> None:
        """Nobody works."""
