"""The settings of the workers and the reconciler."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


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
    poolers: Annotated[tuple[str, ...], NoDecode] = Field(
        description="The agents beside the poolers, comma-separated, like "
        "`https://10.0.0.5:7443,https://10.0.0.6:7443`."
    )
    cert_file: str = Field(
        description="Daybreak's client certificate (common name `daybreak`) towards agents and "
        "poolers."
    )
    key_file: str = Field(description="Its private key.")
    ca_file: str = Field(description="The authority that signed the agents' and poolers' own.")
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
    inventory_seconds: float = Field(
        default=30.0, gt=0, description="How often the list of instances is read from AWS, in s."
    )
    lease_seconds: float = Field(
        default=6.0,
        ge=4,
        description="A job that is silent for so long has lost its migration, and a successor "
        "takes over, in s. With the default, writes flow again within 10 s of a crash.",
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
    failpoints: str = Field(
        default="",
        description="A folder of failpoints, for rehearsals of crashes; only the sandbox sets it.",
    )

    @field_validator("poolers", mode="before")
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

    @field_validator("poolers")
    @classmethod
    def _encrypted(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one agent is needed: only it can redirect the traffic")
        for url in value:
            if not url.startswith("https://"):
                raise ValueError(f"{url} must begin with https:// (mutual TLS)")
        return value
