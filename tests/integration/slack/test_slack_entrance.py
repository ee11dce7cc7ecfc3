"""The app's way in, closed at an awkward moment."""

import asyncio
import socket

from aiohttp import web

from sandbox.slack.trouble.entrance import Entrance

HOST = "127.0.0.1"
SECONDS = 30


async def _closed_upon_an_accepted_connection() -> bytes:
    """What a client reads whose connection is taken in the very turn before the close."""
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(web.Application())
    entrance = Entrance(runner, HOST)
    await runner.setup()
    try:
        await entrance.open()
        port = int(entrance.url.rpartition(":")[2])
        with socket.create_connection((HOST, port)) as client:
            client.setblocking(False)
            # the loop looks for connections, and takes this one, after this task's next turn
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await entrance.close()
            try:
                return await asyncio.wait_for(loop.sock_recv(client, 1), SECONDS)
            except ConnectionResetError:
                return b""
    finally:
        await runner.cleanup()


def test_a_connection_just_taken_is_cut_like_the_others() -> None:
    """Nobody is left with a connection that no server knows of."""
    assert asyncio.run(_closed_upon_an_accepted_connection()) == b""
