"""Finds PostgreSQL, Redis, PgBouncer and Chromium: a setting, the system, Debian's packages.

`python -m sandbox.servers.resolve [name ...]` says what it finds.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.servers import account, debian
from sandbox.servers.wanted import CATALOGUE, Wanted, install_line

# A browser's first start on a busy machine takes this long at worst.
VERSION_TIMEOUT_SECONDS = 60
VERSION = re.compile(r"(?:\bv=|\s)(\d+(?:\.\d+)*)")


class NotFoundError(Exception):
    """None of the places has a program that will do."""


class UnusableError(Exception):
    """A program is there, but will not do."""


@dataclass(frozen=True)
class Program:
    """A server's programs: where they are, their version, and where they come from."""

    name: str
    bin_dir: Path
    version: str
    origin: str
    environment: dict[str, str] = field(default_factory=dict)
    main: str = ""

    def path(self, program: str) -> str:
        """The full path of one of its programs, `initdb` say."""
        return str(self.bin_dir / program)


def resolve(name: str) -> Program:
    """The programs of `postgres`, `redis`, `pgbouncer` or `chromium`.

    Raises:
        NotFoundError: there is none; the message says what was tried, and what to run.
    """
    return find(CATALOGUE[name], debian.cache_home(os.environ))


def find(wanted: Wanted, cache: Path) -> Program:
    """Look in the setting alone where there is one, otherwise in all the other places in turn."""
    setting = os.environ.get(wanted.setting)
    if setting:
        return _from_setting(wanted, Path(setting))
    refused = []
    for folder in _system_folders(wanted):
        try:
            return _inspect(wanted, folder, "system")
        except UnusableError as error:
            refused.append(str(error))
    if debian.available():
        try:
            return _from_packages(wanted, cache)
        except (UnusableError, debian.FetchError, OSError) as error:
            refused.append(str(error))
    raise NotFoundError(_advice(wanted, refused))


def _from_setting(wanted: Wanted, setting: Path) -> Program:
    folder, mains = (
        (setting, wanted.mains) if setting.is_dir() else (setting.parent, (setting.name,))
    )
    try:
        return _inspect(wanted, folder, "setting", mains=mains)
    except UnusableError as error:
        raise NotFoundError(f"{wanted.setting}={setting} will not do: {error}") from error


def _from_packages(wanted: Wanted, cache: Path) -> Program:
    def program(tree: Path) -> Program:
        folders = _newest_first(wanted.debian_folder, below=tree)
        if not folders:
            raise UnusableError(f"{' '.join(wanted.debian_packages)} bring no {wanted.mains[0]}.")
        environment = debian.environment(tree)
        return _inspect(wanted, folders[0], "Debian's packages, unpacked", environment)

    def usable(tree: Path) -> bool:
        try:
            program(tree)
        except UnusableError:
            return False
        return True

    return program(debian.unpacked(wanted.name, wanted.debian_packages, cache, usable))


def _system_folders(wanted: Wanted) -> Iterator[Path]:
    """Folders of the system that have the main program, the PATH's first, each once."""
    on_path = [shutil.which(main) for main in wanted.mains]
    # a link leads to the folder where its companions are
    folders = [Path(found).resolve().parent for found in on_path if found]
    folders += [Path(found).parent for found in on_path if found]
    for pattern in wanted.folders:
        folders += _newest_first(pattern)
    for folder in dict.fromkeys(folders):
        if any((folder / main).exists() for main in wanted.mains):
            yield folder


def _newest_first(pattern: str, below: Path = Path("/")) -> list[Path]:
    def numbers(path: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", str(path))]

    return sorted(below.glob(pattern.lstrip("/")), key=numbers, reverse=True)


def _inspect(
    wanted: Wanted,
    folder: Path,
    origin: str,
    environment: dict[str, str] | None = None,
    mains: tuple[str, ...] | None = None,
) -> Program:
    """The program in a folder, when it runs and will do."""
    main = next((main for main in mains or wanted.mains if (folder / main).is_file()), None)
    if main is None:
        raise UnusableError(f"there is no {wanted.mains[0]} in {folder}.")
    missing = [name for name in wanted.companions if not (folder / name).is_file()]
    if missing:
        raise UnusableError(f"{folder} has {main}, but not {', '.join(missing)}.")
    version = _version(wanted, folder / main, environment or {})
    if tuple(int(number) for number in version.split(".")) < wanted.at_least:
        raise UnusableError(
            f"{folder / main} is {wanted.title} {version}, older than {wanted.floor}."
        )
    return Program(wanted.name, folder, version, origin, environment or {}, str(folder / main))


def _version(wanted: Wanted, program: Path, environment: dict[str, str]) -> str:
    """Its version, asked as the account that will run it: a folder of mode 0700 shows here."""
    options = account.popen_options() if wanted.server else {}
    try:
        asked = subprocess.run(
            [program, "--version"],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=VERSION_TIMEOUT_SECONDS,
            **options,
        )
    except PermissionError as error:
        who = account.unprivileged() if wanted.server else None
        reader = f"the account {who.name}, which servers run under," if who else "this account"
        raise UnusableError(f"{reader} may not run {program}.") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnusableError(f"{program} does not run: {error}") from error
    match = VERSION.search(asked.stdout)
    if asked.returncode != 0 or match is None:
        said = (asked.stderr or asked.stdout).strip()[-500:]
        raise UnusableError(f"{program} --version ended with {asked.returncode}: {said}")
    return match.group(1)


def _advice(wanted: Wanted, refused: list[str]) -> str:
    floor = f" {wanted.floor} or later" if wanted.at_least else ""
    lines = [f"No {wanted.title}{floor} found.", *(f"  - {reason}" for reason in refused)]
    line = install_line(wanted)
    if line:
        lines.append(f"Run:\n    {line}")
    lines.append(f"{'Or' if line else 'Install it, or'} name its folder in {wanted.setting}.")
    return "\n".join(lines)


def main(names: list[str]) -> int:
    """Say what is found; fails when one is not."""
    failed = 0
    for name in names or list(CATALOGUE):
        try:
            found = resolve(name)
        except NotFoundError as error:
            print(error, file=sys.stderr)
            failed = 1
        else:
            print(f"{name} {found.version} ({found.origin}): {found.main}")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
