"""What the snapshot method's tests stand on: a source that is closed, and left or opened again."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import boto3
import psycopg
import pytest
from crash_ground import ROLES, CrashGround
from cutover_ground import ADAM, PATIENCE, SOURCE, TARGET, Client, eventually
from detector import Detector
from prepared_base import TARGET_INSTANCE
from source_base import SourceBase

from migration.approvals import Click, Person
from migration.model import Freeze, Method, Migration, Status
from migration.plan import CLEAR_WAY, FREEZE
from migration.schedule import work_of
from workers.modes import mode_of
from workers.postgres.fence import State
from workers.runner import StepRunner
from workers.snapshot_method.in_charge import look_after
from workers.tasks import observe

Said = TypeVar("Said")

#: A row takes some seconds, so a commit runs one of them all.
each = pytest.mark.table("snapshot method", slices=200)
#: More than any test needs: where the time is what counts, a test says less.
OUTAGE = 900.0
BUSY = {Status.FROZEN, Status.CUTTING_OVER}


class FreezeGround(CrashGround):
    """A migration by snapshot, carried out here step by step, or by real processes."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        super().__init__(folder, stack)
        # AWS takes hours for what a copied folder takes a second for
        self.environment |= {
            "DAYBREAK_COPY_HOURS_PER_TIB": "0.001",
            "DAYBREAK_COPY_LEAST_HOURS": "0.001",
        }
        self._unkind = dict(vars(self.cloud.scenario))

    def prepare(self) -> None:
        """Make the base: a migration that waits for the approval of its outage."""
        self.base = SourceBase(self, self.new_one())
        self.roles = self.scalar(SOURCE, ROLES)

    def new_one(self) -> Migration:
        """Prepared by the product's own steps."""
        return super().at_the_gate(method=Method.SNAPSHOT, longest_outage_seconds=OUTAGE)

    def put_back(self) -> None:
        """Nobody has approved anything yet, and no process of Daybreak's runs."""
        self.host.die()
        self.host.forget_logs()
        self.host.environment.clear()
        for mark in self.points.iterdir():
            mark.unlink()
        vars(self.cloud.scenario).update(self._unkind)
        self.base.restore()

    def at_the_gate(self, **options: Any) -> Migration:
        """The migration of the base, with what it waits for asked for anew."""
        found = self.store.load(self.base.migration.id)
        changed = replace(found.options, **options)
        ready = replace(found, options=changed, version=found.version + 1)
        self.store.commit(found, ready, [], work_of(ready), quiet=True)
        return ready

    def approve(self, migration: Migration) -> Migration:
        """Adam approves the outage, on evidence gathered now."""
        deadline = time.monotonic() + PATIENCE
        while True:
            observe(migration.id)
            click = Click(FREEZE, migration.version)
            decision, after = self.service.approve(migration.id, click, Person(ADAM), SOURCE)
            if decision.granted:
                return after
            assert time.monotonic() < deadline, (decision, self.store.evidence(migration.id))

    def approved(self, **options: Any) -> Migration:
        """The same, approved already."""
        return self.approve(self.at_the_gate(**options))

    def unmet(self, migration: Migration, **options: Any) -> list[str]:
        """The conditions of its gate that do not hold with these options."""
        changed = replace(migration, options=replace(migration.options, **options))
        checks = mode_of(changed).gather(changed, self.bench.tools).checks
        return [check.name for check in checks if not check.ok]

    def drive(self, migration: Migration, until: Callable[[Migration], bool]) -> Migration:
        """Do step after step here, until that is so."""
        deadline = time.monotonic() + PATIENCE
        while not until(migration):
            assert time.monotonic() < deadline, migration
            work = work_of(migration)
            assert work is not None, migration
            StepRunner(self.bench).run(work.migration_id, work.step, work.version)
            migration = self.store.load(migration.id)
            time.sleep(0.02)
        return migration

    def drive_to(self, migration: Migration, step: str) -> Migration:
        """Up to that step of the outage, which is not begun."""
        return self.drive(migration, lambda now: now.step is not None and now.step.name == step)

    def look_after(self, migration: Migration) -> Migration:
        """One look of the reconciler at a closed source."""
        look_after(self.store.load(migration.id), self.bench, self.bench.clock.now())
        return self.store.load(migration.id)

    def reopen(self, migration: Migration) -> Migration:
        """What the reconciler's successor does, here and now."""
        lease = self.store.lease(migration.id, self.bench.settings.lease_seconds)
        assert lease is not None
        try:
            self.bench.succession(migration).run(migration, Unlimited())
        finally:
            lease.release()
        return self.store.load(migration.id)

    def rds(self) -> Any:
        """A client of the simulated cloud."""
        return boto3.client(
            "rds",
            endpoint_url=self.cloud.endpoint_url,
            region_name=self.cloud.region,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )

    def has_copy(self) -> bool:
        """Whether AWS has the cluster."""
        found = self.rds().describe_db_clusters()["DBClusters"]
        return TARGET in {cluster["DBClusterIdentifier"] for cluster in found}

    def snapshots(self) -> list[str]:
        """The snapshots of closed sources that AWS has."""
        found = self.rds().describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        names = [one["DBSnapshotIdentifier"] for one in found]
        return [name for name in names if "-frozen-" in name]

    def on(self, identifier: str, statement: str) -> None:
        """One statement, as the provider."""
        dsn = self.cloud.superuser_dsn(identifier, "app")
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(statement.encode())

    def over(self, freeze: Freeze | None) -> Freeze:
        """The same outage with its time over."""
        assert freeze is not None
        return replace(freeze, reopen_by=self.bench.clock.now() - 1)

    def mend(self, migration: Migration, **changes: Any) -> Migration:
        """Have the store say something else of it, as a backup of Redis that is put back would."""
        found = self.store.load(migration.id)
        changed = replace(migration, version=found.version + 1, **changes)
        self.store.commit(found, changed, [], quiet=True)
        return changed

    def said(self, migration: Migration, kind: type[Said]) -> list[Said]:
        """The events of a kind in its history."""
        found = [recorded.event for recorded in self.store.events(migration.id)]
        return [event for event in found if isinstance(event, kind)]

    def settled(self, migration: Migration) -> Migration:
        """The migration once its outage is over, whichever way; what died is started again."""

        def over() -> bool:
            self.host.revive()
            now = self.store.load(migration.id)
            return now.status not in BUSY

        eventually(over, "the end of the outage")
        return self.store.load(migration.id)

    def ended(self, migration: Migration) -> Migration:
        """The migration once nothing will happen any more; what died is started again."""

        def over() -> bool:
            self.host.revive()
            return self.store.load(migration.id).final

        eventually(over, "the end of the migration")
        return self.store.load(migration.id)

    def told(self) -> dict[str, Any]:
        """What `recover` tells without being asked to act."""
        told: dict[str, Any] = json.loads(self.host.run("workers", "recover", SOURCE, "--json"))
        return told

    def fence_is_gone(self) -> bool:
        """Whether a cancelled migration took its schema out of the source."""
        return self.scalar(SOURCE, "SELECT to_regclass('daybreak.fence')") is None

    def account_of(self, clients: Sequence[Client]) -> str:
        """Nothing is lost or invented where the applications are, the other one is shut: where."""
        place = self.place()
        for client in clients:
            found = set(self.numbers_on(place, client))
            assert set(client.acknowledged) - found == set(), place
            assert found - set(client.acknowledged) - client.unknown == set(), place
        if place == SOURCE:
            assert self.fence_is_gone() or self.fence_on(SOURCE).state is State.OPEN
            assert self.scalar(SOURCE, ROLES) == self.roles
        else:
            assert self.fence_on(TARGET_INSTANCE).state is State.OPENED
            assert self.fence_on(SOURCE).state is State.FENCED
        return place


