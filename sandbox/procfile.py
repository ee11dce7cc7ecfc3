"""Reads the Procfile: one line a process, a name and a command."""

import shlex
from pathlib import Path


def read(path: Path) -> dict[str, list[str]]:
    """The commands by name, in the file's order."""
    commands: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, colon, command = line.partition(":")
        if line.strip() and not line.startswith("#"):
            if not colon or not command.strip():
                raise ValueError(f"{path}: no command in the line {line!r}")
            commands[name.strip()] = shlex.split(command)
    return commands
