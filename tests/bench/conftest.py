"""The benchmarks stand on the grounds of the cut-over's tests and of the collector's."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

sys.path.append(str(Path(__file__).parents[1] / "integration" / "cutover"))
sys.path.append(str(Path(__file__).parents[1] / "integration" / "observing"))

from cutover_ground import SOURCE, Ground

# So many that clients seldom wait for each other's rows.
ACCOUNTS = 20_000


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """Servers, agent and workbench."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-bench-"))
        ground = Ground(Path(folder), stack)
        for name, value in ground.environment.items():
            monkeypatch.setenv(name, value)
        ground.compose()
        with psycopg.connect(ground.cloud.superuser_dsn(SOURCE), autocommit=True) as connection:
            connection.execute(
                "INSERT INTO accounts (id, holder) SELECT n, 'Holder ' || n FROM "
                "generate_series((SELECT max(id) + 1 FROM accounts), %s) AS n",
                [ACCOUNTS],
            )
            # A way back wants tables of an owner in whose role Daybreak's is.
            connection.execute("ALTER TABLE seen OWNER TO app_owner")
        yield ground
