"""What the list of instances says of a name: known, or what was probably meant."""

import difflib

from migration.errors import InvalidOptions
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
