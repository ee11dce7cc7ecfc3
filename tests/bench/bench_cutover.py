"""Cut-overs of ours interleaved with a bare script of the same acts, and with `pg_ctl promote -w`.

Numbers only: what a machine takes is no claim. That ours lost nothing, and that no client of it saw
an error, is; the scripts that it is held against do break clients now and then.
"""

import os
from typing import Any

from bare_script import promote_by_function, promote_by_pg_ctl
from cutover_ground import Ground
from prepared_base import PreparedBase
from rounds import pauses, rounds, write
from runs import Act, Job, Run, bare, middle, ours

from migration.model import WayBack

CLIENTS = tuple(int(count) for count in os.environ.get("BENCH_CLIENTS", "16,64").split(","))
# At this size it is also measured what a prepared way back adds.
WITH_WAY_BACK = 16
SPOILT = ("lost", "duplicated", "phantom", "client_errors")


def phases(runs: list[Run]) -> dict[str, float | None]:
    """Medians of what each phase took."""
    return {
        name: middle([run.facts["phases_ms"].get(name) for run in runs])
        for name in runs[0].facts["phases_ms"]
    }


def spoilt(runs: list[Run], what: str) -> int:
    """How often it went wrong in all of them."""
    return sum(getattr(run, what) for run in runs)


def summary(variants: dict[str, list[Run]]) -> dict[str, Any]:
    """What the report says of one size."""
    mine, write_pause = variants["ours"], {name: pauses(r) for name, r in variants.items()}
    own, floor = write_pause["ours"]["longest_wait"], write_pause["bare"]["longest_wait"]
    return {
        "runs": len(mine),
        "write_pause_ms": write_pause,
        "ratio_to_bare": round(own / floor, 2) if own and floor else None,
        "tx_per_second": middle([run.tx_per_second for run in mine]),
        "phases_ms": phases(mine),
        "bare_phases_ms": phases(variants["bare"]),
        **_way_back(variants),
        **{name: spoilt(mine, name) for name in SPOILT},
        # A script that pauses while a pool still grows breaks logins: docs/traffic.md.
        "client_errors_of_floors": {
            name: spoilt(variants[name], "client_errors") for name in ("bare", "pg_ctl")
        },
    }


def _way_back(variants: dict[str, list[Run]]) -> dict[str, Any]:
    """What it adds to the pause, in milliseconds: the phase of its own, and all in all."""
    runs = variants.get("way_back")
    if not runs:
        return {}
    waits = (pauses(runs)["longest_wait"], pauses(variants["ours"])["longest_wait"])
    return {
        "way_back_ms": {
            "phase": phases(runs).get("way back"),
            "added": round(waits[0] - waits[1], 1) if waits[0] and waits[1] else None,
            "spoilt": {name: spoilt(runs, name) for name in SPOILT},
        }
    }


def test_cut_overs_against_the_floor(ground: Ground) -> None:
    """Ours, bare and pg_ctl in turn; ours loses no write, and no client of it sees an error."""
    base = PreparedBase(ground, ground.at_the_gate())
    job = Job(ground, {})
    ground.stack.callback(job.stop)
    acts: dict[str, Act] = {
        "ours": ours(ground, base, job),
        "bare": bare(ground, base, promote_by_function),
        "pg_ctl": bare(ground, base, promote_by_pg_ctl),
    }
    way_back = {"way_back": ours(ground, base, job, WayBack.REQUIRED)}
    found = rounds(
        ground,
        base,
        {size: acts | (way_back if size == WITH_WAY_BACK else {}) for size in CLIENTS},
    )
    content = {str(size): summary(variants) for size, variants in found.items()}
    write("cutover", content)

    assert {name: [size[name] for size in content.values()] for name in SPOILT} == {
        name: [0] * len(CLIENTS) for name in SPOILT
    }
