"""The simulated AWS: started, stopped, and asked for the few things that AWS would not tell."""

from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.aws.account import Account
from sandbox.aws.datacenter import Datacenter
from sandbox.aws.endpoint import Endpoint
from sandbox.aws.rds import backend
from sandbox.aws.scenario import Scenario
from sandbox.aws.seed import Seed
from sandbox.servers.certificates import Authority

# moto's own default, and as good as any.
ACCOUNT_ID = "123456789012"


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
        self._endpoint: Endpoint | None = None
        self._account: Account | None = None

    def start(self) -> None:
        """End what a killed sandbox left, then bring the whole account up."""
        self._datacenter.prepare()
        try:
            rds = backend.install(self._datacenter, ACCOUNT_ID)
            self._endpoint = Endpoint(self.scenario, rds.apply_firewalls)
            self._endpoint.start()
            self._account = Account(rds, self._datacenter, self._endpoint.url)
            self._account.fill()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the endpoint and every postmaster."""
        if self._endpoint is not None:
            self._endpoint.stop()
        self._datacenter.close()
        backend.uninstall()

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
        """The provider's way into an instance: for the sandbox's ledger and loading, nobody else."""
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
        return self._datacenter.failures
