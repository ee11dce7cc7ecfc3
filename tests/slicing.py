"""A pytest plugin: of a large table, `make test` runs the slice that the commit selects.

A row is a parametrized test marked `table("name")`, or `table("name", slices=40)` where a row takes
long. Which slice runs follows from the commit's
hash, so that a commit always runs the same rows, and over several commits every row is reached.
"""

import hashlib
import os
import re
import subprocess
from collections import defaultdict
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
    config.stash[counts_key] = {
        table: (len([row for row in rows if row not in left_out]), len(rows))
        for table, rows in sorted(tables.items())
    }
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda item: item.nodeid))


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say how many rows of each table run."""
    return [
        f"table {table}: {selected} of {rows} rows"
        for table, (selected, rows) in config.stash.get(counts_key, {}).items()
    ]
