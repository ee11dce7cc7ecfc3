"""Which migration somebody means: by its id, or by the source that it moves now."""

import difflib

from bot.commands.request import Request
from bot.edge import Edge
from bot.messages.text import quoted
from migration.errors import NoSuchMigration
from migration.identifiers import LONGEST_IDENTIFIER
from migration.model import Migration

RECENT = 100


def named_in(request: Request) -> str:
    """What stands behind the sub-command, as ids are written."""
    return request.argument.strip("`").lower()


def migration_named(edge: Edge, named: str, command: str) -> Migration:
    """The migration of that id, or the one under way of that source.

    Raises:
        NoSuchMigration: there is none; names the nearest, for `/migrate <command>`.
    """
    by_source = {migration.source: migration for migration in edge.store.under_way()}
    if named in by_source:
        return by_source[named]
    found = found_by_id(edge, named)
    if found:
        return found
    ids = {migration.id for migration in (*by_source.values(), *edge.store.recent(RECENT))}
    near = difflib.get_close_matches(named, sorted(ids), n=1)
    hint = f" Did you mean `/migrate {command} {near[0]}`?" if near else ""
    raise NoSuchMigration(
        f"There is no migration {quoted(named, LONGEST_IDENTIFIER)}.{hint} `/migrate list` shows "
        "those there are."
    )


def found_by_id(edge: Edge, typed: str) -> Migration | None:
    """The migration of that id; what does not look like an id is not asked of the store."""
    plain = typed.replace("-", "")
    if not (plain.isascii() and plain.isalnum()):
        return None
    try:
        return edge.store.load(typed)
    except NoSuchMigration:
        return None
