"""A sandbox that was killed leaves postmasters; the next one ends them and starts afresh."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from aws_ground import eventually

from sandbox.aws.cloud import Cloud
from sandbox.aws.seed import load
from sandbox.servers.certificates import Authority
from sandbox.servers.postmaster import started_at

_CLOUD = """
import pathlib, sys, time
from sandbox.aws.cloud import Cloud
from sandbox.aws.seed import load
from sandbox.servers.certificates import Authority

run_dir = pathlib.Path(sys.argv[1])
with Cloud(run_dir, Authority(run_dir / "ca", "ca"), load().only("billing")):
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """A directory that the servers' account can get into."""
    directory = Path(mkdtemp(prefix="daybreak-aws-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def test_a_killed_clouds_servers_are_ended_by_the_next(run_dir: Path) -> None:
    """After kill -9 the postmaster lives on; a new cloud in the same directory ends it."""
    command = [sys.executable, "-c", _CLOUD, str(run_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "up\n"
        first.send_signal(signal.SIGKILL)
    pid = int((run_dir / "rds-pids" / "billing").read_text().split()[0])
    assert started_at(pid) is not None
    with Cloud(run_dir, Authority(run_dir / "ca", "ca"), load().only("billing")) as second:
        assert started_at(pid) is None
        assert second.failures == []
        own = int((run_dir / "rds-pids" / "billing").read_text().split()[0])
    eventually(lambda: started_at(own) is None, "the second one's own end")


def test_only_one_cloud_in_a_process(run_dir: Path) -> None:
    """Moto's state belongs to the process: a second cloud beside the first is refused."""
    authority = Authority(run_dir / "ca", "ca")
    with (
        Cloud(run_dir / "one", authority, load().only()),
        pytest.raises(RuntimeError, match="one Cloud"),
    ):
        Cloud(run_dir / "two", authority, load().only()).start()
    with Cloud(run_dir / "two", authority, load().only()) as later:
        assert later.endpoint_url.startswith("http://127.0.0.1:")
