"""A whole sandbox, as small as can be: one source, little data, two writers, short waits."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from sandbox.settings import Options
from sandbox.supervisor import Sandbox

SHORT = {
    "DAYBREAK_LAG_SUSTAIN_SECONDS": "1",
    "DAYBREAK_POLL_SECONDS": "0.3",
    "DAYBREAK_WATCH_SECONDS": "0.3",
}


#: A migration from the first word to the last: the demo's runs with every commit, and of the others
#: a slice does.
whole_story = pytest.mark.table("whole stories", slices=8)


def both_transports() -> list[ParameterSet]:
    """The rows of a story that is the same by socket and by signed HTTP requests."""
    return [pytest.param(transport, marks=whole_story) for transport in ("socket", "http")]


@contextmanager
def small_sandbox(
    transport: str,
    *,
    wal_segment_mb: int = 0,
    policies: tuple[str, ...] | None = None,
    **settings: str,
) -> Iterator[Sandbox]:
    """One whose requests from Slack come this way; `settings` are the product's own."""
    with tempfile.TemporaryDirectory(prefix="daybreak-small-") as home:
        options = Options(
            home=Path(home),
            data_mb=10,
            rows=2000,
            wal_segment_mb=wal_segment_mb,
            writers=2,
            instances=("orders",),
            transport=transport,
            policies=policies,
            settings={**SHORT, **settings},
            environment=dict(os.environ),
        )
        with Sandbox(options, lambda _line: None) as sandbox:
            yield sandbox
