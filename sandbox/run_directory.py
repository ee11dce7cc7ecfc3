"""The servers' own folder below the system's temporary one: fresh, and nobody else's."""

import os
import shutil
from pathlib import Path

from sandbox.settings import UsageError


def make_run_directory(path: Path) -> None:
    """Make it anew; a folder of that name that is not ours is left alone, with UsageError."""
    if path.is_symlink() or (path.exists() and path.stat().st_uid != os.geteuid()):
        raise UsageError(f"{path} is not yours. Remove it, or set TMPDIR to a folder of your own.")
    if path.exists():
        shutil.rmtree(path)
    path.mkdir()
    # The servers' own account has to get through, whatever the umask says.
    path.chmod(0o755)
