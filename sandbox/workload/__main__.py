"""Runs the writers as a process of their own: `python -m sandbox.workload --dsn ... --out FILE`."""

import argparse
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

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
        default=1,
        help="the clients' numbers begin here; no two runs against one ledger may share a number",
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
        first_client=options.first_client,
        think_seconds=options.think_ms / 1000,
    )
    print(f"{options.writers} writers at work, records in {options.out}", flush=True)
    asked_to_stop.wait()
    writers.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
