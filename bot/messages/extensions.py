"""The extensions of a source beside what the target has for them, as a table in the thread."""

from collections.abc import Mapping

from bot.messages.tables import fitting, table, words
from bot.messages.text import Block, context
from migration.model import Facts

COLUMNS = ("Database", "Extension", "Version", "On the target")
NAME = 63
OFFER = 120


def extension_blocks(facts: Facts) -> list[Block]:
    """Every extension of every database, and what the target has for it."""
    databases = facts.get("databases")
    if not isinstance(databases, Mapping):
        return []
    rows = [
        (words(str(name), NAME), words(extension, NAME), words(version, NAME), _offer(version, own))
        for name, compared in databases.items()
        for extension, version, own in (compared.get("extensions") or ())
    ]
    more = len(rows) - fitting(COLUMNS, rows)
    rest = [context(f"…and {more} more extensions, all with the files they need.")] if more else []
    return [*table(COLUMNS, rows), *rest]


def _offer(version: str, own: str) -> str:
    """One whose files are missing has not come this far: the step refuses it."""
    if own == version:
        return "the same"
    return words(f"the same; ALTER EXTENSION ... UPDATE would give {own}", OFFER)
