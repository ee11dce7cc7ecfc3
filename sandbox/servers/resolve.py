"""Finds PostgreSQL, Redis and PgBouncer: a setting, then the system, then Debian's packages unpacked."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

@dataclass(frozen=True)
class Program:
    """A server's programs: where they are, their version, and where they come from."""

    name: str
    bin_dir: Path
    version: str
    origin: str
    environment: dict[str, str] = field(default_factory=dict)

    def path(self, program: str) -> str:
        """The full path of one of its programs, `initdb` say."""
        return str(self.bin_dir / program)


MAIN = {"postgres": "postgres", "redis": "redis-server", "pgbouncer": "pgbouncer"}


def resolve(name: str) -> Program:
    """The programs of `postgres`, `redis` or `pgbouncer`."""
    main = MAIN[name]
    setting = os.environ.get(f"DAYBREAK_{name.upper()}_BIN")
    candidates = [("setting", Path(setting))] if setting else []
    candidates += [("system", p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"))[::-1]]
    found = shutil.which(main, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    if found:
        candidates.append(("system", Path(found).resolve().parent))
    for origin, folder in candidates:
        if (folder / main).exists():
            said = subprocess.run([folder / main, "--version"], capture_output=True, text=True, check=True).stdout
            match = re.search(r"(?:v=| )(\d+(?:\.\d+)+)", said)
            return Program(name, folder, match.group(1) if match else said.strip(), origin)
    raise RuntimeError(f"No {name} found.")
