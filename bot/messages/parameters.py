"""What became of a source's parameters: a table in the thread, and all of it as a file."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.messages.tables import Row, fitting, table, words
from bot.messages.text import Block, Upload, context, quoted, safe
from migration.model import Facts

COLUMNS = ("Parameter", "Source", "Target", "What becomes of it", "Why")
FILE_COLUMNS = ("parameter", "source", "target", "group", "verdict", "reason")
NAME = 63
VALUE = 60
REASON = 160
MOST_VERDICTS = 10


def parameter_lines(facts: Facts) -> list[str]:
    """How many were copied, dropped and so on."""
    counted = Counter(str(row.get("verdict", "")) for row in _rows(facts))
    if not counted:
        return []
    said = [
        f"{safe(verdict, NAME)} {count}" for verdict, count in counted.most_common(MOST_VERDICTS)
    ]
    here, there = (quoted(str(facts.get(name, "")), NAME) for name in ("copied_from", "group"))
    return [f"From {here} to the groups {there}: {', '.join(said)}."]


def parameter_blocks(facts: Facts, migration_id: str) -> list[Block]:
    """The table, what weighs most first, and where the rest is."""
    rows = [_row(row) for row in _rows(facts)]
    if not rows:
        return []
    more = len(rows) - fitting(COLUMNS, rows)
    rest = f"…and {more} more, in the file. " if more else ""
    kept = (
        f"{rest}All of it: the file below, and `python -m workers show {safe(migration_id, 80)}`."
    )
    return [*table(COLUMNS, rows), context(kept)]


def parameter_file(facts: Facts, migration_id: str) -> Upload | None:
    """Every parameter with its verdict, as CSV; None where there is none."""
    rows = _rows(facts)
    if not rows:
        return None
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(FILE_COLUMNS)
    for row in rows:
        keys = ("name", "source", "target", "level", "verdict", "reason")
        writer.writerow([str(row.get(key, "")) for key in keys])
    return Upload(
        f"{migration_id}-parameters.csv",
        "Parameters of source and target",
        out.getvalue(),
    )


def _rows(facts: Facts) -> Sequence[Mapping[str, Any]]:
    found = facts.get("parameters")
    if not isinstance(found, list):
        return ()
    return [row for row in found if isinstance(row, Mapping)]


def _row(row: Mapping[str, Any]) -> Row:
    level = str(row.get("level", ""))
    verdict = str(row.get("verdict", ""))
    return (
        words(str(row.get("name", "")), NAME),
        words(str(row.get("source", "")), VALUE),
        words(str(row.get("target", "")), VALUE),
        words(f"{verdict} ({level})" if level else verdict, NAME),
        words(str(row.get("reason", "")), REASON),
    )
