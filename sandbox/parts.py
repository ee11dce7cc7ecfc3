"""Starts the parts of a sandbox: each one real, on the loopback interface and a free port."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from sandbox.access import Access
from sandbox.aws import scenario_file
from sandbox.aws import seed as aws_seed
from sandbox.aws.cloud import Cloud
from sandbox.servers.pgbouncer import PgBouncer, Trust
from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve
from sandbox.settings import Options
from sandbox.slack.tokens import Tokens
from sandbox.slack.workspace import Workspace


def start_redis(options: Options, stack: ExitStack) -> Redis:
    """A Redis that keeps what it is told; `stack` ends it."""
    directory = options.run_directory / "redis"
    redis = Redis(resolve("redis"), directory, log=options.logs / "redis.log")
    stack.callback(redis.stop)
    redis.start()
    return redis


def start_workspace(options: Options, request_url: str, stack: ExitStack) -> Workspace:
    """The local workspace, with its people and the app installed."""
    workspace = Workspace(
        Tokens.generate(),
        transport="http" if options.transport == "http" else "socket",
        request_url=request_url,
    )
    stack.callback(workspace.stop)
    return workspace.start()


def start_cloud(options: Options, access: Access, stack: ExitStack) -> Cloud:
    """The account of the seed file, its databases still empty."""
    seed = aws_seed.load()
    if options.instances:
        seed = seed.only(*options.instances)
    if options.wal_segment_mb:
        seed = replace(seed, wal_segment_mb=options.wal_segment_mb)
    scenario = scenario_file.load(options.scenario) if options.scenario else None
    cloud = Cloud(options.run_directory, access.databases, seed, scenario, log_dir=options.logs)
    stack.callback(cloud.stop)
    cloud.start()
    return cloud


def start_pooler(
    options: Options, access: Access, databases_ca: Path, stack: ExitStack
) -> PgBouncer:
    """A pooler without entries: its agent writes them."""
    pooler = PgBouncer(
        resolve("pgbouncer"),
        options.run_directory / "pgbouncer",
        trust=Trust(access.pooler, clients=access.team.certificate, servers=databases_ca),
        log=options.logs / "pgbouncer.log",
    )
    stack.callback(pooler.stop)
    pooler.start()
    return pooler