class LateDetector(Detector):
    """Tries both databases, of which one is made and deleted meanwhile."""

    def __init__(self, ground: FreezeGround) -> None:
        super().__init__(closing=SOURCE, opening=TARGET_INSTANCE)
        self._ground = ground

    def _takes(self, dsn: str) -> bool:
        ground, name = self._ground, dsn
        try:
            address = ground.cloud.address(name)
        except KeyError:
            return False
        way = psycopg.conninfo.make_conninfo(
            host=address,
            port=ground.cloud.port,
            dbname="app",
            user="app",
            password=ground.cloud.password(SOURCE, "app"),
            sslmode="require",
        )
        return super()._takes(way)


@contextmanager
def watched(ground: FreezeGround) -> Iterator[Sequence[Client]]:
    """Clients write until the block ends; at no time two databases take writes, nothing is lost."""
    stop = threading.Event()
    detector = LateDetector(ground)
    thread = threading.Thread(target=detector.run, args=(stop,))
    thread.start()
    try:
        with ground.clients() as clients:
            yield clients
    finally:
        stop.set()
        thread.join()
    assert detector.both == []
    ground.account_of(clients)


class Unlimited:
    """A lease that a test holds itself."""

    def left(self) -> float:
        """For ever."""
        return float("inf")


def reopened(migration: Migration) -> bool:
    """Whether it stands before its gate again, the source open."""
    step = migration.step
    return migration.status is Status.ACTIVE and step is not None and step.name == CLEAR_WAY
