"""What the caller may say about a sandbox: its size, its writers, and which parts to leave out."""

import hashlib
import os
import pwd
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.aws import scenario_file

CHECKOUT = Path(__file__).resolve().parent.parent

#: The instance that the writers and the demo live on.
SOURCE = "orders"
DATA_MB = 300
ROWS = 1_000_000

#: What a part that is left out must be known by; the caller's environment says it.
ADDRESSES: dict[str, tuple[str, ...]] = {
    "slack": ("SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"),
    "workload": (),
    "aws": ("AWS_ENDPOINT_URL", "AWS_REGION", "DAYBREAK_SOURCE_DSN"),
    "redis": ("REDIS_URL",),
    # Without our pooler the agent beside it is not ours either.
    "pgbouncer": (
        "DAYBREAK_APP_DSN",
        "DAYBREAK_PGBOUNCER_ADMIN_DSN",
        "DAYBREAK_POOLERS",
        "DAYBREAK_CERT_FILE",
        "DAYBREAK_KEY_FILE",
        "DAYBREAK_CA_FILE",
    ),
}


#: What the sandbox gives the product unless the caller's environment says otherwise: nobody who
#: tries it out wants to wait for five minutes of steady lag.
PRODUCT_SETTINGS: dict[str, str] = {
    "DAYBREAK_LAG_SUSTAIN_SECONDS": "5",
    "DAYBREAK_POLL_SECONDS": "1",
    "DAYBREAK_WATCH_SECONDS": "1",
    "DAYBREAK_INVENTORY_SECONDS": "5",
    "DAYBREAK_DATAPOINT_SECONDS": "2",
    # Its replicas are there in seconds, and its writers write as fast as they can.
    "DAYBREAK_COPY_LEAST_HOURS": "0.01",
}


#: How the demo moves its source; nothing said: by replica.
METHODS = ("replica", "snapshot")


class UsageError(Exception):
    """Something was asked for that cannot be done as asked."""


@dataclass(frozen=True)
class Options:
    """How large a sandbox is to be, and where it keeps its things."""

    #: the folder in which `.sandbox` and relative paths lie; two sandboxes never share one
    home: Path = CHECKOUT
    #: where the Procfile and the product are
    checkout: Path = CHECKOUT
    data_mb: int = DATA_MB
    rows: int = ROWS
    #: the size of WAL segments; 0: as the seed says
    wal_segment_mb: int = 0
    writers: int = 16
    think_ms: float = 0.0
    without: frozenset[str] = frozenset()
    report: Path = Path("build/demo.json")
    #: the demo goes back after the cut-over
    rollback: bool = False
    #: how unkind AWS is from the start: a scenario's name, or a file; none: a good day
    scenario: str = ""
    #: how Slack's requests reach the bot: `socket` or `http`
    transport: str = "socket"
    #: which instances of the seed there are; none named: all
    instances: tuple[str, ...] = ()
    #: how the demo moves its source
    method: str = METHODS[0]
    #: settings of the product that differ from the sandbox's own
    settings: Mapping[str, str] = field(default_factory=dict)
    #: the documents of docs/iam that Daybreak's workers are given; None: all that are theirs
    policies: tuple[str, ...] | None = None
    #: the caller's environment: addresses of the parts left out, and what else its processes need
    environment: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Options":
        """Read what the caller's variables say; raise UsageError for what makes no sense."""
        data_mb = _number(environment, "DATA_MB", DATA_MB, least=1)
        return cls(
            data_mb=data_mb,
            # who asks for less data gets fewer rows: their bare size is more than half of it
            rows=min(ROWS, ROWS * data_mb // DATA_MB),
            wal_segment_mb=_number(environment, "WAL_SEGMENT_MB", 0, least=0),
            writers=_number(environment, "WRITERS", 16, least=1),
            without=_without(environment),
            report=Path(environment.get("REPORT") or "build/demo.json"),
            rollback=_switch(environment, "ROLLBACK"),
            scenario=environment.get("SCENARIO", ""),
            transport=environment.get("DAYBREAK_SLACK_TRANSPORT") or "socket",
            method=_method(environment),
            settings={n: v for n, v in environment.items() if n in PRODUCT_SETTINGS},
            environment=environment,
        )

    @property
    def visible(self) -> Path:
        """Where people find logs, `env` and reports."""
        return self.home / ".sandbox"

    @property
    def logs(self) -> Path:
        """One file for each process."""
        return self.visible / "logs"

    @property
    def run_directory(self) -> Path:
        """Where servers keep data and sockets: short, and readable for their own account."""
        digest = hashlib.sha256(str(self.home.resolve()).encode()).hexdigest()[:8]
        return Path(tempfile.gettempdir()) / f"daybreak-{_account()}-{digest}"

    def has(self, part: str) -> bool:
        """Whether the sandbox runs this part itself."""
        return part not in self.without

    def address(self, name: str) -> str:
        """A setting of a part that is left out; UsageError when the caller did not say it."""
        value = self.environment.get(name)
        if not value:
            parts = [part for part, names in ADDRESSES.items() if name in names]
            raise UsageError(f"WITHOUT={','.join(parts)} needs {name} in the environment.")
        return value

    def check(self) -> None:
        """Raise UsageError for a scenario that is not there, or an address that is not known."""
        if self.scenario:
            try:
                scenario_file.load(self.scenario)
            except scenario_file.ScenarioError as error:
                raise UsageError(f"SCENARIO={self.scenario}: {error}") from error
        for part in sorted(self.without):
            missing = [name for name in ADDRESSES[part] if not self.environment.get(name)]
            if missing:
                raise UsageError(f"WITHOUT={part} needs {', '.join(missing)} in the environment.")


def _account() -> str:
    """Who runs it: the account itself, because LOGNAME may say anything."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _number(environment: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or int(text) < least:
        raise UsageError(f"{name}={text} is not a whole number of at least {least}.")
    return int(text)


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name) or "0"
    if text not in {"0", "1"}:
        raise UsageError(f"{name}={text} is neither 0 nor 1.")
    return text == "1"


def _method(environment: Mapping[str, str]) -> str:
    method = environment.get("METHOD") or METHODS[0]
    if method not in METHODS:
        raise UsageError(
            f"METHOD={method}: there is no such method. Methods: {', '.join(METHODS)}."
        )
    return method


def _without(environment: Mapping[str, str]) -> frozenset[str]:
    parts = {part.strip() for part in environment.get("WITHOUT", "").split(",")} - {""}
    unknown = sorted(parts - set(ADDRESSES))
    if unknown:
        raise UsageError(
            f"WITHOUT={','.join(unknown)}: there is no such part. Parts: {', '.join(ADDRESSES)}."
        )
    return frozenset(parts)
