"""One PgBouncer as the agent sees it: entries installed and proven, held, let go, looked at."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from workers.traffic import files, ways
from workers.traffic.console import Console, Row, Waiting
from workers.traffic.errors import PauseTimedOut, PoolerUnreachable
from workers.traffic.files import Line
from workers.traffic.growth import Growth
from workers.traffic.port import Session
from workers.traffic.settings import PoolerSection
from workers.traffic.ways import Way

# PgBouncer closes held connections one turn of its loop later.
CLOSE_SECONDS = 2.0
POLL_SECONDS = 0.001
# Within this most transactions are over; so long no pool of this pooler grows.
SOON_SECONDS = 0.1


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

    def __init__(
        self, section: PoolerSection, console: Console, private: Collection[str] = ()
    ) -> None:
        """Nothing is opened yet; no application comes by the entries in `private`."""
        self._section = section
        self._console = console
        self._growth = Growth(console, private)
        # an agent that died may have written what the pooler never read
        self._reload_due = True

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
        return await ways.read(self._console)

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
            await self._pause(names, seconds)
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

    async def _pause(self, names: Collection[str], seconds: float) -> None:
        async with self._growth.no_login_under_way():
            pausing = asyncio.create_task(self._console.pause(names, seconds))
            try:
                await self._wait_until_held(names, pausing)
            except BaseException:
                pausing.cancel()
                await asyncio.wait({pausing})
                raise
        await pausing

    async def _wait_until_held(self, names: Collection[str], pausing: asyncio.Task[None]) -> None:
        """Until the PAUSE is in force, which it is at once; its answer may take long."""
        # Mostly it doesn't. Looking would take the processor from those who are waited for.
        await asyncio.wait({pausing}, timeout=SOON_SECONDS)
        while not pausing.done():
            found = await self.ways()
            if all(found[name].held for name in names if name in found):
                return
            await asyncio.wait({pausing}, timeout=POLL_SECONDS)

    async def let_go(self, names: Collection[str]) -> None:
        """Let the entries flow, and see that they do."""
        await self._growth.begin_small(names)
        for name in names:
            await self._console.resume(name)
        found = await self.ways()
        if still := [name for name in names if name in found and found[name].held]:
            raise PoolerUnreachable(f"PgBouncer still holds {', '.join(still)} after RESUME.")

    async def install(self, lines: Sequence[Line], passwords: Mapping[str, str]) -> None:
        """Write both files, have them read, and see in the console that they are in force.

        Nothing is done where nothing changes: a RELOAD costs every pool its connections. The
        entries are not synced to the disk: after a power cut the agent writes them anew.
        """
        section = self._section
        users = _read(section.users_file)
        changed = _replace(section.users_file, files.users(users, passwords), durable=True)
        changed |= _replace(section.databases_file, files.databases(lines), durable=False)
        self._reload_due |= changed or self._growth.left_small
        if self._reload_due or not _are_in_force(lines, await self.ways()):
            async with self._growth.no_login_under_way():
                await self._console.reload()
        found = await self.ways()
        for line in lines:
            if not _are_in_force([line], found):
                raise PoolerUnreachable(
                    f"PgBouncer did not take the entry `{line.name}` over: its log says why. Does "
                    f"pgbouncer.ini have the line `%include {section.databases_file}`?"
                )
        self._reload_due = self._growth.left_small = False

    async def see_no_server(self, names: Collection[str]) -> None:
        """Wait until the entries have no server connection: one kept would serve the old place."""
        deadline = asyncio.get_running_loop().time() + CLOSE_SECONDS
        while any(row["database"] in names for row in await self._console.rows("SERVERS")):
            if asyncio.get_running_loop().time() > deadline:
                raise PoolerUnreachable(
                    f"PgBouncer keeps server connections of {', '.join(names)} although held."
                )
            await asyncio.sleep(POLL_SECONDS)


def _are_in_force(lines: Sequence[Line], ways: Mapping[str, Way]) -> bool:
    return all(
        (way := ways.get(line.name)) is not None
        and (way.endpoint, way.dbname, way.user) == (line.endpoint, line.dbname, line.user)
        for line in lines
    )


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _replace(path: Path, text: str, *, durable: bool) -> bool:
    """Whether there was anything to replace."""
    if _read(path) == text:
        return False
    files.replace(path, text, durable=durable)
    return True


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
