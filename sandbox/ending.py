"""Ends the sandbox of a checkout from outside: the living one, or what a killed one left."""

import os
import shutil
import signal
import time

from sandbox import leftovers
from sandbox.lock import Lock
from sandbox.settings import Options

PATIENCE_SECONDS = 90.0
POLL_SECONDS = 0.1


def stop(options: Options) -> int:
    """Ask a running sandbox to end and wait for it; then end whatever is left of it."""
    lock = Lock(options.visible / "lock")
    holder = lock.holder()
    if holder is not None:
        print(f"Ending the sandbox of process {holder} ...", flush=True)
        os.kill(holder, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while lock.holder() == holder and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if lock.holder() == holder:
            print(f"It has not ended within {PATIENCE_SECONDS:g} s.", flush=True)
            return 1
    lock.take()
    left = leftovers.belonging_to(options.run_directory)
    leftovers.end(left)
    shutil.rmtree(options.run_directory, ignore_errors=True)
    lock.release()
    if holder is None:
        print(f"No sandbox was running; {len(left)} processes were left, and are gone.")
    return 0
