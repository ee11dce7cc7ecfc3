"""Where the account's servers stand: addresses, directories, certificates, background work."""

import secrets
import shutil
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

from sandbox.aws.scenario import Scenario
from sandbox.aws.seed import Seed
from sandbox.servers import account
from sandbox.servers.certificates import Authority
from sandbox.servers.postgres import PostgresServer
from sandbox.servers.postmaster import end_leftover
from sandbox.servers.resolve import Program, resolve

# Below the kernel's ephemeral range: no outgoing connection takes one of these by chance.
_PORTS = range(20000, 32000)
# The first addresses of a subnet are AWS's own.
_RESERVED_ADDRESSES = 4


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


class Datacenter:
    """Everything below the API; the RDS backend asks it for servers."""

    def __init__(
        self,
        run_dir: Path,
        authority: Authority,
        seed: Seed,
        scenario: Scenario,
        log_dir: Path | None = None,
    ) -> None:
        self.run_dir = run_dir
        self.log_dir = log_dir
        self.authority = authority
        self.seed = seed
        self.scenario = scenario
        self.program: Program = resolve("postgres")
        self.servers: dict[str, PostgresServer] = {}
        # Addresses of the hosts in each EC2 security group, by the group's id.
        self.members: dict[str, tuple[str, ...]] = {}
        self._hollow = {one.identifier for one in seed.instances if one.hollow}
        self._taken: set[str] = set()
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="aws")
        self.failures: list[BaseException] = []
        # Set when the cloud goes down: whoever waits for a scenario's delay stops waiting.
        self.closing = threading.Event()
        self.port = self._choose_port()

    @property
    def engine_version(self) -> str:
        """The PostgreSQL version behind every instance."""
        return self.program.version

    @property
    def major_version(self) -> str:
        """The part of the version that names a parameter group family."""
        return self.engine_version.partition(".")[0]

    def _choose_port(self) -> int:
        addresses = ["127.0.0.1", *(str(ip_network(s.cidr)[10]) for s in self.seed.network.subnets)]
        for port in secrets.SystemRandom().sample(_PORTS, 200):
            if all(_is_free(address, port) for address in addresses):
                return port
        raise RuntimeError("No free port for the databases was found.")

    def address_in(self, zone: str, port: int) -> str:
        """An address of its own for one server, in the subnet of its availability zone."""
        subnet = next(s for s in self.seed.network.subnets if s.zone == zone)
        for host in list(ip_network(subnet.cidr).hosts())[_RESERVED_ADDRESSES:]:
            address = str(host)
            if address not in self._taken and _is_free(address, port):
                self._taken.add(address)
                return address
        raise RuntimeError(f"No address is left in {subnet.cidr}.")

    def hollow(self, identifier: str) -> bool:
        """Whether the seed has no server for that instance."""
        return identifier in self._hollow

    def address_of_nobody(self, zone: str) -> str:
        """One of the addresses that AWS keeps for itself: nobody listens there."""
        subnet = next(s for s in self.seed.network.subnets if s.zone == zone)
        return str(ip_network(subnet.cidr)[1])

    def server(self, identifier: str, address: str, port: int) -> PostgresServer:
        """A server that is not made yet, registered under the instance's name."""
        server = PostgresServer(
            self.run_dir / "rds" / identifier,
            address=address,
            port=port,
            program=self.program,
            pid_file=self.run_dir / "rds-pids" / identifier,
            log_file=self.log_dir / f"rds-{identifier}.log" if self.log_dir else None,
        )
        self.servers[identifier] = server
        return server

    def remove(self, identifier: str) -> None:
        """Stop a server and throw its data away."""
        server = self.servers.pop(identifier)
        server.stop()
        self._taken.discard(server.address)
        shutil.rmtree(server.directory)

    def snapshot_dir(self, identifier: str) -> Path:
        """The directory of a snapshot's copy, owned by the servers' account."""
        directory = self.run_dir / "rds-snapshots" / identifier
        directory.mkdir(parents=True)
        account.give(directory)
        return directory

    def volume_dir(self, cluster: str) -> Path:
        """The directory of a restored cluster's data, owned by the servers' account."""
        directory = self.run_dir / "rds-volumes" / cluster
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        account.give(directory)
        return directory

    def prepare(self) -> None:
        """Clean up after a sandbox that was killed, then make room."""
        for pid_file in (self.run_dir / "rds-pids").glob("*"):
            end_leftover(pid_file)
        for name in ("rds", "rds-pids", "rds-snapshots", "rds-volumes"):
            shutil.rmtree(self.run_dir / name, ignore_errors=True)
            (self.run_dir / name).mkdir(parents=True)
            # The servers' account has to get through, whatever our umask says.
            (self.run_dir / name).chmod(0o755)
        if self.log_dir is not None:
            self.log_dir.mkdir(parents=True, exist_ok=True)

    def later(self, work: Callable[[], None]) -> Future[None]:
        """Carry work out in the background; what goes wrong is kept in `failures`."""

        def watched() -> None:
            try:
                work()
            except BaseException as error:
                if not self.closing.is_set():
                    self.failures.append(error)
                raise

        return self._pool.submit(watched)

    def close(self) -> None:
        """End every server, at once and together."""
        self.closing.set()
        self._stop_servers()
        self._pool.shutdown(wait=True, cancel_futures=True)
        # Work that was under way may have started one more.
        self._stop_servers()
        self.servers.clear()

    def _stop_servers(self) -> None:
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(PostgresServer.stop, list(self.servers.values())))
