"""Tables within what Slack takes: as many rows as fit, the rest counted."""

from collections.abc import Sequence

from bot.messages.text import Block, plain

#: Rows and characters of one table; Slack takes 100 rows and 10,000 characters.
MOST_ROWS = 60
MOST_CHARACTERS = 9000

Row = Sequence[str]


def fitting(columns: Row, rows: Sequence[Row]) -> int:
    """How many of the rows one table holds."""
    characters = sum(map(len, columns))
    for number, row in enumerate(rows[:MOST_ROWS]):
        characters += sum(map(len, row))
        if characters > MOST_CHARACTERS:
            return number
    return min(len(rows), MOST_ROWS)


def table(columns: Row, rows: Sequence[Row]) -> list[Block]:
    """The rows that fit under their head; nothing where there are none."""
    shown = rows[: fitting(columns, rows)]
    if not shown:
        return []
    return [{"type": "table", "rows": [_cells(columns), *map(_cells, shown)]}]


def _cells(row: Row) -> list[Block]:
    return [{"type": "raw_text", "text": text} for text in row]


def words(text: str, limit: int) -> str:
    """For a cell, where Slack formats nothing, and which may not be empty."""
    return plain(text.replace("`", ""), limit) or "–"
