"""Which programs are wanted, how old they may be, and the line that installs them on a platform."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wanted:
    """A program that the resolver looks for."""

    name: str
    title: str
    # names of the main program, best first
    mains: tuple[str, ...]
    # must lie beside it
    companions: tuple[str, ...] = ()
    at_least: tuple[int, ...] = ()
    # folders off the PATH, with wildcards for versions
    folders: tuple[str, ...] = ("/usr/sbin", "/usr/bin")
    # what package managers call it, those apart that have a name of their own for it
    package: str = ""
    other_packages: Mapping[str, str] = field(default_factory=dict)
    # what to unpack on Debian, and where it then lies
    debian_packages: tuple[str, ...] = ()
    debian_folder: str = "usr/bin"
    # a server, run under the servers' account
    server: bool = True

    @property
    def setting(self) -> str:
        """The environment variable that names its folder, or the main program itself."""
        return f"DAYBREAK_{self.name.upper()}_BIN"

    @property
    def floor(self) -> str:
        """The oldest version that will do, for messages."""
        return ".".join(map(str, self.at_least))


CATALOGUE = {
    wanted.name: wanted
    for wanted in (
        Wanted(
            name="postgres",
            title="PostgreSQL",
            mains=("postgres",),
            companions=("initdb", "pg_ctl", "pg_basebackup", "pg_controldata", "psql"),
            at_least=(14,),
            folders=("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/bin"),
            package="postgresql",
            other_packages={
                "dnf": "postgresql-server postgresql-contrib",
                "zypper": "postgresql-server postgresql-contrib",
                "apk": "postgresql postgresql-contrib",
                "brew": "postgresql@17",
            },
            debian_packages=("postgresql",),
            debian_folder="usr/lib/postgresql/*/bin",
        ),
        Wanted(
            name="redis",
            title="Redis",
            mains=("redis-server",),
            at_least=(6, 2),
            package="redis",
            other_packages={"apt-get": "redis-server"},
            # the server's program is a link to one of the tools
            debian_packages=("redis-server", "redis-tools"),
        ),
        Wanted(
            name="pgbouncer",
            title="PgBouncer",
            mains=("pgbouncer",),
            at_least=(1, 18),
            package="pgbouncer",
            debian_packages=("pgbouncer",),
            debian_folder="usr/sbin",
        ),
        Wanted(
            name="chromium",
            title="Chromium",
            mains=("chromium", "chromium-browser", "google-chrome", "chrome"),
            package="chromium",
            other_packages={"brew": "--cask chromium"},
            # the program in /usr/bin is a script that looks for it in its installed place
            # libatomic1 is what the driver of the browser tests (Node.js) needs of a bare Debian
            debian_packages=(
                "chromium",
                "fonts-liberation",
                "fonts-noto-color-emoji",
                "libatomic1",
            ),
            debian_folder="usr/lib/chromium",
            server=False,
        ),
    )
}

# What each package manager calls them, in the order in which they are looked for.
INSTALL = {
    "apt-get": "sudo apt-get update && sudo apt-get install -y {}",
    "dnf": "sudo dnf install -y {}",
    "zypper": "sudo zypper install -y {}",
    "pacman": "sudo pacman -S --noconfirm {}",
    "apk": "sudo apk add {}",
    "brew": "brew install {}",
}


def install_line(wanted: Wanted) -> str | None:
    """The command that installs a program here; None on a platform that is not known."""
    for tool, line in INSTALL.items():
        if shutil.which(tool):
            return line.format(wanted.other_packages.get(tool, wanted.package))
    return None
