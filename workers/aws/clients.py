"""Builds the boto3 clients of a process, once: retries and time-outs are decided here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config

from workers.aws.vault import S3Client

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 15
MOST_ATTEMPTS = 4
# Threads of one process that may ask at once; botocore's default is the same.
POOL_CONNECTIONS = 10
# A name is changed in the write pause: repeating is safe, waiting long is not.
NAMES_READ_TIMEOUT_SECONDS = 5
NAMES_ATTEMPTS = 2


@dataclass(frozen=True)
class Clients:
    """One client a service, and for RDS one that only reads."""

    rds: "RDSClient"
    rds_reading: "RDSClient"
    ec2: "EC2Client"
    cloudwatch: "CloudWatchClient"
    secrets: "SecretsManagerClient"
    kms: "KMSClient"


def open_clients(session: boto3.Session, endpoint_url: str | None = None) -> Clients:
    """The clients of a process; without `endpoint_url` boto3 reads AWS_ENDPOINT_URL."""
    # `standard` retries throttling, 5xx and dropped connections with backoff and jitter. Every
    # mutating call but promote is safe to repeat: names are ours, and a second one is refused.
    # `adaptive` also sends less often once AWS has throttled: for whoever only reads.
    changing, reading = _config("standard"), _config("adaptive")
    return Clients(
        rds=session.client("rds", endpoint_url=endpoint_url, config=changing),
        rds_reading=session.client("rds", endpoint_url=endpoint_url, config=reading),
        ec2=session.client("ec2", endpoint_url=endpoint_url, config=reading),
        cloudwatch=session.client("cloudwatch", endpoint_url=endpoint_url, config=reading),
        secrets=session.client("secretsmanager", endpoint_url=endpoint_url, config=reading),
        kms=session.client("kms", endpoint_url=endpoint_url, config=reading),
    )


def _config(mode: Literal["standard", "adaptive"]) -> Config:
    return Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": mode, "total_max_attempts": MOST_ATTEMPTS},
        max_pool_connections=POOL_CONNECTIONS,
    )


def open_promoting_client(
    session: boto3.Session, read_timeout_seconds: float, endpoint_url: str | None = None
) -> "RDSClient":
    """A client that sends a request once and gives up after the time-out.

    botocore sends a promotion up to three times by itself, on a read time-out too;
    after an unclear answer the cut-over has to look first.
    """
    config = Config(
        connect_timeout=min(CONNECT_TIMEOUT_SECONDS, read_timeout_seconds),
        read_timeout=read_timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": 1},
    )
    client: RDSClient = session.client("rds", endpoint_url=endpoint_url, config=config)
    return client


def open_vault_client(session: boto3.Session, endpoint_url: str | None = None) -> S3Client:
    """A client of S3; every write is conditional, and safe to repeat."""
    client: S3Client = session.client("s3", endpoint_url=endpoint_url, config=_config("standard"))
    return client


def open_names_client(session: boto3.Session, endpoint_url: str | None = None) -> "Route53Client":
    """A client of Route 53 whose calls end soon."""
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=NAMES_READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": NAMES_ATTEMPTS},
    )
    client: Route53Client = session.client("route53", endpoint_url=endpoint_url, config=config)
    return client
