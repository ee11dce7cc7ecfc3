"""`python -m workers recover SOURCE`: tells and mends a cut-over from AWS and PostgreSQL alone.

For the day on which Redis is empty: which migration closed the source, under which epoch, and which
cluster is its copy, stands in the source itself. The store is neither read nor written.
"""

import json
import logging
import sys
from dataclasses import dataclass
from typing import Any

import psycopg

from migration.errors import DaybreakError
from migration.model import Migration, Options, Reading
from migration.plan import plan_for
from workers.aws.resources import Cluster
from workers.cutover.attempt import Charge
from workers.cutover.go_back import Ending
from workers.cutover.take_over import TakeOver, Target, open_doors
from workers.cutover_without_login.recovery import RecoveryWithoutLogin
from workers.postgres import fence
from workers.postgres.fence import Fence, State
from workers.recovery_words import NothingToRecover, WillNot
from workers.toolbox import Toolbox
from workers.traffic.port import PoolerState

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Situation:
    """What AWS, both databases and the poolers say."""

    migration: Migration
    source: Fence
    cluster: Cluster | None
    target: Target | None
    poolers: tuple[PoolerState, ...]
    #: why something could not be looked at
    unknown: tuple[str, ...]

    @property
    def advice(self) -> str:
        """What `recover` would do, in words."""
        if self.source.state is State.OPEN and self.target and self.target.takes_writes:
            return (
                "The source and the target both take writes: nothing is recovered before people "
                "have said whose writes count."
            )
        if self.source.state is State.OPEN:
            return "The source takes writes. --reopen lets its applications go on, if any wait."
        if self.target is None:
            return "The source is closed. The target does not say what it is: look again."
        if self.target.takes_writes:
            return "The target takes writes: --finish lets the applications go on with it."
        if self.target.is_copy_of(self.source):
            return (
                "The source is closed, and the promoted target has everything: --finish opens the "
                "target, --reopen opens the source."
            )
        return "The source is closed, and the target is not open: --reopen opens the source."

    def in_words(self) -> str:
        """For a terminal."""
        return _words(self.described())

    def described(self) -> dict[str, Any]:
        """As JSON."""
        target = self.target
        return {
            "source": self.migration.source,
            "migration": self.source.migration,
            "epoch": self.source.epoch,
            "state": self.source.state.value,
            "logins_off": list(self.source.logins_off),
            "target": {
                "cluster": self.cluster.id if self.cluster else None,
                "status": self.cluster.status if self.cluster else None,
                "promoted": target.promoted if target else None,
                "state": target.row.state.value if target and target.row else None,
                "epoch": target.row.epoch if target and target.row else None,
            },
            "poolers": [
                {"url": one.url, "paused": one.paused, "leads_to": str(one.endpoint)}
                for one in self.poolers
            ],
            "unknown": list(self.unknown),
            "advice": self.advice,
        }


class Unlimited:
    """Nobody else is in charge: a person is."""

    def left(self) -> float:
        """For ever."""
        return float("inf")


class TerminalJournal:
    """Says what is done to whoever watches."""

    def intend(self, act: str, **details: object) -> None:
        """See `Journal.intend`."""
        log.info("about to: %s %s", act, details or "")

    def done(self, act: str, **details: object) -> None:
        """See `Journal.done`."""
        log.info("done: %s %s", act, details or "")

    def reading(self, reading: Reading) -> None:
        """See `Journal.reading`."""
        log.info("%s: %s %s", reading.name, reading.value, reading.unit)


class Recovery:
    """Looks, and acts when asked."""

    def __init__(self, tools: Toolbox, source: str) -> None:
        """For this source instance."""
        self._tools = tools
        self._source = source

    def look(self) -> Situation:
        """What is true; changes nothing.

        Raises:
            NothingToRecover: the source has no fence.
        """
        row = self._row()
        migration = self._migration(row)
        cluster = self._tools.rds.cluster(row.target)
        unknown: list[str] = []
        target: Target | None = None
        poolers: tuple[PoolerState, ...] = ()
        try:
            target = TakeOver(self._charge(migration)).look_at_target(end_others=False)
        except (DaybreakError, psycopg.Error) as error:
            unknown.append(f"the target: {error}")
        try:
            poolers = self._tools.traffic.states(self._source)
        except DaybreakError as error:
            unknown.append(f"the poolers: {error}")
        return Situation(migration, row, cluster, target, poolers, tuple(unknown))

    def open_one(self, *, forward: bool) -> Ending:
        """Have the source take writes, or the target if it is to go `forward`.

        Raises:
            WillNot: the other one holds writes, or this one does not have them all.
        """
        seen = self.look()
        both = seen.source.state is State.OPEN and seen.target and seen.target.takes_writes
        if both:
            raise WillNot(seen.advice)
        if not forward and seen.target is not None and seen.target.takes_writes:
            raise WillNot(
                "Clients may have written to the target: the source is not reopened. Use --finish."
            )
        if forward and not (
            seen.target is not None
            and (seen.target.takes_writes or seen.target.is_copy_of(seen.source))
        ):
            raise WillNot(f"The target can't be opened. {seen.advice}")
        charge = self._charge(seen.migration)
        try:
            return TakeOver(charge).run(forward=forward)
        finally:
            charge.close()

    def _row(self) -> Fence:
        with self._tools.databases.source(self._source) as source:
            try:
                found = fence.read(source)
            except fence.NoFence as error:
                raise NothingToRecover from error
        if not found.target:
            raise NothingToRecover
        return found

    def _migration(self, row: Fence) -> Migration:
        """Enough of it to act on: the rest was in the store."""
        options = Options(target=row.target)
        now = self._tools.clock.now()
        return Migration(
            id=row.migration,
            source=self._source,
            requester="",
            channel="",
            options=options,
            plan=plan_for(self._source, options),
            created_at=now,
            updated_at=now,
        )

    def _charge(self, migration: Migration) -> Charge:
        doors = open_doors(migration, self._tools)
        return Charge(
            migration, migration.epoch, self._tools, Unlimited(), TerminalJournal(), doors=doors
        )


def recover(tools: Toolbox, source: str, *, act: str, as_json: bool) -> None:
    """Print how it stands; then, if asked, `reopen` the source or `finish` on the target."""
    recovery = _recovery(tools, source)
    if act:
        ending = recovery.open_one(forward=act == "finish")
        log.info("ended: %s", ending)
    seen = recovery.look()
    described = json.dumps(seen.described(), indent=2) + "\n"
    sys.stdout.write(described if as_json else seen.in_words())


def _recovery(tools: Toolbox, source: str) -> Recovery | RecoveryWithoutLogin:
    """By how the source was closed, which its tags or its row tell."""
    without = RecoveryWithoutLogin(tools, source, Unlimited(), TerminalJournal())
    return without if without.applies() else Recovery(tools, source)


def _words(seen: dict[str, Any]) -> str:
    target = seen["target"]
    promoted = {True: "promoted", False: "a replica", None: "unknown"}[target["promoted"]]
    lines = [
        f"{seen['source']}: {seen['state']}, epoch {seen['epoch']}, by {seen['migration']}",
        f"roles without login: {', '.join(seen['logins_off']) or 'none'}",
        f"{target['cluster'] or 'no cluster'}: {promoted}, {target['state'] or 'no fence'}",
        *(
            f"{one['url']}: leads to {one['leads_to']}, {'holds' if one['paused'] else 'flows'}"
            for one in seen["poolers"]
        ),
        *(f"unknown: {words}" for words in seen["unknown"]),
        seen["advice"],
    ]
    return "\n".join(lines) + "\n"
