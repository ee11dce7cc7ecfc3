"""One PgBouncer as the agent sees it: entries installed and proven, held, let go, looked at."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from workers.traffic import files
from workers.traffic.console import Console, Row, Waiting
from workers.traffic.errors import PauseTimedOut, PoolerUnreachable
from workers.traffic.files import Line
from workers.traffic.port import Endpoint, Session
from workers.traffic.settings import PoolerSection

# PgBouncer closes held connections one turn of its loop later.
SETTLE_SECONDS = 2.0
SETTLE_POLL_SECONDS = 0.001
CONSOLE_DATABASE = "pgbouncer"


@dataclass(frozen=True)
class Way:
    """An entry as PgBouncer has it."""

    name: str
    endpoint: Endpoint | None
    dbname: str
    user: str | None
    # of its own; None: as the configuration says for all
    pool_mode: str | None
    held: bool


@dataclass(frozen=True)
class PoolerSettings:
    """What decides whether waiting clients outlast a cut-over (seconds; 0 is for ever)."""

    version: str
    pool_mode: str
    query_wait_timeout: float
    client_login_timeout: float
    server_login_retry: float

    def with_pool_mode(self, pool_mode: str) -> "PoolerSettings":
        """The same with the mode that certain entries have."""
        return replace(self, pool_mode=pool_mode)


class Pooler:
    """Reads and changes one PgBouncer, through its console and its two files."""

    def __init__(self, section: PoolerSection, console: Console) -> None:
        """Nothing is opened yet."""
        self._section = section
        self._console = console

    async def settings(self) -> PoolerSettings:
        """Its version and the settings a cut-over depends on."""
        version = (await self._console.rows("VERSION"))[0]["version"]
        values = {row["key"]: row["value"] for row in await self._console.rows("CONFIG")}
        return PoolerSettings(
            version=str(version),
            pool_mode=values["pool_mode"],
            query_wait_timeout=float(values["query_wait_timeout"]),
            client_login_timeout=float(values["client_login_timeout"]),
            server_login_retry=float(values["server_login_retry"]),
        )

    async def ways(self) -> dict[str, Way]:
        """Every entry by its name, the console's own left out."""
        rows = await self._console.rows("DATABASES")
        return {row["name"]: _way(row) for row in rows if row["name"] != CONSOLE_DATABASE}

    async def is_drained(self, names: Collection[str]) -> bool:
        """Whether no transaction runs on these entries."""
        return not any(
            row["sv_active"] or row["sv_tested"]
            for row in await self._console.rows("POOLS")
            if row["database"] in names
        )

    async def sessions(self, names: Collection[str]) -> tuple[Session, ...]:
        """The clients of these entries."""
        rows = await self._console.rows("CLIENTS")
        return tuple(_session(row) for row in rows if row["database"] in names)

    async def hold(self, names: Collection[str], seconds: float) -> None:
        """Hold the entries, running transactions ended, or none of them.

        Raises `PauseTimedOut` with the sessions in the way, traffic flowing again.
        """
        sessions: tuple[Session, ...] = ()
        try:
            await self._console.pause(names, seconds)
        except Waiting:
            with suppress(PoolerUnreachable):
                sessions = tuple(s for s in await self.sessions(names) if s.state == "active")
            await self.let_go(names)
            named = ", ".join(f"{s.application or s.user}@{s.address}" for s in sessions)
            raise PauseTimedOut(
                f"Transactions were still running after {seconds:g} s: {named or 'unnamed'}. "
                "Traffic flows again. End them, or allow more time.",
                sessions,
            ) from None
        except BaseException:
            await self.let_go(names)
            raise

    async def let_go(self, names: Collection[str]) -> None:
        """Let the entries flow, and see that they do."""
        for name in names:
            await self._console.resume(name)
        ways = await self.ways()
        if still := [name for name in names if name in ways and ways[name].held]:
            raise PoolerUnreachable(f"PgBouncer still holds {', '.join(still)} after RESUME.")

    async def install(self, lines: Sequence[Line], passwords: Mapping[str, str]) -> None:
        """Write both files, have them read, and see in the console that they are in force.

        The entries are not synced to the disk: after a power cut the agent writes them anew.
        """
        self._write_users(passwords)
        files.replace(self._section.databases_file, files.databases(lines), durable=False)
        await self._console.reload()
        ways = await self.ways()
        for line in lines:
            way = ways.get(line.name)
            if way is None or (way.endpoint, way.dbname, way.user) != (
                line.endpoint,
                line.dbname,
                line.user,
            ):
                raise PoolerUnreachable(
                    f"PgBouncer did not take the entry `{line.name}` over: its log says why. Does "
                    f"pgbouncer.ini have the line `%include {self._section.databases_file}`?"
                )

    def _write_users(self, passwords: Mapping[str, str]) -> None:
        path = self._section.users_file
        existing = path.read_text() if path.exists() else ""
        text = files.users(existing, passwords)
        if text != existing:
            files.replace(path, text, durable=True)

    async def see_no_server(self, names: Collection[str]) -> None:
        """Wait until the entries have no server connection: one kept would serve the old place."""
        deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
        while any(row["database"] in names for row in await self._console.rows("SERVERS")):
            if asyncio.get_running_loop().time() > deadline:
                raise PoolerUnreachable(
                    f"PgBouncer keeps server connections of {', '.join(names)} although held."
                )
            await asyncio.sleep(SETTLE_POLL_SECONDS)


def _way(row: Row) -> Way:
    return Way(
        name=row["name"],
        endpoint=Endpoint(row["host"], int(row["port"])) if row["host"] else None,
        dbname=row["database"],
        user=row["force_user"],
        pool_mode=row["pool_mode"],
        held=bool(row["paused"]),
    )


def _session(row: Row) -> Session:
    waiting = row["state"] == "waiting"
    return Session(
        database=row["database"],
        user=row["user"],
        application=row["application_name"] or "",
        address=f"{row['addr']}:{row['port']}",
        state="active" if row["link"] else "waiting" if waiting else "idle",
        wait_seconds=row["wait"] + row["wait_us"] / 1e6 if waiting else 0.0,
    )
