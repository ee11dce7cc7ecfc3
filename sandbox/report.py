"""The demo's report: as JSON for programs, and as lines for people."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.workload.pause import Pause

NOTE = (
    "These are the sandbox's figures (loopback, 1 MB WAL segments, PostgreSQL in place of Aurora),"
    " not a promise for AWS."
)

WritePauses = Mapping[str, float | Mapping[str, float | None] | None]


@dataclass(frozen=True)
class Report:
    """What a demo has shown; its fields are a contract with whoever measures by them."""

    outcome: str
    method: str | None
    #: How the databases were closed: with a login to them, or without one.
    mode: str | None
    engine: str | None
    data_mb: int
    writers: int
    acknowledged: int
    lost: int
    duplicated: int
    phantom: int
    client_errors: int
    #: of the cut-over; a roll back's stand under `rollback`
    write_pause_ms: WritePauses
    probe_pause_ms: Mapping[str, float | None]
    phases_ms: Mapping[str, float]
    slack: Mapping[str, int]
    servers: Mapping[str, Mapping[str, str]]
    started_at: str
    finished_at: str
    #: What was stated to people where clients are refused: its seconds, those for which a pooler
    #: may still refuse after it, and how many errors clients saw in both; None where none was.
    outage: Mapping[str, float] | None = None

    def write(self, path: Path) -> None:
        """Write the JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    def _outage_lines(self) -> list[str]:
        if self.outage is None:
            return []
        seconds, late = self.outage["seconds"], self.outage["late_seconds"]
        after = f", and up to {late:.1f} s after it" if late else ""
        refused = f"{self.outage['refused']:.0f} errors of clients in it"
        return [f"outage          {seconds:.1f} s as stated{after}; {refused}"]

    def lines(self) -> list[str]:
        """The same for a terminal."""
        pause, probe = self.write_pause_ms, self.probe_pause_ms
        back = pause.get("rollback")
        phases = "  ".join(f"{name} {took:.1f}" for name, took in self.phases_ms.items())
        servers = ", ".join(f"{n} {s['version']} ({s['from']})" for n, s in self.servers.items())
        counted = f"{self.acknowledged} acknowledged, {self.lost} lost, "
        counted += f"{self.duplicated} duplicated, {self.phantom} phantom"
        waits = f"{_waits(pause)},"
        how = f"{self.method or '-'}, {self.mode or '-'}, engine {self.engine or '-'}"
        probed = f"{_ms(probe['longest_wait'])} and {_ms(probe['gap'])}"
        return [
            f"outcome         {self.outcome} ({how})",
            f"data            {self.data_mb} MB, {self.writers} writers",
            f"transactions    {counted}, {self.client_errors} client errors",
            *self._outage_lines(),
            f"write pause     {waits}",
            f"                {probed} as two probing clients saw them",
            f"                {_ms(pause['orchestrator'])} by Daybreak's own clock",
            *([f"rolling back    {_waits(back)}"] if isinstance(back, Mapping) else []),
            f"phases (ms)     {phases or '-'}",
            "Slack           " + ", ".join(f"{n} {name}" for name, n in self.slack.items()),
            f"servers         {servers}",
            NOTE,
        ]


def now() -> str:
    """The time as reports have it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def mode_of(shown: Mapping[str, Any]) -> str | None:
    """How the databases are closed, of what `workers show --json` printed; None of nothing."""
    if not shown:
        return None
    return "with login" if shown["options"]["login"] else "without login"


def cut_over_figures(shown: Mapping[str, Any]) -> tuple[dict[str, float], float | None]:
    """Phases and the orchestrator's own pause in ms, of what `workers show --json` printed."""
    cutover = shown.get("cutover") or {}
    return dict(cutover.get("phases_ms") or {}), cutover.get("orchestrator_ms")


def outage_figures(shown: Mapping[str, Any], refused: int) -> dict[str, float] | None:
    """The stated outage of what `workers show --json` printed; None where there was none."""
    cutover = shown.get("cutover") or {}
    began, ended = cutover.get("outage_began_at"), cutover.get("ended_at")
    if not began or not ended:
        return None
    late = (cutover.get("outage_ended_at") or ended) - ended
    return {
        "seconds": round(ended - began, 3),
        "late_seconds": round(late, 3),
        "refused": refused,
    }


def probe_figures(shown: Mapping[str, Any]) -> dict[str, float | None]:
    """What Daybreak's own probing clients waited in ms; None where they measured nothing."""
    probe = (shown.get("cutover") or {}).get("probe") or {}
    return {"longest_wait": probe.get("longest_wait_ms"), "gap": probe.get("gap_ms")}


def write_pauses(
    cut_over: Pause, orchestrator: float | None, rollback: Pause | None
) -> WritePauses:
    """The pauses in ms as the writers saw them; `rollback` stands there only if there was one."""
    back = {} if rollback is None else {"rollback": asdict(rollback)}
    return {**asdict(cut_over), "orchestrator": orchestrator, **back}


def _waits(pause: Mapping[str, Any]) -> str:
    return (
        f"{_ms(pause['longest_wait'])} the longest wait of one client, "
        f"{_ms(pause['gap'])} between two acknowledgements"
    )


def _ms(value: Any) -> str:
    return "unmeasured" if value is None else f"{value:.1f} ms"
