"""Rounds of measured cut-overs, variants in turn, and the report they go into."""

import json
import os
import time
from pathlib import Path
from typing import Any

from cutover_ground import Ground
from prepared_base import PreparedBase
from runs import Act, Run, measure, middle

REPORT = Path(__file__).parents[2] / "build" / "bench.json"
# A benchmark ends within 8 minutes: no round begins later than this. Less is for a quick look.
LAST_ROUND_SECONDS = float(os.environ.get("BENCH_SECONDS", "380"))
MOST_ROUNDS = 12


def rounds(
    ground: Ground, base: PreparedBase, variants: dict[int, dict[str, Act]]
) -> dict[int, dict[str, list[Run]]]:
    """Runs of every size's variants in turn, each round beginning with another variant."""
    found: dict[int, dict[str, list[Run]]] = {
        size: {name: [] for name in acts} for size, acts in variants.items()
    }
    began = time.monotonic()
    for number in range(MOST_ROUNDS):
        if time.monotonic() - began > LAST_ROUND_SECONDS:
            break
        for size, acts in variants.items():
            names = list(acts)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                base.restore()
                run = measure(ground, size, acts[name])
                found[size][name].append(run)
                print(_line(number, size, name, run), flush=True)
    return found


def _line(number: int, size: int, name: str, run: Run) -> str:
    phases = " ".join(f"{k} {v:.0f}" for k, v in (run.facts.get("phases_ms") or {}).items())
    return (
        f"  round {number + 1:2}, {size:2} clients, {name:8} longest wait "
        f"{run.pause.longest_wait} ms, gap {run.pause.gap} ms, {run.tx_per_second:.0f} tx/s, load "
        f"{os.getloadavg()[0]:.1f}  {phases}"
    )


def pauses(runs: list[Run]) -> dict[str, float | None]:
    """Medians over the runs."""
    return {
        "longest_wait": middle([run.pause.longest_wait for run in runs]),
        "gap": middle([run.pause.gap for run in runs]),
    }


def write(part: str, content: dict[str, Any]) -> None:
    """Put it into the report beside the other benchmarks'."""
    REPORT.parent.mkdir(exist_ok=True)
    known = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    REPORT.write_text(json.dumps({**known, part: content}, indent=2) + "\n")
    print(json.dumps({part: content}, indent=2))
