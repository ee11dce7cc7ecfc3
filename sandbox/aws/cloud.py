"""The simulated AWS: started, stopped, and asked for the few things that AWS would not tell."""

import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.aws import cloudwatch, route53
from sandbox.aws.account import Account
from sandbox.aws.datacenter import Datacenter
from sandbox.aws.endpoint import Endpoint
from sandbox.aws.iam.directory import Directory
from sandbox.aws.iam.permissions import Permissions
from sandbox.aws.measurements import Measurements
from sandbox.aws.provider import Provider
from sandbox.aws.rds import backend
from sandbox.aws.rds.disks import Disks
from sandbox.aws.scenario import Scenario
from sandbox.aws.seed import Seed
from sandbox.aws.trail import Act
from sandbox.servers.certificates import Authority

# moto's own default, and as good as any.
ACCOUNT_ID = "123456789012"
#: The bucket that the processes' policies speak of; nobody makes it.
AUDIT_BUCKET = "daybreak-audit"
_SCENARIO_POLL_SECONDS = 0.1
_in_this_process = threading.Lock()


class Cloud:
    """One simulated AWS account in this process. moto's state is the process's: one at a time."""

    def __init__(
        self,
        run_dir: Path,
        authority: Authority,
        seed: Seed,
        scenario: Scenario | None = None,
        log_dir: Path | None = None,
    ) -> None:
        """Nothing starts yet. The servers' account has to be able to reach `run_dir`."""
        self.scenario = scenario or Scenario()
        self.seed = seed
        self._datacenter = Datacenter(run_dir, authority, seed, self.scenario, log_dir)
        self._rds: backend.Backend | None = None
        self._endpoint: Endpoint | None = None
        self._account: Account | None = None
        self._permissions: Permissions | None = None
        self._measurements: Measurements | None = None
        self._provider: Provider | None = None
        self._watch: threading.Thread | None = None
        self._holds_process = False

    def start(self) -> None:
        """End what a killed sandbox left, then bring the whole account up."""
        if not _in_this_process.acquire(blocking=False):
            raise RuntimeError("moto keeps its state in the process: only one Cloud at a time.")
        self._holds_process = True
        try:
            self._datacenter.prepare()
            self._rds = rds = backend.install(self._datacenter, ACCOUNT_ID)
            self._endpoint = Endpoint(
                self.scenario, rds.apply_firewalls, Directory(ACCOUNT_ID, self.seed.region)
            )
            self._endpoint.start()
            self._account = Account(rds, self._datacenter, self._endpoint.url)
            self._account.fill()
            self._permissions = Permissions(self._endpoint.gate, self._words(self._account))
            self._measurements = Measurements(
                rds.measurable,
                lambda: self.scenario.metrics_missing,
                lambda: self.scenario.metrics_said,
            )
            cloudwatch.install(self._measurements)
            route53.install()
            self._measurements.start()
            self._provider = Provider(
                lambda: rds.running(following=False),
                lambda: rds.running(following=True),
                self.scenario,
                self.seed.archive_timeout_seconds,
            )
            self._provider.start()
            self._watch = threading.Thread(
                target=self._watch_scenario, args=(rds,), name="aws-scenario", daemon=True
            )
            self._watch.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the endpoint and every postmaster."""
        if self._endpoint is not None:
            self._endpoint.stop()
        if self._measurements is not None:
            self._measurements.stop()
        if self._provider is not None:
            self._provider.stop()
        self._datacenter.close()
        if self._watch is not None:
            self._watch.join()
        if self._holds_process:
            cloudwatch.uninstall()
            route53.uninstall()
            backend.uninstall()
            self._holds_process = False
            _in_this_process.release()

    def _words(self, account: Account) -> dict[str, tuple[str, ...]]:
        """What an operator of this account puts for the words of docs/iam."""
        return {
            "ACCOUNT": (ACCOUNT_ID,),
            "AUDIT_BUCKET": (AUDIT_BUCKET,),
            "KEY_ID": (account.key_id,),
            "REGION": (self.seed.region,),
            "ROLE": ("daybreak-worker", "daybreak-reconciler"),
            "SOURCE": tuple(instance.identifier for instance in self.seed.instances),
        }

    def _watch_scenario(self, rds: backend.Backend) -> None:
        """The switches that have to be carried to servers rather than read when they matter."""
        carried = self.scenario.replica_apply_delay_seconds
        disks = Disks(rds)
        while not self._datacenter.closing.wait(_SCENARIO_POLL_SECONDS):
            wanted = self.scenario.replica_apply_delay_seconds
            if wanted != carried:
                rds.apply_replica_delay()
                carried = wanted
            if self.scenario.replica_fails:
                rds.fail_replicas()
            disks.look()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def carried_out(self) -> list[Act]:
        """Every mutating call to RDS that was answered with success, as CloudTrail tells it."""
        if self._endpoint is None:
            raise RuntimeError("The cloud has not been started.")
        return self._endpoint.trail.acts

    @property
    def calls(self) -> Counter[tuple[str, str]]:
        """Every request that permissions let pass, by service and action."""
        if self._endpoint is None:
            raise RuntimeError("The cloud has not been started.")
        return self._endpoint.calls

    def complete(self, hollow_replica: str) -> None:
        """The copy to a hollow replica is done: its instance is available from now on."""
        if self._rds is None:
            raise RuntimeError("The cloud has not been started.")
        self._rds.complete(hollow_replica)

    @property
    def events(self) -> list[str]:
        """What DescribeEvents has ever told, oldest first."""
        return [str(entry["Message"]) for entry in self._rds.log] if self._rds else []

    @property
    def permissions(self) -> Permissions:
        """Who may call what; nobody was given any at the start, and everybody may."""
        if self._permissions is None:
            raise RuntimeError("The cloud has not been started.")
        return self._permissions

    @property
    def endpoint_url(self) -> str:
        """What AWS_ENDPOINT_URL has to be."""
        if self._endpoint is None:
            raise RuntimeError("The cloud has not been started.")
        return self._endpoint.url

    @property
    def region(self) -> str:
        """What AWS_REGION has to be."""
        return self.seed.region

    @property
    def port(self) -> int:
        """The port of every seeded database."""
        return self._datacenter.port

    def superuser_dsn(self, identifier: str, dbname: str | None = None) -> str:
        """The provider's way into an instance: for the sandbox's ledger and loading alone."""
        name = dbname if dbname is not None else self.seed.roles.database
        return self._datacenter.servers[identifier].dsn(name)

    def address(self, identifier: str) -> str:
        """Where an instance listens, as its endpoint says."""
        return self._datacenter.servers[identifier].address

    def password(self, identifier: str, role: str) -> str:
        """The password that a role of a seeded instance was given at the start."""
        if self._account is None:
            raise RuntimeError("The cloud has not been started.")
        return self._account.passwords[identifier][role]

    @property
    def failures(self) -> list[BaseException]:
        """What went wrong in the background, for tests and for the supervisor's log."""
        unknown = self._permissions.failures if self._permissions is not None else []
        return [*self._datacenter.failures, *unknown]
