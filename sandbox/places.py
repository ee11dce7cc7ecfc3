"""Tells people where things are in a sandbox that is up."""

from sandbox.settings import SOURCE
from sandbox.supervisor import Sandbox
from sandbox.wiring import CHANNEL


def places(sandbox: Sandbox) -> str:
    """A few lines for the terminal."""
    options, values = sandbox.options, sandbox.environment
    lines = ["", "The sandbox is up. Nothing of it leaves this machine."]
    if sandbox.workspace is not None:
        lines += [
            f"  Slack (a local simulator)  {sandbox.workspace.base_url}, channel #{CHANNEL}",
            "    people                   "
            + ", ".join(f"{m.handle} ({m.part})" for m in sandbox.workspace.cast.members if m.part),
        ]
    if sandbox.cloud is not None:
        names = ", ".join(instance.identifier for instance in sandbox.cloud.seed.instances)
        lines += [
            f"  AWS (simulated)            {values['AWS_ENDPOINT_URL']}, {values['AWS_REGION']}",
            f"    RDS instances            {names}; `{SOURCE}` has {sandbox.data_mb:.0f} MB",
        ]
    lines += [
        f"  PgBouncer                  {_shown(values['DAYBREAK_APP_DSN'])}",
        f"  Redis                      {values['REDIS_URL'].rpartition('@')[2]}",
        f"  Logs                       {options.logs}",
        f"  Addresses and passwords    source {options.visible / 'env'}",
    ]
    if sandbox.writers is not None:
        lines.append(f"  {f'{options.writers} writers':<25}  {sandbox.records}")
    lines.append("Ctrl-C, or `make stop`, ends it all.")
    if sandbox.workspace is not None:
        lines += ["", *_invitation(sandbox.workspace.base_url)]
    return "\n".join([*lines, ""])


def _invitation(address: str) -> list[str]:
    """What to do first; it stands last, where people look."""
    return [
        f"  Open    {address}",
        f"  type    /migrate start {SOURCE}",
        "  and, when it offers Promote, act as adam: you never approve what you asked for.",
    ]


def _shown(dsn: str) -> str:
    """The part of a DSN that fits a line: the rest is in the file."""
    return " ".join(dsn.split()[:4])
