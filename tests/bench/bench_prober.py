"""What the prober costs the write pause: cut-overs with and without it, in turn."""

from cutover_ground import Ground
from prepared_base import PreparedBase
from rounds import pauses, rounds, write
from runs import Job, middle, ours

CLIENTS = 16


def test_the_prober_costs_the_pause_nothing_that_matters(ground: Ground) -> None:
    """Numbers, of the workload's clients; the prober's own beside them."""
    base = PreparedBase(ground, ground.at_the_gate())
    jobs = {
        "with": Job(ground, {}),
        "without": Job(ground, {"DAYBREAK_PROBE_CERTIFICATES": ""}),
    }
    for job in jobs.values():
        ground.stack.callback(job.stop)
    found = rounds(
        ground, base, {CLIENTS: {name: ours(ground, base, job) for name, job in jobs.items()}}
    )[CLIENTS]
    probes = [run.facts["probe"] for run in found["with"]]
    write(
        "prober",
        {
            "runs": len(found["with"]),
            "write_pause_ms": {name: pauses(runs) for name, runs in found.items()},
            "as_the_prober_saw_it": {
                "longest_wait": middle([probe["longest_wait_ms"] for probe in probes]),
                "gap": middle([probe["gap_ms"] for probe in probes]),
            },
        },
    )

    assert all("not_measured" in run.facts["probe"] for run in found["without"])
    assert all("not_measured" not in probe for probe in probes)
