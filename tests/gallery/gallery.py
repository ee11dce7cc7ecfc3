"""`make gallery`: every message, modal and Home that the tests know, drawn by the page's renderer.

Writes build/gallery/index.html with one picture of each, and what is read aloud of it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE.parent / "browser")]

from chromium import chromium  # noqa: E402 - the folders above are not installed
from easel import Easel  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402

FOLDER = ROOT / "build" / "gallery"
WORDS = ROOT / "tests" / "unit" / "bot"


@dataclass(frozen=True)
class Exhibit:
    """One thing that people see: a `message`, a `modal` or a `home`."""

    kind: str
    #: The tests' module, and which of its tests or parameters shows it.
    room: str
    caption: str
    #: Blocks of a message, else a view.
    shown: Any
    #: What is read aloud of a message.
    text: str
    #: Of its picture; no other has it.
    name: str = ""


def exhibits(words: Path = WORDS) -> list[Exhibit]:
    """What the tests of the bot's words show, room by room; raises where one of them fails."""
    found = FOLDER / "exhibits.json"
    environment = {
        **os.environ,
        "DAYBREAK_GALLERY_EXHIBITS": str(found),
        "PYTHONPATH": os.pathsep.join([str(HERE), str(WORDS)]),
    }
    command = ["-m", "pytest", "-q", "-p", "recording", "-p", "no:randomly", str(words)]
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)
    told = [
        Exhibit(one["kind"], *one["from"], one["shown"], one["text"])
        for one in json.loads(found.read_text())
    ]
    found.unlink()
    return _named(sorted(told, key=lambda one: (one.room, one.kind)))


def _named(told: list[Exhibit]) -> list[Exhibit]:
    used: Counter[str] = Counter()
    named = []
    for one in told:
        words = re.sub(r"[^a-z0-9]+", "-", f"{one.room} {one.caption}".lower()).strip("-")[:70]
        used[words] += 1
        number = f"-{used[words]}" if used[words] > 1 else ""
        named.append(replace(one, name=f"{words}{number}"))
    return named


def draw(browser: Browser, told: list[Exhibit]) -> None:
    """A picture of each; raises what Slack would answer to one that it does not take."""
    with Easel(browser).at_work() as easel:
        for one in told:
            path = FOLDER / f"{one.name}.png"
            if one.kind == "message":
                easel.draw_message(one.shown, one.text, path)
            elif one.kind == "modal":
                easel.draw_modal(one.shown, path)
            else:
                easel.draw_home(one.shown, path)


def index(told: list[Exhibit]) -> str:
    """The page: rooms, and in each its pictures with their captions."""
    rooms = []
    for room, those in groupby(told, key=lambda one: one.room):
        pictures = "".join(map(_figure, those))
        rooms.append(f"<h2 id='{escape(room)}'>{escape(room)}</h2><div>{pictures}</div>")
    return (
        "<!doctype html><meta charset='utf-8'><title>Daybreak: the gallery</title>"
        "<style>body{font:15px/1.4 sans-serif;margin:2em}img{max-width:100%;border:1px solid #ccc}"
        "figure{margin:0 0 2.5em;max-width:820px}figcaption{color:#444;margin-bottom:.4em}"
        "pre{white-space:pre-wrap;color:#555}</style>"
        f"<h1>Daybreak: {len(told)} things that people see</h1>{''.join(rooms)}"
    )


def _figure(one: Exhibit) -> str:
    read = f"<details><summary>read aloud</summary><pre>{escape(one.text)}</pre></details>"
    return (
        f"<figure><figcaption>{one.kind}: {escape(one.caption)}</figcaption>"
        f"<img loading='lazy' src='{one.name}.png' alt='{escape(one.text or one.caption)}'>"
        f"{read if one.text else ''}</figure>"
    )


def main() -> int:
    """Draw all of it anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    told = exhibits()
    with chromium() as browser:
        draw(browser, told)
    page = FOLDER / "index.html"
    page.write_text(index(told))
    print(f"{len(told)} pictures, on one page: {page.relative_to(ROOT)}")  # noqa: T201  # to people
    return 0


if __name__ == "__main__":
    sys.exit(main())
