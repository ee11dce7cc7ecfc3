"""The steps by name and variant: what carries out what a plan says."""

from collections.abc import Callable, Mapping

from migration.model import PlannedStep
from migration.plan import WITHOUT_LOGIN
from migration.steps import Step
from workers.snapshot_method.clear_way import ClearWay, Freeze
from workers.snapshot_method.restore_snapshot import RestoreSnapshot
from workers.snapshot_method.take_snapshot import TakeSnapshot
from workers.snapshot_method.validate_copy import ValidateCopy
from workers.steps.check_network import CheckNetwork
from workers.steps.check_source import CheckSource
from workers.steps.copy_parameters import CopyParameters
from workers.steps.create_replica import CreateReplica
from workers.steps.enable_backups import EnableBackups
from workers.steps.keep_way_back import KeepWayBack
from workers.steps.protect_target import ProtectTarget
from workers.steps.retire_source import RetireSource
from workers.steps.take_safety_snapshot import TakeSafetySnapshot
from workers.steps.validate_target import ValidateTarget
from workers.steps.watch_lag import WatchLag
from workers.steps.without_login import (
    check_source,
    create_replica,
    validate_target,
    watch_lag,
)
from workers.toolbox import Toolbox

# By the name that plans have for it; the cut-over is a job of its own (workers/cutover).
STEPS: Mapping[str, Callable[[Toolbox], Step]] = {
    "check_source": CheckSource,
    "enable_backups": EnableBackups,
    "check_network": CheckNetwork,
    "copy_parameters": CopyParameters,
    "take_safety_snapshot": TakeSafetySnapshot,
    "create_replica": CreateReplica,
    "watch_lag": WatchLag,
    "validate_target": ValidateTarget,
    "protect_target": ProtectTarget,
    "keep_way_back": KeepWayBack,
    "retire_source": RetireSource,
    "clear_way": ClearWay,
    "freeze": Freeze,
    "take_snapshot": TakeSnapshot,
    "restore_snapshot": RestoreSnapshot,
    "validate_copy": ValidateCopy,
}
# By name and variant.
VARIANTS: Mapping[tuple[str, str], Callable[[Toolbox], Step]] = {
    ("check_source", WITHOUT_LOGIN): check_source.CheckSource,
    ("check_network", WITHOUT_LOGIN): CheckNetwork,
    ("create_replica", WITHOUT_LOGIN): create_replica.CreateReplica,
    ("watch_lag", WITHOUT_LOGIN): watch_lag.WatchLag,
    ("validate_target", WITHOUT_LOGIN): validate_target.ValidateTarget,
}


def activity(step: PlannedStep) -> Callable[[Toolbox], Step]:
    """What carries a planned step out."""
    if step.variant:
        return VARIANTS[step.name, step.variant]
    return STEPS[step.name]
