"""docs/from-the-article.md: what it points to is there, and nothing that is asked is left out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "from-the-article.md"
ROW = re.compile(r"\| (?P<asked>[^|]+) \| (?P<here>[^|]+) \| (?P<where>[^|]+) \|")
PATH = re.compile(r"`((?:bot|docs|migration|sandbox|tests|workers)/[\w./-]+)`")
LINK = re.compile(r"\]\((?P<file>[\w./-]*)(?:#(?P<heading>[\w-]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
#: What the article asks for, by a word of its line.
ASKED = (
    "backups",
    "network",
    "WAL",
    "lag",
    "pause",
    "promotion",
    "redirected",
    "audit",
    "roll back",
    "wizard",
    "Step Functions",
    "snapshot validated",
    "replica's health",
    "performance test",
    "health suite",
    "mutual TLS",
    "credentials",
    "non-production",
    "CloudWatch alarms",
    "read-only validation",
    "plan",
    "window",
)


def rows() -> list[re.Match[str]]:
    """The table's lines, without its head."""
    found = [ROW.fullmatch(line) for line in PAGE.read_text().splitlines()]
    return [one for one in found if one and one["asked"] != "what it asks for"]


def anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_file_that_is_named_exists() -> None:
    """Whoever moves one mends the page."""
    named = PATH.findall(PAGE.read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_link_leads_somewhere() -> None:
    """To a page, and to a heading of it."""
    for link in LINK.finditer(PAGE.read_text()):
        page = PAGE.parent / link["file"]
        assert page.exists(), link.group()
        if link["heading"]:
            headings = [anchor(one) for one in HEADING.findall(page.read_text())]
            assert link["heading"] in headings, link.group()


@pytest.mark.parametrize("asked", ASKED)
def test_each_thing_that_is_asked_has_its_line(asked: str) -> None:
    """And says whether it is here; what is here says where."""
    (row, *_) = [one for one in rows() if asked in one["asked"]]
    assert row["here"] in {"yes", "in part", "not yet"}
    assert row["here"] == "not yet" or PATH.search(row["where"]), row.group()


def test_there_is_no_line_beside_these() -> None:
    """Each line is looked for by a word of its own."""
    assert len(rows()) == len(ASKED)
