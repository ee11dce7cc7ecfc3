"""What a step may use, handed to it by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass, field

from migration.model import Reading
from migration.ports import Clock
from workers.aws.cloudwatch import CloudWatchGateway
from workers.aws.ec2 import Ec2Gateway
from workers.aws.kms import KmsGateway
from workers.aws.rds import RdsGateway
from workers.aws.secrets import SecretsGateway
from workers.postgres.databases import Databases
from workers.remedies.records import NoRecords, Records
from workers.settings import WorkerSettings
from workers.traffic.port import TrafficLayer


@dataclass(frozen=True)
class Toolbox:
    """Gateways and settings of one process.

    On observations a step gets none of them by itself: see `workers.observing.rehearsal`.
    """

    rds: RdsGateway
    ec2: Ec2Gateway
    metrics: CloudWatchGateway
    secrets: SecretsGateway
    kms: KmsGateway
    databases: Databases
    traffic: TrafficLayer
    settings: WorkerSettings
    clock: Clock
    #: (migration id, name) -> the last readings, oldest first
    readings: Callable[[str, str], list[Reading]]
    #: migration id -> checks whose warnings somebody has taken note of
    acknowledged: Callable[[str], frozenset[str]]
    #: (migration id, act) -> when that call was last answered, since the last retry; unix seconds
    done_at: Callable[[str, str], float | None]
    #: What people had mended of sources.
    remedies: Records = field(default_factory=NoRecords)
