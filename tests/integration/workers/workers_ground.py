"""What the workers' tests stand on: a real Redis, and an AWS that nobody answers for."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from migration.model import Migration, Options
from migration.plan import plan_for
from sandbox.servers.certificates import Authority
from sandbox.servers.redis import Redis
from sandbox.servers.server_process import free_port

PATIENCE = 60.0


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until it holds, generously."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} never came true"
        time.sleep(0.01)


def settings(folder: Path, redis: Redis) -> dict[str, str]:
    """Every setting that the workers need."""
    authority = Authority(folder, "ca")
    caller = authority.issue(folder, "daybreak")
    return {
        "REDIS_URL": redis.url,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_MAX_ATTEMPTS": "1",
        "DAYBREAK_RDS_CA_FILE": str(authority.certificate),
        "DAYBREAK_POOLERS": f"https://127.0.0.1:{free_port()}",
        "DAYBREAK_CERT_FILE": str(caller.certificate),
        "DAYBREAK_KEY_FILE": str(caller.key),
        "DAYBREAK_CA_FILE": str(authority.certificate),
    }


def a_migration(now: float) -> Migration:
    """A migration that has just been asked for."""
    options = Options(target="orders-aurora")
    return Migration(
        id="orders-0001",
        source="orders",
        requester="U0RITA",
        channel="C1",
        options=options,
        plan=plan_for("orders", options),
        created_at=now,
        updated_at=now,
    )


def queued(redis: object, queue: str) -> list[Job]:
    """The jobs on a queue."""
    jobs: list[Job] = Queue(queue, connection=redis, serializer=JSONSerializer).jobs
    return jobs


def run(command: str, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """`python -m workers <command>` with these settings and no other of ours."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DAYBREAK_", "AWS_", "REDIS_"))
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "workers", *command.split()],
            stdout=output,
            stderr=output,
            env={**inherited, **environment},
        )
