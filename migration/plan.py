"""Which steps a method takes: pure data, decided once and stored with the migration."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from migration.canonical import canonical
from migration.errors import InvalidOptions
from migration.identifiers import LONGEST_IDENTIFIER, is_identifier
from migration.model import (
    Engine,
    Facts,
    Kind,
    Method,
    Options,
    Phase,
    Plan,
    PlannedStep,
    WayBack,
)

PROMOTE = "promote"
CREATE_REPLICA = "create_replica"
WATCH_LAG = "watch_lag"
CUT_OVER = "cut_over"
CHECK_SOURCE = "check_source"
COPY_PARAMETERS = "copy_parameters"
VALIDATE_TARGET = "validate_target"
KEEP_WAY_BACK = "keep_way_back"
RETIRE_SOURCE = "retire_source"
CLEAR_WAY = "clear_way"
#: A gate, and the job behind it that closes the source for the snapshot method.
FREEZE = "freeze"
TAKE_SNAPSHOT = "take_snapshot"
RESTORE_SNAPSHOT = "restore_snapshot"
VALIDATE_COPY = "validate_copy"
#: A gate that stands open for all of the cool-off, and the job behind it: in no plan's order.
ROLL_BACK = "roll_back"
#: Jobs that hold clients' writes: nothing interrupts one between two acts.
SWITCHOVERS = frozenset({CUT_OVER, ROLL_BACK, FREEZE})
#: What is found in them is void once the source has been open again.
FROZEN_STEPS = frozenset({FREEZE, TAKE_SNAPSHOT, RESTORE_SNAPSHOT, VALIDATE_COPY})

_COMPENSATABLE = Kind.COMPENSATABLE

READ_REPLICA = (
    PlannedStep(CHECK_SOURCE, Phase.PREPARATION, _COMPENSATABLE),
    PlannedStep("enable_backups", Phase.PREPARATION, _COMPENSATABLE),
    PlannedStep("check_network", Phase.PREPARATION, _COMPENSATABLE),
    PlannedStep(COPY_PARAMETERS, Phase.PREPARATION, _COMPENSATABLE),
    PlannedStep("take_safety_snapshot", Phase.PREPARATION, _COMPENSATABLE),
    PlannedStep(CREATE_REPLICA, Phase.SYNCHRONIZATION, _COMPENSATABLE),
    PlannedStep(WATCH_LAG, Phase.SYNCHRONIZATION, _COMPENSATABLE),
    PlannedStep(VALIDATE_TARGET, Phase.SYNCHRONIZATION, _COMPENSATABLE),
    PlannedStep(CUT_OVER, Phase.CUT_OVER, Kind.PIVOT, gate=PROMOTE),
    PlannedStep("protect_target", Phase.COOL_OFF, Kind.RETRIABLE),
)

#: The variant of the steps that never log in to a database.
WITHOUT_LOGIN = "without login"
_LOG_IN = frozenset(
    {
        CHECK_SOURCE,
        "check_network",
        CREATE_REPLICA,
        WATCH_LAG,
        VALIDATE_TARGET,
        CUT_OVER,
    }
)
READ_REPLICA_WITHOUT_LOGIN = tuple(
    replace(step, variant=WITHOUT_LOGIN) if step.name in _LOG_IN else step for step in READ_REPLICA
)

#: Where the way back is prepared: the source follows the target until somebody has decided.
_KEPT = (
    PlannedStep(KEEP_WAY_BACK, Phase.COOL_OFF, Kind.RETRIABLE),
    PlannedStep(RETIRE_SOURCE, Phase.COOL_OFF, Kind.RETRIABLE),
)

#: The variant of the pivot that only leads over to a copy that is there.
BY_SNAPSHOT = "snapshot"
SNAPSHOT = (
    *(step for step in READ_REPLICA if step.phase is Phase.PREPARATION),
    PlannedStep(CLEAR_WAY, Phase.PREPARATION, _COMPENSATABLE),
    PlannedStep(FREEZE, Phase.CUT_OVER, _COMPENSATABLE, gate=FREEZE),
    PlannedStep(TAKE_SNAPSHOT, Phase.CUT_OVER, _COMPENSATABLE),
    PlannedStep(RESTORE_SNAPSHOT, Phase.CUT_OVER, _COMPENSATABLE),
    PlannedStep(VALIDATE_COPY, Phase.CUT_OVER, _COMPENSATABLE),
    PlannedStep(CUT_OVER, Phase.CUT_OVER, Kind.PIVOT, variant=BY_SNAPSHOT),
    PlannedStep("protect_target", Phase.COOL_OFF, Kind.RETRIABLE),
)

LONGEST_LAG_THRESHOLD = 60.0
SHORTEST_PAUSE = 1.0
# AWS promotes in two minutes or in twenty: the limit leaves room for a slow one.
LONGEST_PAUSE = 3600.0
# The target keeps WAL for a source that does not follow: longer is for nobody to forget.
LONGEST_WAY_BACK_HOURS = 240.0
# A snapshot and a restore take minutes at the least; beyond two days nobody means it.
SHORTEST_OUTAGE = 60.0
LONGEST_OUTAGE = 48 * 3600.0


def _check_identifier(name: str) -> None:
    if not is_identifier(name):
        raise InvalidOptions(
            "target",
            f"A cluster's name has 1 to {LONGEST_IDENTIFIER} lower-case letters, digits and single "
            "hyphens, begins with a letter and does not end with a hyphen.",
        )


def plan_for(source: str, options: Options, engine: Engine = Engine.RQ) -> Plan:
    """The plan for moving one source by the method that was chosen.

    Raises:
        InvalidOptions: what was asked for can't be done; `field` names the option.
    """
    _check_identifier(options.target)
    if options.target == source:
        raise InvalidOptions("target", "The cluster needs a name other than the source's.")
    if not 0 < options.lag_threshold_seconds <= LONGEST_LAG_THRESHOLD:
        raise InvalidOptions(
            "lag_threshold_seconds",
            f"The lag threshold is more than 0 and at most {LONGEST_LAG_THRESHOLD:.0f} seconds.",
        )
    if not SHORTEST_PAUSE <= options.max_write_pause_seconds <= LONGEST_PAUSE:
        raise InvalidOptions(
            "max_write_pause_seconds",
            f"The longest write pause is {SHORTEST_PAUSE:.0f} to {LONGEST_PAUSE:.0f} seconds.",
        )
    wants_way_back = options.way_back is not WayBack.NONE
    if wants_way_back and not options.login:
        raise InvalidOptions(
            "way_back", "A way back needs a login to the database: Daybreak prepares it by SQL."
        )
    if options.recreate_slots and not options.login:
        raise InvalidOptions(
            "recreate_slots", "Slots are made by SQL: that needs a login to the database."
        )
    if not 0 < options.way_back_hours <= LONGEST_WAY_BACK_HOURS:
        raise InvalidOptions(
            "way_back_hours",
            f"A way back is kept for more than 0 and at most {LONGEST_WAY_BACK_HOURS:.0f} hours.",
        )
    return Plan(options.method, engine, _steps(options))


def _steps(options: Options) -> tuple[PlannedStep, ...]:
    if options.method is Method.SNAPSHOT:
        _check_snapshot(options)
        steps = SNAPSHOT
    else:
        steps = READ_REPLICA if options.login else READ_REPLICA_WITHOUT_LOGIN
    return steps if options.way_back is WayBack.NONE else (*steps, *_KEPT)


def _check_snapshot(options: Options) -> None:
    if not options.login:
        raise InvalidOptions(
            "method",
            "The snapshot method needs a login to the database: the copy is proven by a row that "
            "is written into the closed source.",
        )
    if options.way_back is not WayBack.NONE:
        raise InvalidOptions(
            "way_back",
            "The snapshot method keeps no way back yet: going back once the cluster is open would "
            "lose what was written there.",
        )
    if options.recreate_slots:
        raise InvalidOptions(
            "recreate_slots",
            "The snapshot method makes no slots anew: consumers backfill from the cluster, or "
            "make new ones before applications are let in.",
        )
    if not SHORTEST_OUTAGE <= options.longest_outage_seconds <= LONGEST_OUTAGE:
        raise InvalidOptions(
            "longest_outage_seconds",
            f"The longest outage is {SHORTEST_OUTAGE / 60:.0f} minute to "
            f"{LONGEST_OUTAGE / 3600:.0f} hours.",
        )


#: Hex digits of a hash that people compare by eye.
SHORT_HASH = 12


def planned(source: str, plan: Plan, options: Options) -> Facts:
    """What is moved, by which steps and with which options, as JSON: for the first event.

    It is written down once. Made anew later it would differ with each option that Daybreak learns.
    """
    return {"source": source, "plan": _plain(plan), "options": _plain(options)}


def hash_of(what: Facts) -> str:
    """SHA-256, in hex, over what was planned; empty where that is not on record."""
    return hashlib.sha256(canonical(what).encode()).hexdigest() if what else ""


def plan_hash(plan: Plan, source: str, target: str, options: Options) -> str:
    """The hash that a migration of these has in its audit, in hex: another one is another plan.

    People read the first `SHORT_HASH` digits of it.
    """
    return hash_of(planned(source, plan, replace(options, target=target)))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    return str(value) if isinstance(value, str) else value
