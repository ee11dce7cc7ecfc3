"""How far PgBouncer's pools may grow: not where a login would be in somebody's way."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from workers.traffic import ways
from workers.traffic.console import Console, Refused, Row
from workers.traffic.errors import PoolerUnreachable
from workers.traffic.ways import Way

log = logging.getLogger(__name__)

POLL_SECONDS = 0.001
# A login takes some 10 ms; when it takes so much longer the server is down anyway.
QUIET_SECONDS = 0.5
SMALLEST_POOL = 1
# Whoever waited through a pause is served by so few connections at first, at most for so long. On
# two processors two commit nearly as much as sixteen.
FEW = 2
SERVE_SECONDS = 0.1
# The console answers in less than a millisecond; nobody is held any longer for this.
ASK_SECONDS = 0.5
SERVE_POLL_SECONDS = 0.01


class Growth:
    """The pools' size, made small for a while and then what it was.

    It is PgBouncer's `default_pool_size`, changed in memory: connections that are there stay, and
    a RELOAD brings back what pgbouncer.ini says.
    """

    def __init__(self, console: Console, private: Collection[str]) -> None:
        """Nothing is asked yet; no application comes by the entries in `private`."""
        self._console = console
        self._private = private
        self._changing = asyncio.Lock()
        self._growing: asyncio.Task[None] | None = None
        #: Whether the pools may have been left small: a RELOAD mends that.
        self.left_small = False

    @asynccontextmanager
    async def no_login_under_way(self) -> AsyncIterator[None]:
        """A moment in which no pool logs in at its server, for what closes such connections.

        PAUSE does, and so does every RELOAD where connections to servers use TLS. PgBouncer takes
        that for a failed login: until one succeeds it turns away whoever asks ("server login has
        been failing"). So the pools may not grow meanwhile.
        """
        async with self._changing:
            await self.usual()
            if not self._flowing(await ways.read(self._console)):
                yield
                return
            size = await self._console.pool_size()
            await self._console.set_pool_size(SMALLEST_POOL)
            try:
                await self._wait_for_quiet()
                yield
            finally:
                # Beside what follows: as long as clients are held no pool has to grow.
                self._growing = asyncio.create_task(self._let_grow(SMALLEST_POOL, size))

    async def begin_small(self, names: Collection[str]) -> None:
        """Right before these entries are let go: serve those who waited before the pools grow.

        All of them ask at once, and each login at the server takes PgBouncer's one thread
        milliseconds in which it serves nobody.
        """
        if self._changing.locked() or (self._growing is not None and not self._growing.done()):
            # Small already for somebody else, who is not waited for.
            return
        async with self._changing:
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    size = await self._console.pool_size()
                    small = min(FEW, size)
                    await self._console.set_pool_size(small)
            except (PoolerUnreachable, TimeoutError) as error:
                # Letting go is tried all the same.
                self.left_small |= not isinstance(error, Refused)
            else:
                served = self._let_grow_when_served(names, small, size)
                self._growing = asyncio.create_task(served)

    async def usual(self) -> None:
        """Wait until pools may grow as usual again."""
        if self._growing is not None:
            await asyncio.wait({self._growing})
            self._growing = None

    async def _let_grow_when_served(self, names: Collection[str], small: int, size: int) -> None:
        """Once nobody waits any more who waited then, or when it takes too long."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        with suppress(PoolerUnreachable):
            while loop.time() - began < SERVE_SECONDS:
                await asyncio.sleep(SERVE_POLL_SECONDS)
                asked = loop.time()
                rows = await self._console.rows("POOLS")
                waits = [
                    row["maxwait"] + row["maxwait_us"] / 1e6
                    for row in rows
                    if row["database"] in names
                ]
                if max(waits, default=0.0) < asked - began:
                    break
        await self._let_grow(small, size)

    async def _let_grow(self, small: int, size: int) -> None:
        try:
            # a RELOAD has brought back what pgbouncer.ini says, which may be something new
            if await self._console.pool_size() == small:
                await self._console.set_pool_size(size)
        except PoolerUnreachable:
            self.left_small = True

    def _flowing(self, found: Mapping[str, Way]) -> set[str]:
        """Those whose applications a broken login would turn away.

        A login by a private entry is ours: it is tried again, and nobody else waits for it.
        """
        return {name for name, way in found.items() if not way.held} - set(self._private)

    async def _wait_for_quiet(self) -> None:
        """Without such a moment things go ahead all the same: a server may be down."""
        deadline = asyncio.get_running_loop().time() + QUIET_SECONDS
        while not await self._is_quiet():
            if asyncio.get_running_loop().time() > deadline:
                log.warning("PgBouncer keeps opening connections to a server: going on anyway.")
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _is_quiet(self) -> bool:
        # What is asked together is answered together, over two connections.
        pools, found = await asyncio.gather(self._console.rows("POOLS"), ways.read(self._console))
        flow = self._flowing(found)
        return _are_quiet([pool for pool in pools if pool["database"] in flow])


def _are_quiet(pools: Sequence[Row]) -> bool:
    for pool in pools:
        servers = sum(pool[f"sv_{state}"] for state in ("active", "idle", "used", "tested"))
        # the smallest pool still opens its first connection for whoever waits
        if pool["sv_login"] or (pool["cl_waiting"] and not servers):
            return False
    return True
