"""The settings of the workers and the reconciler."""

import re
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Filled = TypeVar("Filled", str, tuple[str, ...])

# A record's place as the setting writes it.
RECORD = re.compile(
    r"(?P<source>[a-z][a-z0-9-]*)=(?P<zone>[A-Za-z0-9]+)/(?P<name>[A-Za-z0-9_.-]+?)\.?"
    r"(?::(?P<port>[0-9]{1,5}))?"
)

# S3's rules for names: 3 to 63 of these.
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class WorkerSettings(BaseSettings):
    """What the workers need to know."""

    model_config = SettingsConfigDict(env_prefix="DAYBREAK_", extra="ignore")

    aws_region: str = Field(
        validation_alias="AWS_REGION",
        description="The Region of the instances. Credentials and `AWS_ENDPOINT_URL` are boto3's.",
    )
    rds_ca_file: str = Field(
        description="The certificate bundle that RDS's server certificates are verified with."
    )
    traffic: Literal["poolers", "route53"] = Field(
        default="poolers",
        description="What leads the applications to the database: `poolers` with agents, or a "
        "name in `route53`, where nothing can hold them (docs/traffic.md).",
    )
    poolers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        validate_default=True,
        description="The agents beside the poolers, comma-separated, like "
        "`https://10.0.0.5:7443,https://10.0.0.6:7443`. Required with `poolers`, as the next "
        "three are.",
    )
    cert_file: str = Field(
        default="",
        validate_default=True,
        description="Daybreak's client certificate (common name `daybreak`) towards agents and "
        "poolers.",
    )
    key_file: str = Field(default="", validate_default=True, description="Its private key.")
    ca_file: str = Field(
        default="",
        validate_default=True,
        description="The authority that signed the agents' and poolers' own.",
    )
    route53_records: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        validate_default=True,
        description="The CNAME records that applications use, comma-separated, as "
        "`SOURCE=ZONE_ID/NAME` or `SOURCE=ZONE_ID/NAME:PORT`, like "
        "`orders=Z0123456789ABC/orders.db.example.com`. Required with `route53`.",
    )
    route53_ttl_seconds: int = Field(
        default=5,
        ge=1,
        le=60,
        description="What the record's TTL is lowered to while a migration may move it, in s.",
    )
    route53_sync_seconds: float = Field(
        default=60.0,
        ge=1,
        description="How long Route 53 may need until all of its servers know a change, in s. "
        "AWS says that it usually takes no longer than a minute.",
    )
    probe_certificates: str = Field(
        default="",
        description="A folder with `USER.crt` and `USER.key`, client certificates of the "
        "applications' users towards the poolers. With one of the source's, two connections of "
        "Daybreak's write as the application during a cut-over and measure the write pause; "
        "without, it is reported as not measured.",
    )
    lag_sustain_seconds: float = Field(
        default=300.0, gt=0, description="How long the lag must stay under its threshold, in s."
    )
    poll_seconds: float = Field(
        default=15.0, gt=0, description="How often a step looks at what it waits for, in s."
    )
    watch_seconds: float = Field(
        default=5.0, gt=0, description="How often a gate's conditions are looked at, in s."
    )
    sync_seconds: float = Field(
        default=15.0,
        gt=0,
        description="How often a replica and its source's disk are looked at, whatever else is "
        "done meanwhile, in s.",
    )
    stall_seconds: float = Field(
        default=30.0,
        gt=0,
        description="A replica that has not moved for so long is said to stand still, in s.",
    )
    disk_warning_hours: float = Field(
        default=24.0,
        gt=0,
        description="A source whose disk is full in less, at the pace of the last minutes, is "
        "warned of, in hours.",
    )
    disk_alarm_hours: float = Field(
        default=4.0,
        gt=0,
        description="In less than this the approvers are called: somebody has to act, in hours.",
    )
    alarm_topics: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="SNS topics, comma-separated ARNs, that CloudWatch tells when one of a "
        "migration's alarms goes off: whoever is on call hears of it without Daybreak.",
    )
    inventory_seconds: float = Field(
        default=30.0, gt=0, description="How often the list of instances is read from AWS, in s."
    )
    lease_seconds: float = Field(
        default=6.0,
        ge=4,
        description="A job that is silent for so long has lost its migration, and a successor "
        "takes over, in s. With the default, writes flow again within 10 s of a crash.",
    )
    way_back_retained_mib: int = Field(
        default=10240,
        gt=0,
        description="WAL that a target may keep for the source in the cool-off before the channel "
        "is told, in MiB.",
    )
    longest_transaction_seconds: float = Field(
        default=5.0,
        gt=0,
        description="A transaction older than this keeps the cut-over from beginning, in s.",
    )
    pause_seconds: float = Field(
        default=2.0,
        gt=0,
        description="How long the cut-over waits for running transactions to end, in s; all "
        "others are held meanwhile. At most half of the lease.",
    )
    quarantine_group: str = Field(
        default="",
        description="The name of the security group, in every VPC with sources, that lets nobody "
        "in: where databases are closed without a login. Without it that mode is refused.",
    )
    wal_segment_mb: int = Field(
        default=0,
        ge=0,
        description="The size of the sources' WAL segments in MiB, where their parameter group "
        "does not list `wal_segment_size`; RDS has 64. 0: such a source is refused without a "
        "login.",
    )
    datapoint_seconds: int = Field(
        default=60,
        ge=1,
        description="How long a datapoint of RDS's metrics lasts, in s: 60 on AWS.",
    )
    copy_hours_per_tib: float = Field(
        default=4.0,
        gt=0,
        description="How long AWS may take to copy a TiB to a replica, in hours: WAL piles up on "
        "the source meanwhile, and a source without room for it is refused.",
    )
    copy_least_hours: float = Field(
        default=0.5, gt=0, description="How long it takes at least, however small, in hours."
    )
    undriven_seconds: float = Field(
        default=600.0,
        gt=0,
        description="A source that is closed for its copy is reopened when no worker has gone on "
        "with it for so long, in s.",
    )
    forgotten_transaction_seconds: float = Field(
        default=3600.0,
        gt=0,
        description="A transaction older than this is named when a source is checked, in s.",
    )
    audit_bucket: str = Field(
        default="",
        description="The S3 bucket that the audit of each migration that has ended is written to "
        "(docs/audit.md); empty: the thread alone has it.",
    )
    audit_retention_days: int = Field(
        default=0,
        ge=0,
        le=36500,
        description="So long nobody may delete or overwrite it there, in days: needs a bucket with "
        "Object Lock. 0: what the bucket does by itself.",
    )
    audit_retention_mode: Literal["governance", "compliance"] = Field(
        default="governance",
        description="How strictly: with `compliance` nobody at all can end it, not even the "
        "account's root.",
    )
    audit_retry_seconds: float = Field(
        default=300.0,
        ge=1,
        description="When an audit that could not be written is tried again, in s.",
    )
    rewrite_seconds: float = Field(
        default=60.0,
        gt=0,
        le=600,
        description="A table that takes longer to rewrite is not set logged by a button: nobody "
        "can read or write it meanwhile, in s.",
    )
    failpoints: str = Field(
        default="",
        description="A folder of failpoints, for rehearsals of crashes; only the sandbox sets it.",
    )

    @field_validator("poolers", "route53_records", "alarm_topics", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _pause_fits_lease(self) -> Self:
        if self.pause_seconds > self.lease_seconds / 2:
            raise ValueError(
                "DAYBREAK_PAUSE_SECONDS may be half of DAYBREAK_LEASE_SECONDS at most: an act "
                "begins only while the lease outlasts it"
            )
        return self

    @field_validator("audit_bucket")
    @classmethod
    def _bucket(cls, value: str) -> str:
        if value and not BUCKET.fullmatch(value):
            raise ValueError(f"{value} is no name of a bucket: it is no ARN, no address, no folder")
        return value

    @model_validator(mode="after")
    def _retention_of_something(self) -> Self:
        if self.audit_retention_days and not self.audit_bucket:
            raise ValueError(
                "DAYBREAK_AUDIT_RETENTION_DAYS needs DAYBREAK_AUDIT_BUCKET: there is nothing to be "
                "kept"
            )
        return self

    @model_validator(mode="after")
    def _alarm_after_warning(self) -> Self:
        if self.disk_alarm_hours > self.disk_warning_hours:
            raise ValueError(
                "DAYBREAK_DISK_ALARM_HOURS may be DAYBREAK_DISK_WARNING_HOURS at most: the warning "
                "comes first"
            )
        return self

    @field_validator("poolers", "cert_file", "key_file", "ca_file", "route53_records")
    @classmethod
    def _needed(cls, value: Filled, info: ValidationInfo) -> Filled:
        """What leads the traffic decides which of them have to be there."""
        wanted = "route53" if info.field_name == "route53_records" else "poolers"
        if not value and info.data.get("traffic") == wanted:
            raise ValueError(f"it is missing, and DAYBREAK_TRAFFIC={wanted} needs it")
        return value

    @field_validator("route53_records")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for record in value:
            if not RECORD.fullmatch(record):
                raise ValueError(f"{record} is not SOURCE=ZONE_ID/NAME or SOURCE=ZONE_ID/NAME:PORT")
        if len({record.partition("=")[0] for record in value}) < len(value):
            raise ValueError("a source has one record only")
        return value

    @field_validator("poolers")
    @classmethod
    def _encrypted(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith("https://"):
                raise ValueError(f"{url} must begin with https:// (mutual TLS)")
        return value
