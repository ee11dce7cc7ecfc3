"""What the list of instances says of a name, and of a class: known, or what was meant."""

import difflib

from migration.errors import InvalidOptions
from migration.instance_classes import nearest
from migration.model import Options
from migration.ports import Inventory, Source


def known(inventory: Inventory | None, name: str) -> Source:
    """The instance of that name.

    Raises:
        InvalidOptions: there is none, or the list has not been read yet.
    """
    if inventory is None:
        raise InvalidOptions(
            "source",
            "The list of instances has not been read from AWS yet. Try again in a moment; "
            "if this goes on, the reconciler is not running.",
        )
    source = inventory.source(name)
    if source is None:
        names = [entry.identifier for entry in inventory.sources]
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        raise InvalidOptions(
            "source",
            f"There is no RDS for PostgreSQL instance `{name}` in this account and Region.{hint}",
        )
    return source


def movable(inventory: Inventory | None, name: str) -> Source:
    """The same of one that can be moved, as it was last seen; else InvalidOptions says why not."""
    source = known(inventory, name)
    if source.obstacle:
        raise InvalidOptions("source", f"`{name}` can't be moved as it is. {source.obstacle}")
    return source


def check_class(inventory: Inventory | None, name: str, options: Options) -> None:
    """A class that was chosen; the source's own is looked at by the first step.

    Raises:
        InvalidOptions: Aurora can't be ordered with it for this source.
    """
    offered = inventory.classes_for(name) if inventory else ()
    wanted = options.instance_class
    if not wanted or not offered or wanted in offered:
        return
    near = nearest(wanted, offered) or offered[0]
    raise InvalidOptions(
        "instance_class",
        f"Aurora PostgreSQL can't be ordered with `{wanted}` here. Near it: `{near}`.",
    )
