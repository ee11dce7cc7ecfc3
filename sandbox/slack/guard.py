"""Keeps other web pages in the same browser away from the workspace.

It listens on the loopback interface alone; what a page of somebody else's can make a browser on
this machine send there is refused: under a foreign name (DNS rebinding) or from a foreign page.
"""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# what people have; the app's calls need a token, a ticket or an address that nobody guesses
GUARDED = re.compile(r"/|/page/.*|/_control/.*")
# under whatever port: one may be forwarded from another machine
NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
# what a browser says of a request that a page of ours, or a person's own bookmark, made
OWN_SITES = frozenset({"same-origin", "none"})


@web.middleware
async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse with 403 what comes under a foreign name or from a foreign page.

    Programs send neither `Origin` nor `Sec-Fetch-Site`.
    """
    if not GUARDED.fullmatch(request.path):
        return await handler(request)
    if urlsplit(f"//{request.host}").hostname not in NAMES:
        raise web.HTTPForbidden(text="This is not the name of this server.")
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin != f"http://{request.host}"
    if foreign or not _own_site(request):
        raise web.HTTPForbidden(text="Only the workspace's own page may do this.")
    return await handler(request)


def _own_site(request: web.Request) -> bool:
    """Whether it is a page of ours that asks; any page may lead people to the front page."""
    led_here = request.path == "/" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return led_here or request.headers.get("Sec-Fetch-Site", "none") in OWN_SITES
