"""What was found out about a source before it is moved: one result a check, blockers first."""

from dataclasses import dataclass, replace
from enum import StrEnum

from migration.model import Options
from migration.remedies import Offer


class Level(StrEnum):
    """What it means when a check finds something."""

    #: Has to be mended before anything is made.
    BLOCKER = "blocker"
    #: Somebody has to know it.
    WARNING = "warning"
    INFORMATION = "information"


class State(StrEnum):
    """How a check ended."""

    FOUND = "found"
    PASSED = "passed"
    #: It could not be carried out, which blocks: nobody knows.
    NOT_DONE = "not done"
    #: It needs a login to the database, and there is none: said, and never taken for passed.
    NO_LOGIN = "not done: no login"


@dataclass(frozen=True)
class Result:
    """What one check said."""

    #: Stable, as in docs/preflight.md.
    check: str
    #: What holds when it passes.
    title: str
    level: Level
    state: State
    #: What was found, with units; the reason for a check that was not done.
    found: tuple[str, ...]
    why: str
    remedies: tuple[str, ...]
    #: What Daybreak does about it by itself, if it may; empty: nothing.
    by_daybreak: str = ""
    #: What Daybreak can do about it at the press of a button.
    offers: tuple[Offer, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether nothing may be made before this is mended."""
        if self.state is State.FOUND:
            return self.level is Level.BLOCKER
        return self.state is State.NOT_DONE


def _rank(result: Result) -> int:
    """What blocks, what nobody could look at, what is to be known, what is in order."""
    if result.state is State.FOUND:
        return {Level.BLOCKER: 0, Level.WARNING: 2, Level.INFORMATION: 3}[result.level]
    return {State.NOT_DONE: 1, State.NO_LOGIN: 4, State.PASSED: 5}[result.state]


@dataclass(frozen=True)
class Report:
    """Every check of one look at one source, which ended at this time (unix seconds)."""

    source: str
    at: float
    login: bool
    results: tuple[Result, ...]

    @property
    def worst_first(self) -> tuple[Result, ...]:
        """The worst first; among equals in the order of docs/preflight.md."""
        return tuple(sorted(self.results, key=_rank))

    @property
    def blocking(self) -> tuple[Result, ...]:
        """What has to be mended or looked at first."""
        return tuple(result for result in self.worst_first if result.blocks)

    def in_state(self, state: State, level: Level | None = None) -> tuple[Result, ...]:
        """Results that ended so, of this level or of any."""
        return tuple(
            result
            for result in self.results
            if result.state is state and level in {None, result.level}
        )


def _looked_for(options: Options) -> Options:
    """What checks go by: no check asks for a lag, for hours of a way back, or for an outage."""
    known = Options(target=options.target)
    return replace(
        options,
        lag_threshold_seconds=known.lag_threshold_seconds,
        way_back_hours=known.way_back_hours,
        longest_outage_seconds=known.longest_outage_seconds,
    )


@dataclass(frozen=True)
class CheckRun:
    """A look that somebody asked for: carried out by a worker, shown in a channel or in a form.

    Times are unix seconds. Without a report and a problem it is still to be carried out.
    """

    id: str
    source: str
    #: The cluster that it would become.
    target: str
    login: bool
    requester: str
    channel: str
    asked_at: float
    report: Report | None = None
    #: Why there is no report.
    problem: str = ""
    #: How it would be moved; None: by the defaults, to that target, with or without a login.
    options: Options | None = None
    #: The form that waits for it, and shows it in place of the channel; empty: none.
    form: str = ""

    @property
    def chosen(self) -> Options:
        """How it would be moved."""
        return self.options or Options(target=self.target, login=self.login)

    def fits(self, source: str, options: Options) -> bool:
        """Whether it is a look at this source, and would find the same with these options."""
        return (self.source, _looked_for(self.chosen)) == (source, _looked_for(options))

    @property
    def answered(self) -> bool:
        """Whether there is something to show."""
        return self.report is not None or bool(self.problem)
