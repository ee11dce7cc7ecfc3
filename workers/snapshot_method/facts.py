"""What the report says of an outage besides what a cut-over's report says."""

from collections.abc import Sequence

from migration.errors import DaybreakError
from migration.model import Facts, Migration
from migration.plan import BY_SNAPSHOT, FREEZE, VALIDATE_COPY
from workers.cutover.pause import RESUME_AFTER_SECONDS
from workers.steps.poolers import patience
from workers.toolbox import Toolbox
from workers.traffic.port import PoolerState


def outage_facts(migration: Migration) -> Facts:
    """How long it lasted is told from its beginning; nobody's clients were measured in it."""
    frozen = migration.facts.get(FREEZE, {})
    began = migration.freeze.began_at if migration.freeze else 0.0
    return {
        "mode": BY_SNAPSHOT,
        "outage_began_at": began,
        "refused_after_seconds": frozen.get("refused_after_seconds"),
        "sessions_ended": frozen.get("sessions_ended", []),
        "roles_fenced": frozen.get("roles_fenced"),
        "compared": migration.facts.get(VALIDATE_COPY, {}).get("databases", {}),
    }


def refused_after(tools: Toolbox, source: str) -> float:
    """For how long a client is held at most, in seconds: nobody renews the pause of an outage."""
    states = _states(tools, source)
    if any(not state.holds for state in states):
        return 0.0
    limits = [seconds for state in states if (seconds := patience(state))]
    return min([*limits, RESUME_AFTER_SECONDS])


def refused(facts: Facts, ended_at: float) -> bool:
    """Whether an outage that ended then was longer than its clients were held."""
    held: float | None = facts["refused_after_seconds"]
    return held is None or ended_at - float(facts["outage_began_at"]) >= held


def refused_late(tools: Toolbox, source: str) -> float:
    """For how long a pooler that was refused a login turns clients away still, in seconds."""
    return max((state.server_login_retry for state in _states(tools, source)), default=0.0)


def _states(tools: Toolbox, source: str) -> Sequence[PoolerState]:
    """Only for the report: no outage goes another way because a pooler is silent."""
    try:
        return tools.traffic.states(source)
    except DaybreakError:
        return ()
