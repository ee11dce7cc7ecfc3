"""Serves the page: three files that were built beforehand."""

from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

STATIC = Path(__file__).parent / "static"
FILES = ("app.js", "app.css")

# Nothing is fetched from elsewhere, nothing is run but the one script, no text becomes HTML.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def page_routes() -> list[web.RouteDef]:
    """`/` and what it asks for, and where permalinks lead."""
    return [
        web.get("/", _front),
        web.get("/page/{name}", _file),
        web.get("/archives/{channel:[A-Z0-9]+}/p{seconds:\\d+}{fraction:\\d{6}}", _permalink),
    ]


async def _front(request: web.Request) -> web.StreamResponse:
    return _answer(request, "index.html")


async def _permalink(request: web.Request) -> web.StreamResponse:
    """A message's address leads to it in the page."""
    found = request.match_info
    place = {"at": found["channel"], "message": f"{found['seconds']}.{found['fraction']}"}
    if "thread_ts" in request.query:
        place["thread"] = request.query["thread_ts"]
    raise web.HTTPFound(f"/#{urlencode(place)}")


async def _file(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in FILES:
        raise web.HTTPNotFound
    return _answer(request, name)


def _answer(request: web.Request, name: str) -> web.StreamResponse:
    headers = {
        "Content-Security-Policy": POLICY.format(host=request.host),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        # another version may be served at the same address the next time
        "Cache-Control": "no-cache",
    }
    return web.FileResponse(STATIC / name, headers=headers)
