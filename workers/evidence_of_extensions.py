"""The gate's look at extensions and libraries: does the target still have all that the source uses.

One that was made since the validation came along in the copy, whether there are files for it or
not.
"""

from migration.model import Check, Migration
from workers.postgres import inventory
from workers.steps import comparison
from workers.steps.findings import named
from workers.toolbox import Toolbox

NAME = "Extensions on the target"


def look(migration: Migration, tools: Toolbox) -> Check:
    """Holds where the replica has files for every extension, and preloads what the source does.

    Raises what the databases raise.
    """
    wanting: list[str] = []
    count = 0
    databases = tools.databases
    with databases.source(migration.source) as source:
        names = [base.name for base in inventory.databases(source) if base.connectable]
        with databases.target(migration.target) as target:
            available = inventory.available_extensions(target)
            missing = comparison.not_preloaded(source, target)
    if missing:
        wanting.append(f"the source preloads {named(missing)}, and the target does not")
    for name in names:
        with databases.source(migration.source, name) as source:
            used = inventory.extensions(source)
        count += len(used)
        wanting.extend(comparison.without_files(name, used, available))
    if wanting:
        return Check("", ok=False, detail="; ".join(wanting))
    return Check("", ok=True, detail=f"all {count}, in the versions of the source")
