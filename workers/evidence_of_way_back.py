"""The gate's look at the way back: could it be prepared, as of now."""

from migration.errors import DaybreakError
from migration.model import Check, Migration, WayBack
from workers.preflight import run, way_back
from workers.preflight.check import Family
from workers.preflight.subject import Subject
from workers.toolbox import Toolbox

NAME = "Way back possible"


def look(migration: Migration, tools: Toolbox) -> Check:
    """Holds where nothing stands against it, or where the plan can do without.

    Raises what the databases and AWS raise.
    """
    instance = tools.rds.instance(migration.source)
    if instance is None:
        raise DaybreakError(f"there is no instance `{migration.source}`")
    subject = Subject(tools, instance, migration.options, migration)
    wanting = [
        words
        for one in run.look(subject, Family.SERVER, Family.DATABASE, only=way_back.CHECKS)
        for words in (*(found.what for found in one.found), *map(str, one.errors))
    ]
    with tools.databases.target(migration.target) as target:
        wanting.extend(way_back.of_target(subject.inside(target)))
    if not wanting:
        return Check("", ok=True, detail="it will be prepared before the target opens")
    words = "; ".join(dict.fromkeys(wanting))
    if migration.options.way_back is WayBack.REQUIRED:
        return Check("", ok=False, detail=words)
    return Check("", ok=True, detail=f"no: the target will open without one. {words}")
