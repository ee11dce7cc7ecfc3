"""A pytest plugin: of a large table, `make test` runs the slice that the commit selects.

A row is a parametrized test marked `table("name")`, or `table("name", slices=40)` where a row takes
long. A parameter marked `one_of("name")` says how a test runs, and not what: each test runs in one
of these ways. Which slice and which way follows from the commit's hash, so that a commit always
runs the same, and over several commits everything is reached.
"""

import hashlib
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

SETTING = "DAYBREAK_TABLES"
EVERY_ROW = "all"
# A table has this many slices unless it says otherwise, or one a row when it has fewer rows: each
# slice has a row.
SLICES = 10
COMMIT = re.compile(r"[0-9a-f]{7,64}")

commit_key = pytest.StashKey[str | None]()
counts_key = pytest.StashKey[dict[str, tuple[int, int]]]()


def head_commit(folder: Path) -> str | None:
    """The commit that is checked out; None outside of a repository."""
    # the clone may belong to somebody else than who runs the tests
    command = ["git", "-c", "safe.directory=*", "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        asked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return asked.stdout.strip()


def in_slice(commit: str, table: str, position: int, rows: int, slices: int = SLICES) -> bool:
    """Whether the row at this position of a table belongs to the commit's slice of it."""
    slices = min(slices, rows)
    # with the table's name in it, small tables do not all show the same of their few slices
    chosen = int.from_bytes(hashlib.sha256(f"{commit} {table}".encode()).digest())
    return position % slices == chosen % slices


def chosen_way(commit: str, ways: Sequence[pytest.Item]) -> pytest.Item:
    """Of one test's ways, in any order, the one in which this commit runs it."""
    ways = sorted(ways, key=lambda item: item.nodeid)
    told = f"{commit} {ways[0].nodeid}"
    return ways[int.from_bytes(hashlib.sha256(told.encode()).digest()) % len(ways)]


def pytest_configure(config: pytest.Config) -> None:
    """Settle which commit selects; none stands for every row."""
    setting = os.environ.get(SETTING, "")
    if setting and setting != EVERY_ROW and not COMMIT.fullmatch(setting):
        raise pytest.UsageError(
            f"{SETTING} is {EVERY_ROW!r}, or a commit's hash whose slice to run, not {setting!r}."
        )
    # who names rows means these
    named = any("::" in argument for argument in config.args) or config.option.keyword
    if setting == EVERY_ROW or named:
        config.stash[commit_key] = None
    else:
        config.stash[commit_key] = setting or head_commit(config.rootpath)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which slice this run has."""
    commit = config.stash[commit_key]
    if commit is None:
        return "tables: every row"
    return f"tables: the slice of commit {commit[:12]} ({SETTING}={EVERY_ROW} runs every row)"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the rows of other slices; a table is ordered by its rows' names, not as shuffled."""
    tables: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    slices: dict[str, int] = {}
    for item in items:
        marker = item.get_closest_marker("table")
        if marker:
            table = marker.args[0]
            tables[table].append(item)
            slices[table] = max(slices.get(table, 0), marker.kwargs.get("slices", SLICES))
    commit = config.stash[commit_key]
    left_out: set[pytest.Item] = set()
    for table, rows in tables.items():
        rows.sort(key=lambda item: item.nodeid)
        if commit is not None:
            left_out.update(
                row
                for position, row in enumerate(rows)
                if not in_slice(commit, table, position, len(rows), slices[table])
            )
    for table, tests in _by_test(items).items():
        for ways in tests.values():
            tables[table] += ways
            if commit is not None:
                left_out.update(set(ways) - {chosen_way(commit, ways)})
    config.stash[counts_key] = {
        table: (len([row for row in rows if row not in left_out]), len(rows))
        for table, rows in sorted(tables.items())
    }
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda item: item.nodeid))


def _by_test(items: Sequence[pytest.Item]) -> dict[str, dict[str, list[pytest.Item]]]:
    """Tests that run in one of several ways: by the ways' name, and by what stays the same.

    A row of a table is chosen as a row.
    """
    found: defaultdict[str, defaultdict[str, list[pytest.Item]]]
    found = defaultdict(lambda: defaultdict(list))
    for item in items:
        marker = item.get_closest_marker("one_of")
        if marker and not item.get_closest_marker("table") and isinstance(item, pytest.Function):
            name, fixture = marker.args
            way = str(item.callspec.params[fixture])
            test, _, case = item.nodeid.partition("[")
            found[name][test + case.replace(way, "", 1)].append(item)
    return {name: dict(tests) for name, tests in found.items()}


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say how many rows of each table run."""
    return [
        f"table {table}: {selected} of {rows} rows"
        for table, (selected, rows) in config.stash.get(counts_key, {}).items()
    ]
