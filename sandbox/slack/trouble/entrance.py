"""The app's way in: a listening socket of its own, that can really be closed and opened again."""

import asyncio
from asyncio.trsock import TransportSocket

from aiohttp import web


class Entrance:
    """A server's socket for the app; people have another, so that they can open this one again."""

    def __init__(self, runner: web.AppRunner, host: str) -> None:
        self._runner = runner
        self._host = host
        self._port = 0
        self._site: web.TCPSite | None = None

    @property
    def is_open(self) -> bool:
        """Whether connections are taken."""
        return self._site is not None

    @property
    def url(self) -> str:
        """Where it is, also while it is closed."""
        return f"http://{self._host}:{self._port}"

    async def open(self) -> None:
        """Listen; on the port that it had before, if it had one."""
        if self._site is None:
            site = web.TCPSite(self._runner, self._host, self._port, reuse_address=True)
            await site.start()
            self._site, self._port = site, _port(site)

    async def close(self) -> None:
        """Listen no more, and cut the connections that there are."""
        if self._site is None:
            return
        site, self._site = self._site, None
        await stop_listening(site)
        server = self._runner.server
        for connection in server.connections if server else ():
            transport = connection.transport
            if transport and transport.get_extra_info("sockname")[1] == self._port:
                transport.abort()


async def stop_listening(site: web.BaseSite) -> None:
    """Take no more connections; those that were taken are among the server's.

    A connection that asyncio has accepted but not yet made a transport for, when its server is
    closed, is lost by it with its socket open (Python 3.11, `Server._attach`).
    """
    loop = asyncio.get_running_loop()
    for listener in _sockets(site):
        loop.remove_reader(listener.fileno())
    await asyncio.sleep(0)  # its transport is made,
    await asyncio.sleep(0)  # and told to the server
    await site.stop()


def _port(site: web.TCPSite) -> int:
    # aiohttp tells the addresses of all its sites together, and not which is whose.
    port: int = _sockets(site)[0].getsockname()[1]
    return port


def _sockets(site: web.BaseSite) -> tuple[TransportSocket, ...]:
    found: tuple[TransportSocket, ...] = site._server.sockets
    return found
