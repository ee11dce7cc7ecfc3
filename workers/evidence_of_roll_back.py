"""What a roll back rests on, as of now: every condition looked at, nothing remembered."""

import time
from collections.abc import Callable
from typing import TypeVar

from migration.cool_off import SECONDS_BEHIND
from migration.model import Check, Evidence, Migration, Reading
from workers import evidence_of_slots
from workers.aws.resources import AVAILABLE
from workers.looks import Look, Looks, no, yes
from workers.postgres import (
    fence,
    inventory,
    roles,
    sequences,
    way_back,
    way_back_needs,
)
from workers.postgres.connect import Connection
from workers.postgres.fence import State
from workers.steps import elsewhere, poolers
from workers.steps.findings import named
from workers.toolbox import Toolbox

# A beat that is written now has to be there within this: changes are applied in milliseconds.
ARRIVAL_SECONDS = 5.0
_POLL_SECONDS = 0.02

Seen = TypeVar("Seen")


def gather(migration: Migration, tools: Toolbox) -> Evidence:
    """Look at every condition of a roll back.

    A failure to look is a condition that does not hold; nothing is raised.
    """
    looking = LooksBack(migration, tools)
    checks = looking.checks()
    return Evidence(checks, tuple(looking.readings), tools.clock.now())


class LooksBack(Looks):
    """The conditions under which the source could take the writes over at once."""

    def __init__(self, migration: Migration, tools: Toolbox) -> None:
        super().__init__(migration, tools)
        self.readings: list[Reading] = []

    def looks(self) -> tuple[tuple[str, Look], ...]:
        """The conditions by name, in the order in which they are looked at."""
        return (
            ("Source available", self._source),
            ("Target available", self._target),
            ("Source closed since the cut-over", self._closed),
            ("Way back follows", self._follows),
            ("Tables as on the target", self._tables),
            ("Roles as on the target", self._roles),
            ("Sequences can be set ahead", self._sequences),
            ("Nothing that does not go back", self._left_behind),
            ("No long transaction", self._transactions),
            ("No prepared transaction", self._prepared),
            ("Target subscribes to nobody", self._subscriptions),
            (evidence_of_slots.BACK, self._slots),
            ("Poolers ready", self._poolers),
        )

    # The conditions; each answers with words, and the name is put on by `_looked` -----------------

    def _source(self) -> Check:
        source = self._instance(self._migration.source)
        if source.status != AVAILABLE:
            return no(f"`{source.id}` is `{source.status}`")
        return yes(f"`{source.id}` is available")

    def _target(self) -> Check:
        cluster = self._cluster()
        if cluster.status != AVAILABLE:
            return no(f"`{cluster.id}` is `{cluster.status}`")
        state = self._on_target(fence.read).state
        if state is not State.OPENED:
            return no(f"`{cluster.id}` does not take writes: its fence says `{state}`")
        return yes(f"`{cluster.id}` is available and takes writes")

    def _closed(self) -> Check:
        with self._tools.databases.source(self._migration.source) as source:
            found, inside = fence.read(source), roles.login_roles(source)
        if found.state is not State.FENCED:
            return no(f"its fence says `{found.state}`")
        if inside:
            return no(
                f"these roles can log in, and what they wrote is not on the target: {named(inside)}"
            )
        return yes("nobody but Daybreak and RDS can log in")

    def _follows(self) -> Check:
        databases = self._tools.databases
        with (
            databases.source(self._migration.source) as source,
            databases.target(self._migration.target) as target,
        ):
            kept = way_back.kept(target)
            if kept is None or kept.ended or kept.lost:
                return no(
                    "there is none" + (f": {kept.ended or 'its slot is gone'}" if kept else "")
                )
            if not way_back.subscription(source):
                return no("the source does not follow yet")
            seconds = self._arrival(source, target)
        origin = f"slot of {self._migration.target}"
        self.readings.append(Reading(SECONDS_BEHIND, seconds, "s", origin, self._tools.clock.now()))
        if seconds >= ARRIVAL_SECONDS:
            return no(f"a row written {seconds:.1f} s ago has not arrived on the source")
        return yes(f"a row written on the target was on the source {seconds * 1000:.0f} ms later")

    def _arrival(self, source: Connection, target: Connection) -> float:
        """Seconds until a row that is written now is on the source, or as long as was waited."""
        way_back.beat(target)
        began = time.monotonic()
        wanted = way_back.seen(target)
        while way_back.seen(source)[1] < wanted[1]:
            if time.monotonic() - began >= ARRIVAL_SECONDS:
                break
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - began

    def _tables(self) -> Check:
        here = self._on_source(way_back.tables)
        there = self._on_target(way_back.tables)
        changed = sorted(name for name in here | there if here.get(name) != there.get(name))
        if changed:
            return no(f"these differ: {named(changed)}")
        passed_over = sorted(set(there) - self._on_source(way_back.carried))
        if passed_over:
            return no(f"what is written to these does not go back: {named(passed_over)}")
        return yes(f"{len(there)} tables, all of them carried")

    def _roles(self) -> Check:
        wanted = self._on_target(roles.login_roles)
        missing = sorted(set(wanted) - self._on_source(_every_role))
        if missing:
            return no(
                f"the source does not have {named(missing)}: make them there, without LOGIN; they "
                "get it when it opens"
            )
        return yes(f"all {len(wanted)} who can log in on the target")

    def _sequences(self) -> Check:
        wanted = self._on_target(sequences.positions)
        missing = sorted(wanted.keys() - self._on_source(sequences.positions).keys())
        if missing:
            return no(f"the source does not have {named(missing)}: make them there")
        refused = self._on_source(sequences.not_settable)
        if refused:
            return no(f"Daybreak's role may not set {named(refused)}: GRANT UPDATE on them")
        return yes(f"all {len(wanted)} of the target's")

    def _left_behind(self) -> Check:
        if self._on_target(way_back_needs.has_large_objects):
            return no("the target has large objects, which do not go back")
        without = self._on_target(way_back_needs.tables_without_identity)
        if without:
            return no(f"these tables have no replica identity: {named(without)}")
        with_tables = elsewhere.with_tables(self._tools, self._migration)
        if with_tables:
            return no(f"other databases of the target hold tables: {named(with_tables)}")
        return self._twice()

    def _twice(self) -> Check:
        """What would be done once more on the source, or not at all, as changes are applied."""
        fired = self._on_source(way_back_needs.triggers_fired_again)
        if fired:
            return no(f"these triggers fire on the source as well: {named(fired)}")
        forced = self._on_source(way_back_needs.tables_with_forced_policies)
        if forced:
            return no(f"nothing is applied to these tables, for policies bind all: {named(forced)}")
        return yes(
            "no large object, no other database, nothing that is applied twice or not at all"
        )

    def _transactions(self) -> Check:
        longest = self._tools.settings.longest_transaction_seconds
        found = self._on_target(lambda target: inventory.long_transactions(target, longest))
        if found:
            return no(
                "open on the target for too long: "
                + named(
                    f"{one.user} ({one.application or 'unnamed'}), {one.seconds:.0f} s"
                    for one in found
                )
            )
        return yes(f"none is older than {longest:g} s")

    def _prepared(self) -> Check:
        found = self._on_target(inventory.prepared_transactions)
        if found:
            return no(f"there are some: {named(one.gid for one in found)}")
        return yes("there is none")

    def _subscriptions(self) -> Check:
        found = self._on_target(inventory.subscriptions)
        if found:
            return no(f"what it gets from others would end: {named(found)}")
        return yes("there is no subscription")

    def _slots(self) -> Check:
        databases = self._tools.databases
        with (
            databases.source(self._migration.source) as source,
            databases.target(self._migration.target) as target,
        ):
            return evidence_of_slots.look_back(self._migration, source, target)

    def _poolers(self) -> Check:
        states = self._tools.traffic.states(self._migration.source)
        if not states:
            return no("no pooler is configured")
        options = self._migration.options
        wrong = [
            f"{state.url}: {misfit}"
            for state in states
            for misfit in poolers.misfits(state, options)
        ]
        wrong += poolers.astray(states, "target", self._cluster().endpoint)
        if wrong:
            return no("; ".join(wrong))
        return yes(f"{len(states)} reachable, and their settings fit")

    # Where they are looked at ---------------------------------------------------------------------

    def _on_source(self, look: Callable[[Connection], Seen]) -> Seen:
        with self._tools.databases.source(self._migration.source) as source:
            return look(source)

    def _on_target(self, look: Callable[[Connection], Seen]) -> Seen:
        with self._tools.databases.target(self._migration.target) as target:
            return look(target)


def _every_role(connection: Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT rolname::text FROM pg_roles")}
