"""What the documentation says under "By hand": its table, and its commands by their letters."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "on-call.md"
WITHOUT_LOGIN = DOCS / "without-login.md"
SILENT = "does not answer"
BLOCK = re.compile(r"^```(sh|sql)\n(?:--|#) ([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WORD = re.compile(r"`([a-z]+)`")


@dataclass(frozen=True)
class Block:
    """One block of commands: for which letters, where they are given, and they themselves."""

    letters: frozenset[str]
    where: str
    language: str
    text: str


@dataclass(frozen=True)
class Row:
    """One row of the table, its cells as they stand."""

    source: str
    target: str
    do: str

    def fits(self, source: str, promoted: bool, target: str) -> bool:
        """Whether it speaks of databases that say this of themselves."""
        if source not in WORD.findall(self.source) and not (
            source == SILENT and SILENT in self.source
        ):
            return False
        if self.target.startswith("anything but"):
            return not (promoted and target in WORD.findall(self.target))
        if self.target == "in recovery":
            return not promoted
        return promoted and target in WORD.findall(self.target)

    @property
    def letters(self) -> list[str]:
        """What to do, in its order."""
        return _letters(self.do.partition(";")[0])

    @property
    def forward(self) -> list[str]:
        """The same where there is another way."""
        return _letters(self.do.partition(";")[2])


def _letters(cell: str) -> list[str]:
    return re.findall(r"\*\*([A-Z])\*\*", cell)


def by_hand(page: Path = PAGE) -> str:
    """The chapter."""
    return page.read_text().partition("\n## By hand\n")[2].partition("\n## ")[0]


def table() -> list[Row]:
    """Its rows."""
    lines = [line for line in by_hand().splitlines() if line.startswith("| ")]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines[1:]]


def blocks(page: Path = PAGE) -> list[Block]:
    """Its commands."""
    found = []
    for language, title, text in BLOCK.findall(by_hand(page)):
        named, _, where = title.partition(",")
        letters = frozenset(re.findall(r"\b[A-Z]\b", named.partition(":")[0]))
        found.append(Block(letters, where.partition(":")[0].strip(), language, text))
    return found
