"""Databases of a target beside the application's: the way back carries nothing of them."""

from migration.model import Migration
from workers.postgres import inventory, way_back_needs
from workers.toolbox import Toolbox


def with_tables(tools: Toolbox, migration: Migration) -> list[str]:
    """Those that hold tables; each is looked at by a login of its own."""
    home = tools.secrets.login(migration.source).dbname
    with tools.databases.target(migration.target) as target:
        others = [
            one.name for one in inventory.databases(target) if one.connectable and one.name != home
        ]
    found = []
    for name in others:
        with tools.databases.target(migration.target, name) as other:
            if way_back_needs.holds_tables(other):
                found.append(name)
    return found
