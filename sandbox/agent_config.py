"""Writes the TOML file that the poolers' agent is told to work by."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.access import Access
from sandbox.servers.pgbouncer import PgBouncer


@dataclass(frozen=True)
class Entry:
    """A source that applications reach through the pooler by its name."""

    source: str
    host: str
    port: int


def write(
    path: Path,
    *,
    address: tuple[str, int],
    access: Access,
    pooler: PgBouncer,
    admin_dsn: str,
    state_file: Path,
    entries: Sequence[Entry],
) -> None:
    """Write the whole configuration of one agent."""
    lines = [
        _line("listen", f"{address[0]}:{address[1]}"),
        _line("certificate", access.agent.certificate),
        _line("key", access.agent.key),
        _line("client_ca", access.team.certificate),
        'callers = ["daybreak"]',
        _line("state_file", state_file),
        "[pooler]",
        _line("admin_dsn", admin_dsn),
        _line("public_host", pooler.host),
        f"public_port = {pooler.port}",
        _line("databases_file", pooler.databases_file),
        _line("users_file", pooler.users_file),
    ]
    for entry in entries:
        lines += [
            "[[entries]]",
            _line("name", entry.source),
            _line("source", entry.source),
            _line("secret", f"app/{entry.source}"),
            _line("host", entry.host),
            f"port = {entry.port}",
            _line("validation", f"{entry.source}_validation"),
        ]
    path.write_text("\n".join([*lines, ""]))


def _line(name: str, value: object) -> str:
    # a JSON string is a TOML string
    return f"{name} = {json.dumps(str(value))}"
