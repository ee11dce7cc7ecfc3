"""Runs the writers as a process of their own: `python -m sandbox.workload --dsn ... --out FILE`."""

import argparse
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from sandbox.workload.records import read
from sandbox.workload.writers import Writers


def main(arguments: Sequence[str] | None = None) -> int:
    """Write until SIGTERM or SIGINT; every answer is in the file by then."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.workload", description=__doc__)
    parser.add_argument("--dsn", default=os.environ.get("DAYBREAK_APP_DSN"))
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--out", type=Path, required=True, help="the file of records to append to")
    parser.add_argument(
        "--first-client",
        type=int,
        help="the clients' numbers begin here (after the highest in the file, if not said):"
        " no two runs against one ledger may share a number",
    )
    parser.add_argument(
        "--think-ms", type=float, default=0.0, help="a client's rest between two transactions"
    )
    options = parser.parse_args(arguments)
    if not options.dsn:
        parser.error("say where to write: --dsn, or DAYBREAK_APP_DSN")
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    writers = Writers(
        options.dsn,
        options.out,
        writers=options.writers,
        first_client=options.first_client or _next_client(options.out),
        think_seconds=options.think_ms / 1000,
    )
    print(f"{options.writers} writers at work, records in {options.out}", flush=True)
    asked_to_stop.wait()
    writers.stop()
    return 0


def _next_client(out: Path) -> int:
    """Go on after those who wrote into this file before."""
    return max((record.client for record in read([out])), default=0) + 1 if out.exists() else 1


if __name__ == "__main__":
    raise SystemExit(main())
