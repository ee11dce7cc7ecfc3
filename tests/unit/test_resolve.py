"""The resolver takes a setting, else the system's program, and says clearly why one will not do."""

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.servers.resolve import NotFoundError, find, main, resolve
from sandbox.servers.wanted import CATALOGUE, Wanted, install_line

PROBE = Wanted(
    name="probe",
    title="Probe",
    mains=("probed", "probe-server"),
    companions=("probectl",),
    at_least=(2, 5),
    folders=(),
)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the account of the servers can enter, which root's tmp_path is not."""
    folder = Path(tempfile.mkdtemp(prefix="daybreak-resolve-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def empty_system(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH without any program, hence without apt, and no setting."""
    (place / "empty").mkdir(mode=0o755)
    monkeypatch.setenv("PATH", str(place / "empty"))
    for name in ("probe", *CATALOGUE):
        monkeypatch.delenv(f"DAYBREAK_{name.upper()}_BIN", raising=False)


def program(path: Path, says: str, mode: int = 0o755) -> Path:
    """A program that answers with this when asked for its version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o755)
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="ascii")
    path.chmod(mode)
    return path


def probe(folder: Path, version: str = "3.0", main: str = "probed") -> Path:
    """A folder with a whole installation of the probe."""
    program(folder / main, f"Probe {version}")
    program(folder / "probectl", "")
    return folder


def refusal(place: Path, wanted: Wanted = PROBE) -> str:
    """The message when it is not found."""
    with pytest.raises(NotFoundError) as refused:
        find(wanted, place / "cache")
    return str(refused.value)


@pytest.mark.parametrize("name", ["postgres", "redis", "pgbouncer"])
def test_the_servers_of_the_tests_are_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine has each server, new enough, with the programs that belong to it."""
    monkeypatch.undo()
    wanted = CATALOGUE[name]

    found = resolve(name)

    assert tuple(map(int, found.version.split("."))) >= wanted.at_least
    assert all(os.access(found.path(each), os.X_OK) for each in wanted.companions)
    assert os.access(found.main, os.X_OK)


def test_the_setting_names_a_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting wins over what the PATH has."""
    monkeypatch.setenv("PATH", str(probe(place / "system")))
    monkeypatch.setenv("DAYBREAK_PROBE_BIN", str(probe(place / "mine")))

    found = find(PROBE, place / "cache")

    assert found.bin_dir == place / "mine"
    assert found.origin == "setting"
    assert found.version == "3.0"
    assert found.path("probectl") == str(place / "mine" / "probectl")


def test_the_setting_may_name_the_program_itself(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under whatever name it has: browsers are called many things."""
    setting = probe(place / "mine", main="probe-nightly") / "probe-nightly"
    monkeypatch.setenv("DAYBREAK_PROBE_BIN", str(setting))

    assert find(PROBE, place / "cache").main == str(setting)


def test_a_bad_setting_is_an_error(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is taken in its place, and the message names setting, value and reason."""
    monkeypatch.setenv("PATH", str(probe(place / "system")))
    monkeypatch.setenv("DAYBREAK_PROBE_BIN", str(place / "nowhere"))
    assert f"DAYBREAK_PROBE_BIN={place / 'nowhere'} will not do" in refusal(place)

    monkeypatch.setenv("DAYBREAK_PROBE_BIN", str(probe(place / "old", version="2.4.9")))
    assert "is Probe 2.4.9, older than 2.5." in refusal(place)


def test_a_link_on_the_path_leads_to_its_companions(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Distributions link only some of a server's programs into the PATH."""
    probe(place / "installed")
    (place / "empty" / "probed").symlink_to(place / "installed" / "probed")

    assert find(PROBE, place / "cache").bin_dir == place / "installed"


def test_the_newest_of_several_is_taken(place: Path) -> None:
    """Versions count as numbers, and one that lacks a part is passed over."""
    for version in ("9.6", "14", "15"):
        probe(place / "versions" / version / "bin", version)
    (place / "versions" / "15" / "bin" / "probectl").unlink()
    wanted = dataclasses.replace(PROBE, folders=(f"{place}/versions/*/bin",))

    assert find(wanted, place / "cache").version == "14"


def test_another_name_of_the_program_will_do(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second name is looked for when the first is nowhere."""
    monkeypatch.setenv("PATH", str(probe(place / "system", main="probe-server")))

    assert find(PROBE, place / "cache").main == str(place / "system" / "probe-server")


@pytest.mark.parametrize(
    ("name", "says", "version"),
    [
        ("postgres", "postgres (PostgreSQL) 17.6 (Debian 17.6-1.pgdg12+1)", "17.6"),
        ("postgres", "postgres (PostgreSQL) 18beta1", "18"),
        ("redis", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"),
        ("pgbouncer", "PgBouncer 1.24.1", "1.24.1"),
        ("chromium", "Chromium 137.0.7151.55 built on Debian", "137.0.7151.55"),
    ],
)
def test_each_program_says_its_version_in_its_own_way(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str, version: str
) -> None:
    """The version is read from what the real programs print."""
    wanted = CATALOGUE[name]
    for each in (wanted.mains[0], *wanted.companions):
        program(place / "bin" / each, says)
    monkeypatch.setenv(wanted.setting, str(place / "bin"))

    assert resolve(name).version == version


def test_all_that_was_refused_is_in_the_message(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each candidate is named with what is wrong with it."""
    old, mute, halted = place / "old", place / "mute", place / "halted"
    monkeypatch.setenv("PATH", str(probe(old, version="1.0")))
    program(probe(mute) / "probed", "nothing of use")
    program(probe(halted) / "probed", "", mode=0o600)
    wanted = dataclasses.replace(PROBE, folders=(str(mute), str(halted)))

    said = refusal(place, wanted)

    assert said.startswith("No Probe 2.5 or later found.")
    assert f"{old}/probed is Probe 1.0, older than 2.5." in said
    assert f"{mute}/probed --version ended with 0: nothing of use" in said
    assert f"may not run {halted}/probed." in said


def test_a_program_that_the_servers_account_cannot_reach_will_not_do(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of mode 0700 hides it from root's servers, but not from the user who owns it."""
    monkeypatch.setenv("DAYBREAK_PROBE_BIN", str(probe(place / "private" / "bin")))
    (place / "private").chmod(0o700)

    if os.geteuid() == 0:
        assert "which servers run under, may not run" in refusal(place)
    else:
        assert find(PROBE, place / "cache").origin == "setting"


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("apt-get", "sudo apt-get update && sudo apt-get install -y pgbouncer"),
        ("dnf", "sudo dnf install -y pgbouncer"),
        ("pacman", "sudo pacman -S --noconfirm pgbouncer"),
        ("brew", "brew install pgbouncer"),
    ],
)
def test_the_message_has_the_line_to_run_here(place: Path, tool: str, line: str) -> None:
    """The line is of the package manager that this platform has."""
    program(place / "empty" / tool, "")

    assert install_line(CATALOGUE["pgbouncer"]) == line


def test_without_a_known_package_manager_the_setting_is_the_advice(place: Path) -> None:
    """There is always a way on, and the message says it."""
    wanted = dataclasses.replace(CATALOGUE["redis"], folders=())

    said = refusal(place, wanted)

    assert said == (
        "No Redis 6.2 or later found.\nInstall it, or name its folder in DAYBREAK_REDIS_BIN."
    )


def test_it_tells_what_it_finds_on_the_command_line(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m sandbox.servers.resolve redis` says version, origin and path, or fails."""
    program(place / "bin" / "redis-server", "Redis server v=7.2.4 sha=0")
    monkeypatch.setenv("DAYBREAK_REDIS_BIN", str(place / "bin"))
    assert main(["redis"]) == 0
    assert capsys.readouterr().out == f"redis 7.2.4 (setting): {place}/bin/redis-server\n"

    monkeypatch.setenv("DAYBREAK_REDIS_BIN", str(place / "nowhere"))
    assert main(["redis"]) == 1
    assert "will not do" in capsys.readouterr().err
