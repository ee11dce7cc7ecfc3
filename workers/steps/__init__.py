"""One file a step of a plan."""

from collections.abc import Callable, Mapping

from migration.steps import Step
from workers.steps.check_network import CheckNetwork
from workers.steps.check_source import CheckSource
from workers.steps.copy_parameters import CopyParameters
from workers.steps.create_replica import CreateReplica
from workers.steps.enable_backups import EnableBackups
from workers.steps.protect_target import ProtectTarget
from workers.steps.take_safety_snapshot import TakeSafetySnapshot
from workers.steps.validate_target import ValidateTarget
from workers.steps.watch_lag import WatchLag
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
}
