"""A PgBouncer with mutual TLS: what the applications of the sandbox connect to."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sandbox.servers.account import give
from sandbox.servers.certificates import KeyPair
from sandbox.servers.resolve import Program
from sandbox.servers.server_process import ServerProcess, free_port, make_directory

ADMIN = "daybreak_admin"


@dataclass(frozen=True)
class Trust:
    """The pooler's own certificate, who signs its clients' and who signs its servers'."""

    identity: KeyPair
    clients: Path
    servers: Path


class PgBouncer:
    """One pooler on the loopback interface, its entries in a file that the agent keeps."""

    def __init__(
        self,
        program: Program,
        directory: Path,
        *,
        trust: Trust,
        log: Path,
        port: int | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        """Lay out its folder; `settings` override lines of pgbouncer.ini."""
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self.databases_file = directory / "databases.ini"
        self.users_file = directory / "users.txt"
        self._directory = make_directory(directory)
        self._install(trust)
        self._write_first_files()
        configuration = directory / "pgbouncer.ini"
        configuration.write_text(self._configuration(settings or {}))
        self._process = ServerProcess(
            [program.path("pgbouncer"), str(configuration)],
            environment=program.environment,
            pid_file=directory / "pgbouncer.pid",
            log=log,
        )

    @property
    def pid(self) -> int | None:
        """The pooler's process id while it runs."""
        return self._process.pid

    @property
    def pid_file(self) -> Path:
        """Where that id is on disk while it runs."""
        return self._process.pid_file

    def start(self) -> None:
        """Run it; on return it accepts connections."""
        self._process.start(self.host, self.port)

    def stop(self) -> None:
        """End it at once; its clients lose their connections."""
        self._process.stop()

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()

    def dsn(self, dbname: str, user: str, client: KeyPair, authority: Path) -> str:
        """How libpq connects to one of its entries (`pgbouncer` is the console)."""
        return (
            f"host={self.host} port={self.port} dbname={dbname} user={user} sslmode=verify-full "
            f"sslcert={client.certificate} sslkey={client.key} sslrootcert={authority}"
        )

    def _install(self, trust: Trust) -> None:
        # Copies, because the originals may lie where the servers' account cannot look.
        for source, name in (
            (trust.identity.certificate, "server.crt"),
            (trust.identity.key, "server.key"),
            (trust.clients, "clients.crt"),
            (trust.servers, "servers.crt"),
        ):
            copy = self._directory / name
            copy.touch(mode=0o600)
            shutil.copyfile(source, copy)
            give(copy)

    def _write_first_files(self) -> None:
        """The console's user, so that the agent can log in and write the rest."""
        if not self.users_file.exists():
            self.users_file.touch(mode=0o600)
            self.users_file.write_text(f'"{ADMIN}" ""\n')
            give(self.users_file)
        if not self.databases_file.exists():
            self.databases_file.touch(mode=0o600)
            self.databases_file.write_text("[databases]\n")
            give(self.databases_file)

    def _configuration(self, overrides: dict[str, str]) -> str:
        here = self._directory
        settings = {
            "listen_addr": self.host,
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "pool_mode": "transaction",
            "auth_type": "cert",
            "auth_file": str(self.users_file),
            "admin_users": ADMIN,
            "client_tls_sslmode": "verify-full",
            "client_tls_cert_file": str(here / "server.crt"),
            "client_tls_key_file": str(here / "server.key"),
            "client_tls_ca_file": str(here / "clients.crt"),
            "server_tls_sslmode": "verify-full",
            "server_tls_ca_file": str(here / "servers.crt"),
            "max_client_conn": "500",
            "default_pool_size": "16",
            # clients must be able to wait for a promotion that takes minutes
            "query_wait_timeout": "1200",
            "client_login_timeout": "1200",
            # one login that fails must not keep writes away any longer than this
            "server_login_retry": "0.1",
            "ignore_startup_parameters": "extra_float_digits",
            "log_connections": "0",
            "log_disconnections": "0",
            **overrides,
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        return "\n".join(["[pgbouncer]", *lines, f"%include {self.databases_file}", ""])
