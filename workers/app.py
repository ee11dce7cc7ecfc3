"""The composition root of the workers: settings in, a workbench out."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import boto3
from redis import Redis

from migration.acts import last_done
from migration.adapters.clock import SystemClock
from migration.adapters.connection import client
from migration.adapters.redis_audits import RedisAudits
from migration.adapters.redis_checks import RedisChecks
from migration.adapters.redis_observations import RedisObservations
from migration.adapters.redis_remedies import RedisRemedies
from migration.adapters.redis_store import RedisStore
from migration.adapters.rq_engine import RqEngine
from migration.adapters.settings import RedisSettings, SettingsWrong, read_settings
from migration.model import Migration
from migration.recorder import Recorder
from migration.warnings import acknowledged
from workers import failpoints
from workers.audit_keeping import AuditKeeping
from workers.aws.clients import (
    open_clients,
    open_names_client,
    open_promoting_client,
    open_vault_client,
)
from workers.aws.cloudwatch import CloudWatchGateway
from workers.aws.ec2 import Ec2Gateway
from workers.aws.kms import KmsGateway
from workers.aws.rds import RdsGateway
from workers.aws.route53 import Route53Gateway
from workers.aws.secrets import SecretsGateway
from workers.aws.vault import Vault
from workers.modes import Job, Successor, mode_of
from workers.postgres.databases import Databases
from workers.settings import RECORD, WorkerSettings
from workers.toolbox import Toolbox
from workers.traffic.client import Certificates, PoolerGroup
from workers.traffic.names import Names
from workers.traffic.noted_name import Name
from workers.traffic.port import TrafficLayer

POSTGRES_PORT = 5432


@dataclass(frozen=True)
class Workbench:
    """Everything that a job needs."""

    redis: Redis
    store: RedisStore
    checks: RedisChecks
    audits: RedisAudits
    #: None where no bucket is set.
    audit_keeping: AuditKeeping | None
    remedies: RedisRemedies
    observations: RedisObservations
    engine: RqEngine
    recorder: Recorder
    tools: Toolbox
    traffic: TrafficLayer
    clock: SystemClock
    settings: WorkerSettings

    def switchover(self, migration: Migration) -> Job:
        """The one kind of step that polls in place."""
        return mode_of(migration).switchover(self.tools, self.store, self.recorder)

    def succession(self, migration: Migration) -> Successor:
        """What takes over when its process is silent."""
        return mode_of(migration).succession(self.tools, self.store, self.recorder)

    def close(self) -> None:
        """Let go of connections."""
        self.traffic.close()
        self.redis.close()


def open_store(redis: Redis) -> tuple[RedisStore, RqEngine]:
    """The store and the engine over this Redis."""
    engine = RqEngine(redis)
    return RedisStore(redis, engine, SystemClock()), engine


def compose() -> Workbench:
    """Build it all from the environment; nothing is connected yet."""
    settings = read_settings(WorkerSettings)
    redis = client(read_settings(RedisSettings))
    store, engine = open_store(redis)
    traffic = _traffic(settings)
    clock = SystemClock()
    remedies = RedisRemedies(redis, engine, clock)
    tools = replace(
        _tools(settings, traffic),
        remedies=remedies,
        readings=store.readings,
        acknowledged=lambda name: acknowledged(store.events(name)),
        done_at=lambda name, act: last_done(store.events(name), act),
    )
    audits = RedisAudits(redis, engine)
    return Workbench(
        redis,
        store,
        RedisChecks(redis, engine, clock),
        audits,
        _audit_keeping(settings, store, audits, clock),
        remedies,
        RedisObservations(redis),
        engine,
        Recorder(store, clock),
        tools,
        traffic,
        clock,
        settings,
    )


def _audit_keeping(
    settings: WorkerSettings, store: RedisStore, audits: RedisAudits, clock: SystemClock
) -> AuditKeeping | None:
    if not settings.audit_bucket:
        return None
    session = boto3.Session(region_name=settings.aws_region)
    vault = Vault(open_vault_client(session), settings.audit_bucket)
    return AuditKeeping(store, audits, vault, settings, clock)


@contextmanager
def tools_without_store() -> Iterator[Toolbox]:
    """The tools alone, for whoever has to do without Redis."""
    settings = read_settings(WorkerSettings)
    traffic = _traffic(settings)
    try:
        yield _tools(settings, traffic)
    finally:
        traffic.close()


def _tools(settings: WorkerSettings, traffic: TrafficLayer) -> Toolbox:
    """Those that need no store, and know nothing of one."""
    failpoints.watch(settings.failpoints)
    session = boto3.Session(region_name=settings.aws_region)
    clients = open_clients(session)
    rds = RdsGateway(clients.rds, partial(open_promoting_client, session), clients.rds_reading)
    secrets = SecretsGateway(clients.secrets)
    return Toolbox(
        rds=rds,
        ec2=Ec2Gateway(clients.ec2),
        metrics=CloudWatchGateway(clients.cloudwatch),
        secrets=secrets,
        kms=KmsGateway(clients.kms),
        databases=Databases(secrets, rds, settings.rds_ca_file),
        traffic=traffic,
        settings=settings,
        clock=SystemClock(),
        readings=lambda _migration, _name: [],
        acknowledged=lambda _migration: frozenset(),
        done_at=lambda _migration, _act: None,
    )


def _traffic(settings: WorkerSettings) -> TrafficLayer:
    if settings.traffic == "route53":
        return _names(settings)
    return open_poolers(settings, settings.poolers)


def _names(settings: WorkerSettings) -> Names:
    session = boto3.Session(region_name=settings.aws_region)
    gateway = Route53Gateway(open_names_client(session))
    return Names(
        _records(settings),
        gateway,
        ttl_seconds=settings.route53_ttl_seconds,
        sync_seconds=settings.route53_sync_seconds,
    )


def _records(settings: WorkerSettings) -> list[Name]:
    found = [RECORD.fullmatch(text) for text in settings.route53_records]
    return [
        Name(one["source"], one["zone"], one["name"], int(one["port"] or POSTGRES_PORT))
        for one in found
        if one
    ]


def open_poolers(settings: WorkerSettings, urls: Sequence[str]) -> PoolerGroup:
    """These agents, with our certificates; nothing is connected yet."""
    certificates = Certificates(
        Path(settings.cert_file), Path(settings.key_file), Path(settings.ca_file)
    )
    try:
        return PoolerGroup(urls, certificates)
    except (OSError, ssl.SSLError) as error:
        raise SettingsWrong(
            "DAYBREAK_CERT_FILE, DAYBREAK_KEY_FILE or DAYBREAK_CA_FILE can't be used: "
            f"{error}. They are PEM files; the key belongs to the certificate."
        ) from error
