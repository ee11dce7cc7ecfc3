"""How unkind AWS is today: switches that a test or the demo turns at run time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Scenario:
    """Every switch is read at the moment it matters. The counters go down as they are used up.

    The default is AWS on a good day, and that is unkind enough: promotion ends the target's
    sessions, the master user is no superuser, statuses take their time.
    """

    # Promotion: the target stays read-only for this long, its cluster `promoting`.
    promote_seconds: float = 0.0
    # The target writes already, but the cluster stays `promoting` for this much longer.
    promote_settle_seconds: float = 0.0
    # The target is restarted right after it was promoted.
    promote_restarts_target: bool = False
    # So many promote calls are answered with a 500 although they were carried out ...
    promote_fails_times: int = 0
    # ... or although nothing was done: a client cannot tell which.
    promote_fails_unexecuted_times: int = 0
    # So many are refused with `Throttling`: that answer proves that nothing was done.
    promote_throttled_times: int = 0
    # So many lose the connection after they were carried out ...
    lose_promote_answers: int = 0
    # ... or before.
    lose_promote_requests: int = 0
    # The call is carried out this much later than it arrives: a client's time-out may pass.
    promote_call_delay_seconds: float = 0.0

    # DescribeDBInstances and DescribeDBClusters show the state of so long ago.
    describe_lag_seconds: float = 0.0
    # DescribeEvents shows an event so much later than it happened.
    events_late_seconds: float = 0.0
    # A reboot takes no less than this: seconds at least on AWS, whose clock they are seen by.
    reboot_seconds: float = 3.0
    # A replica's instance stays `creating` this much longer than its copy takes.
    create_replica_seconds: float = 0.0
    # A snapshot stays `creating` this much longer than its copy takes.
    snapshot_seconds: float = 0.0
    # A cluster that is restored from a snapshot stays `migrating` this much longer.
    restore_seconds: float = 0.0
    # So many restores end as `migration-failed`.
    restore_fails_times: int = 0
    # A replica applies what it received this much later (recovery_min_apply_delay).
    replica_apply_delay_seconds: float = 0.0
    # A replica takes the source's log only every so often, so that the source keeps it in between:
    # `OldestReplicationSlotLag` is a saw-tooth, as it is on RDS. 0: as it is written.
    replica_takes_log_every_seconds: float = 0.0
    # Replicas take nothing of the source's log while this is on, and keep their connections.
    replica_stalled: bool = False
    # The status that every replica's instance falls into, its server ended: `failed`, say.
    replica_fails: str = ""
    # Disks that are of another size than was ordered, in GiB, by instance: they fill up for real.
    # One that is full makes its instance `storage-full`, which nobody can connect to, until there
    # is room again.
    storage_gib: dict[str, float] = field(default_factory=dict)
    # Route 53's servers know a change so much later than its API says it has it.
    route53_sync_seconds: float = 0.0
    # So many changes of records lose the connection after they were carried out.
    lose_record_answers: int = 0
    # CloudWatch has no new datapoints, as happens for minutes.
    metrics_missing: bool = False
    # So CloudWatch says instead of what was measured, by metric and instance.
    metrics_said: dict[tuple[str, str], float] = field(default_factory=dict)
    # RDS answers so many Describe calls a second, and refuses others with `Throttling`: a bucket
    # that holds those of one second. 0: as many as come.
    describes_per_second: float = 0.0
    # Actions of RDS, by their API's name, that are answered with AccessDenied.
    denied: set[str] = field(default_factory=set)
    # Quotas of the account that are lower than AWS's own, by AWS's name of them.
    quotas: dict[str, int] = field(default_factory=dict)
    # What DescribeDBInstances shows of an instance besides, by its API's names (of the
    # member, for lists of the shape): what the sandbox does not have and a source may have.
    shown: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    # What Aurora's families take of a parameter, where it is less than what RDS takes.
    aurora_takes: dict[str, str] = field(default_factory=dict)
    # What Aurora's families do not list at all.
    aurora_hides: set[str] = field(default_factory=set)
