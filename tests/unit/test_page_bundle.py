"""The page that is shipped belongs to its source; without node."""

import hashlib
import json
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "sandbox" / "slack" / "page"
SOURCE, STATIC = PAGE / "source", PAGE / "static"
THIRD_PARTY = Path(__file__).parents[2] / "THIRD_PARTY.md"
DIGEST = re.compile(r"/\* source sha256 ([0-9a-f]{64}) \*/\s*\Z")


def sources() -> list[str]:
    """Every file that the bundle is made from, as the build finds them."""
    found = (path for path in SOURCE.rglob("*") if path.is_file())
    names = (path.relative_to(SOURCE).as_posix() for path in found)
    return sorted(name for name in names if not name.startswith("node_modules/"))


def test_the_bundle_was_built_from_this_source() -> None:
    """Whoever changes the page runs `make page`."""
    digest = hashlib.sha256()
    for name in sources():
        content = (SOURCE / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    noted = DIGEST.search((STATIC / "app.js").read_text(encoding="utf-8"))

    assert noted is not None
    assert noted.group(1) == digest.hexdigest(), "run `make page`"
    assert (STATIC / "index.html").read_bytes() == (SOURCE / "index.html").read_bytes()


def test_the_lock_names_no_registry_and_pins_by_hash() -> None:
    """Packages come from whatever registry one has, and are what they were."""
    lock = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: about for name, about in lock["packages"].items() if name}

    assert packages
    assert [name for name, about in packages.items() if "resolved" in about] == []
    assert [name for name, about in packages.items() if "integrity" not in about] == []


def test_the_licences_of_what_is_in_it_are_told() -> None:
    """Of every direct dependency at least, at the locked version."""
    lock = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = lock[""]["dependencies"]
    text = THIRD_PARTY.read_text(encoding="utf-8")

    assert [
        name
        for name in wanted
        if f"## {name} {lock[f'node_modules/{name}']['version']}\n" not in text
    ] == []


def test_the_page_is_told_to_fetch_nothing() -> None:
    """The front page names files of ours alone."""
    front = (STATIC / "index.html").read_text(encoding="utf-8")

    assert re.findall(r'(?:src|href)="([^"]+)"', front) == [
        "data:,",
        "/page/app.css",
        "/page/app.js",
    ]
    assert "url(" not in re.sub(r"url\(\"?data:[^)]*\)", "", (STATIC / "app.css").read_text())
