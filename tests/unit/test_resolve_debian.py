"""Debian's packages are unpacked once, whole, under a lock, and nothing is installed."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.servers import debian
from sandbox.servers.resolve import NotFoundError, Program, find
from sandbox.servers.wanted import Wanted

PROBE = Wanted(
    name="probe",
    title="Probe",
    mains=("probed",),
    at_least=(2,),
    package="probe",
    folders=(),
    debian_packages=("daybreak-probe",),
    debian_folder="usr/lib/probe/*/bin",
)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the account of the servers can enter, which root's tmp_path is not."""
    folder = Path(tempfile.mkdtemp(prefix="daybreak-debian-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def package(repository: Path, name: str, files: dict[str, str], depends: str = "") -> None:
    """Build a package into the repository, and list it there; files that end in bin/... run."""
    tree = repository / f"{name}.tree"
    control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: Probe <p@example.com>\n"
    control += f"Description: a probe\n{f'Depends: {depends}' if depends else 'Section: misc'}\n"
    for path, text in {"DEBIAN/control": control, **files}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            (tree / path).symlink_to(text.removeprefix("-> "))
            continue
        (tree / path).write_text(text, encoding="ascii")
        (tree / path).chmod(0o755 if "/bin/" in path else 0o644)
    archive = repository / f"{name}_1_all.deb"
    build = ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(archive)]
    subprocess.run(build, check=True, capture_output=True)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    listed = (
        f"{control}Filename: ./{archive.name}\nSize: {archive.stat().st_size}\nSHA256: {digest}\n\n"
    )
    with (repository / "Packages").open("a", encoding="ascii") as index:
        index.write(listed)


@pytest.fixture
def repository(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of apt's with a program and the library that it depends on."""
    repository = place / "repository"
    repository.mkdir()
    library = {"usr/lib/probe/libprobe.so.1": "", "usr/lib/probe/doc.socket": ""}
    package(repository, "daybreak-probe-library", library)
    program = {
        "usr/lib/probe/3/bin/probed": "#!/bin/sh\necho Probe 3.1\n",
        "etc/probe/linked": "-> /usr/lib/probe/3/bin/probed",
    }
    package(repository, "daybreak-probe", program, depends="daybreak-probe-library")
    # apt copies from `copy:`, while it would leave the packages of `file:` where they are
    (place / "sources.list").write_text(f"deb [trusted=yes] copy:{repository} ./\n")
    settings = {"SourceList": place / "sources.list", "SourceParts": "/dev/null"}
    lines = [f'Dir::Etc::{key} "{value}";\n' for key, value in settings.items()]
    (place / "apt.conf").write_text("".join(lines))
    monkeypatch.setenv("APT_CONFIG", str(place / "apt.conf"))
    monkeypatch.delenv(PROBE.setting, raising=False)
    return repository


def tree_of(program: Program) -> Path:
    """The unpacked tree that a program lies in."""
    return program.bin_dir.parents[4]


@pytest.mark.usefixtures("repository")
def test_a_package_is_unpacked_with_what_it_depends_on(place: Path) -> None:
    """The program runs out of the cache, for the servers' account too, whatever the umask."""
    before = os.umask(0o077)
    try:
        found = find(PROBE, place / "cache")
    finally:
        os.umask(before)

    assert (found.version, found.origin) == ("3.1", "Debian's packages, unpacked")
    libraries = {"LD_LIBRARY_PATH": str(tree_of(found) / "usr/lib/probe")}
    assert found.environment == libraries
    status = subprocess.run(["dpkg", "-s", "daybreak-probe"], capture_output=True, check=False)
    assert status.returncode != 0, "it must not be installed"


@pytest.mark.usefixtures("repository")
def test_links_do_not_lead_out_of_the_tree(place: Path) -> None:
    """A package's absolute link leads to the unpacked file."""
    tree = tree_of(find(PROBE, place / "cache"))

    assert (tree / "etc/probe/linked").resolve() == tree / "usr/lib/probe/3/bin/probed"


def test_it_is_fetched_once(place: Path, repository: Path) -> None:
    """The second time needs no repository."""
    first = find(PROBE, place / "cache")
    shutil.rmtree(repository)

    assert find(PROBE, place / "cache") == first


@pytest.mark.usefixtures("repository")
def test_what_an_interruption_left_is_no_obstacle(place: Path) -> None:
    """A half unpacked tree is never taken for a whole one; a damaged one is made anew."""
    tree = tree_of(find(PROBE, place / "cache"))
    tree.rename(tree.parent / ".probe-interrupted")
    (tree.parent / ".probe-interrupted" / "usr/lib/probe/3/bin/probed").unlink()

    found = find(PROBE, place / "cache")

    assert found.version == "3.1"
    assert sorted(entry.name for entry in tree.parent.iterdir()) == ["lists", "lock", "probe"]
    Path(found.main).unlink()
    assert find(PROBE, place / "cache") == found


@pytest.mark.usefixtures("repository")
def test_several_at_once_share_one_download(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Who comes second waits for the first and takes what it made."""
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: find(PROBE, place / "cache"), range(4)))

    assert len(set(map(tree_of, found))) == 1
    assert capfd.readouterr().err.count("Fetching Debian's daybreak-probe") == 1


def test_what_apt_says_is_in_the_message(place: Path, repository: Path) -> None:
    """A package that cannot be had gives apt's own words, and leaves nothing behind."""
    (repository / "daybreak-probe_1_all.deb").unlink()

    with pytest.raises(NotFoundError) as refused:
        find(PROBE, place / "cache")

    assert "apt-get daybreak-probe failed with 100:" in str(refused.value)
    assert "daybreak-probe_1_all.deb" in str(refused.value)
    (release,) = (place / "cache").iterdir()
    assert sorted(entry.name for entry in release.iterdir()) == ["lists", "lock"]


def test_installed_parts_are_fetched_again() -> None:
    """Installing leaves out what is installed, but the unpacked parts must lie side by side."""
    assert "dpkg" in debian._installed_like(["dpkg"])
    assert debian._installed_like(["daybreak-probe"]) == []


def test_the_cache_is_where_the_account_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ordinary user's is the XDG cache; root's lies outside of a home of mode 0700."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert debian.cache_home({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/daybreak")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert debian.cache_home({"XDG_CACHE_HOME": ""}) == tmp_path / ".cache" / "daybreak"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert debian.cache_home({"XDG_CACHE_HOME": "/caches"}) == Path("/var/cache/daybreak")
