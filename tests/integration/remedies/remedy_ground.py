"""What the remedies' tests stand on: AWS over real PostgreSQL, a real Redis, the workers' bench."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from steps_ground import Ground, eventually
from workers_ground import run as run_process

from migration.adapters.clock import SystemClock
from migration.approvals import Policy
from migration.checking import Checking
from migration.events import StepCompensated
from migration.model import Facts, Migration, Options
from migration.ports import Inventory, Source
from migration.preflight import CheckRun, Result
from migration.remedies import RemedyRun
from migration.remedying import Remedying, offered
from migration.service import Service
from sandbox.aws import seed
from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve
from workers import check_run, failpoints
from workers.app import compose
from workers.remedies import job
from workers.runner import StepRunner

RITA, ADAM = "U0RITA", "U0ADAM"


class RemedyGround:
    """A cloud, a Redis, and the core's use cases over them; the test itself is the worker."""

    def __init__(
        self,
        folder: Path,
        stack: ExitStack,
        sources: tuple[str, ...],
        environment: pytest.MonkeyPatch,
    ) -> None:
        folder.chmod(0o755)
        self.folder = folder
        self.sources = sources
        (folder / "cloud").mkdir()
        self.steps = Ground(folder / "cloud", stack, seed.load().only(*sources), *sources)
        server = Redis(resolve("redis"), folder / "redis", log=folder / "redis.log")
        stack.callback(server.stop)
        server.start()
        self.points = folder / "failpoints"
        self.points.mkdir()
        settings = self.steps.tools.settings
        self.environment = {
            "REDIS_URL": server.url,
            "AWS_ENDPOINT_URL": self.steps.cloud.endpoint_url,
            "AWS_REGION": self.steps.cloud.region,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "DAYBREAK_RDS_CA_FILE": settings.rds_ca_file,
            "DAYBREAK_POOLERS": ",".join(settings.poolers),
            "DAYBREAK_CERT_FILE": settings.cert_file,
            "DAYBREAK_KEY_FILE": settings.key_file,
            "DAYBREAK_CA_FILE": settings.ca_file,
            "DAYBREAK_POLL_SECONDS": "0.1",
            "DAYBREAK_DATAPOINT_SECONDS": "1",
            "DAYBREAK_LEASE_SECONDS": "4",
        }
        for name, value in self.environment.items():
            environment.setenv(name, value)
        self.bench = compose()
        stack.callback(self.bench.close)
        stack.callback(failpoints.watch, "")
        clock = SystemClock()
        self.checking = Checking(self.bench.store, self.bench.checks, clock)
        self.remedying = Remedying(self.bench.store, self.bench.checks, self.bench.remedies, clock)
        self.service = Service(self.bench.store, clock, Policy(frozenset({ADAM})))

    def forget(self) -> None:
        """Empty the store; the list of instances is known."""
        self.bench.redis.flushall()
        known = [
            Source(name, "postgres", "15", "available", "db.r6g.large", 7) for name in self.sources
        ]
        self.bench.store.save_inventory(Inventory(tuple(known), self.bench.clock.now()))

    # A look, a press, a worker ------------------------------------------------------------------

    def look(self, source: str) -> CheckRun:
        """`/migrate check`, carried out."""
        asked = self.checking.ask(source, f"{source}-aurora", RITA, "C1", login=True)
        check_run.carry_out(self.bench, asked.id)
        return self.seen(asked)

    def seen(self, look: CheckRun) -> CheckRun:
        """The same look as it is stored now."""
        found = self.bench.checks.load(look.id)
        assert found is not None
        assert found.report is not None, found.problem
        return found

    def result(self, look: CheckRun, check: str) -> Result:
        """What it says of one check now."""
        report = self.seen(look).report
        assert report is not None
        return next(one for one in report.results if one.check == check)

    def press(self, look: CheckRun, remedy: str) -> RemedyRun:
        """Adam presses its button; nothing is done yet."""
        _, offer = offered(look, remedy)
        run, _ = self.remedying.ask(look.id, remedy, ADAM, offer.mark)
        return run

    def carried_out(self, run: RemedyRun) -> RemedyRun:
        """What has come of it once a worker has gone on with it until it ended."""
        deadline = time.monotonic() + 60
        while not (found := self.now(run)).looked_again:
            assert time.monotonic() < deadline, found
            job.carry_out(self.bench, run.id)
            time.sleep(0.05)
        return found

    def now(self, run: RemedyRun) -> RemedyRun:
        """As it is stored."""
        found = self.bench.remedies.load(run.id)
        assert found is not None
        return found

    def mend(self, source: str, remedy: str) -> RemedyRun:
        """Look, press, and have it carried out."""
        return self.carried_out(self.press(self.look(source), remedy))

    @contextmanager
    def settings(self, **changes: Any) -> Iterator[None]:
        """The workers have these settings meanwhile."""
        known = self.bench
        changed = known.settings.model_copy(update=changes)
        self.bench = replace(known, settings=changed, tools=replace(known.tools, settings=changed))
        try:
            yield
        finally:
            self.bench = known

    # A migration ---------------------------------------------------------------------------------

    def begun(self, source: str, **options: Any) -> Migration:
        """A migration that Rita asked for; no worker has come to it."""
        chosen = Options(target=f"{source}-aurora", **options)
        return self.service.start(source, RITA, "C1", chosen)

    def cancelled(self, migration: Migration) -> Facts:
        """What its first step says once Rita has cancelled it and all was taken back."""
        self.service.cancel(migration.id, RITA)
        deadline = time.monotonic() + 60
        while not (found := self.bench.store.load(migration.id)).final:
            assert time.monotonic() < deadline, found
            assert found.step is not None
            StepRunner(self.bench).run(found.id, found.step.name, found.version)
        said = [one.event for one in self.bench.store.events(migration.id)]
        return next(
            one.facts
            for one in said
            if isinstance(one, StepCompensated) and one.step == "check_source"
        )

    # Processes -----------------------------------------------------------------------------------

    def worker(self, stack: ExitStack) -> None:
        """A worker process that obeys the failpoints."""
        log = self.folder / "worker.log"
        log.write_text("")
        more = {"DAYBREAK_FAILPOINTS": str(self.points)}
        process = run_process("worker", {**self.environment, **more}, log)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        eventually(lambda: "ready for work" in log.read_text(), "the worker")
