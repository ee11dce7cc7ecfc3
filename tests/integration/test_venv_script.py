"""scripts/venv makes an environment from the lock, once, and again when it has to."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path
from select import select
from subprocess import PIPE

import pytest

SAID = "Making .venv from requirements.lock (a minute or three) ...\nMade .venv.\n"
WAITS = "Waiting for another one that makes .venv ...\n"
CHECKOUT = Path(__file__).resolve().parents[2]
# A project that builds itself: nothing has to be fetched for it.
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import zipfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "probe-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        wheel.writestr("probe.py", "")
        about = "Metadata-Version: 2.1\\nName: probe\\nVersion: 1\\n"
        wheel.writestr("probe-1.dist-info/METADATA", about)
        wheel.writestr("probe-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr("probe-1.dist-info/RECORD", "")
    return name
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with the script, and with the parts that it uses."""
    for path in ("scripts/venv", "sandbox/__init__.py", "sandbox/servers/__init__.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / path, tmp_path / path)
    shutil.copy(CHECKOUT / "sandbox/servers/debian.py", tmp_path / "sandbox/servers")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="ascii")
    (tmp_path / "backend.py").write_text(BACKEND, encoding="ascii")
    (tmp_path / "requirements.lock").write_text("# nothing\n", encoding="ascii")
    return tmp_path


def command(project: Path) -> list[Path]:
    """The script, by the Python that the tests' own environment was made from."""
    return [Path(sys.base_prefix) / "bin" / "python3", project / "scripts" / "venv"]


def run(project: Path) -> subprocess.CompletedProcess[str]:
    """Run the script, and wait for its end."""
    return subprocess.run(command(project), cwd="/", capture_output=True, text=True, check=False)


def make(project: Path) -> str:
    """Run the script as `make venv` does, and return what it says."""
    done = run(project)
    assert done.returncode == 0, done.stdout + done.stderr
    subprocess.run([project / ".venv/bin/python", "-c", "import probe"], check=True)
    return done.stdout


@pytest.mark.table("venv")
def test_it_is_made_once_and_again_when_it_failed(project: Path) -> None:
    """Who comes meanwhile waits and says so; a half installed one is not taken for whole."""
    with (project / "scripts" / "venv").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        two = [subprocess.Popen(command(project), stdout=PIPE, text=True) for _ in range(2)]
        for waiting in two:
            assert waiting.stdout is not None
            assert select([waiting.stdout], [], [], 60)[0], "one waits without a word"
            assert waiting.stdout.readline() == WAITS
    assert sorted(waiting.communicate()[0] for waiting in two) == ["", SAID]
    assert make(project) == ""

    (project / ".venv" / "remains").touch()
    (project / "requirements.lock").write_text("six==1.17.0\n", encoding="ascii")
    refused = run(project)
    assert refused.returncode == 1, "a requirement without a hash was installed"
    assert "Making .venv failed" in refused.stderr

    (project / "requirements.lock").write_text("# nothing\n", encoding="ascii")
    assert make(project) == SAID
    assert not (project / ".venv" / "remains").exists()


@pytest.mark.table("venv")
def test_it_follows_the_lock_and_the_place(project: Path) -> None:
    """What is there is brought to the new lock; a moved checkout gets a new environment."""
    make(project)
    (project / ".venv" / "kept").touch()
    (project / "requirements.lock").write_text("# nothing else\n", encoding="ascii")
    assert make(project) == SAID
    assert (project / ".venv" / "kept").exists()

    moved = project.rename(project.with_name(f"{project.name}-moved"))

    assert make(moved) == SAID
    assert not (moved / ".venv" / "kept").exists()
