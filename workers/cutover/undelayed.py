"""While writers wait: no collection of garbage, and no thread that keeps the others waiting."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Python's own is 5 ms: a thread that has its answer waits so long for one that computes, and
# phases take little more.
SWITCH_SECONDS = 0.0005


@contextmanager
def undelayed() -> Iterator[None]:
    """Within the block threads take turns sooner, and garbage is left for later.

    None is collected beforehand: in a process with a large heap that takes seconds in which no
    thread runs, and the lease is not renewed.
    """
    interval, collects = sys.getswitchinterval(), gc.isenabled()
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if collects:
            gc.enable()
