"""A pytest plugin: files whose tests take long begin first.

Processes take whole files, and by itself pytest-xdist hands out those with the most tests first.
Long tests are few in a file: they would come last, and one process would wait for the other.
"""

from pathlib import Path

import pytest

# By folder: a test there carries out whole migrations or cut-overs.
LONG = (
    "tests/integration/without_login",
    "tests/integration/crashes",
    "tests/integration/snapshot_method",
    "tests/scenarios",
    "tests/integration/cutover",
    "tests/integration/iam",
    "tests/integration/remedies",
    "tests/integration/sandbox",
    "tests/browser",
)


def rank(file: Path) -> int:
    """Where a file's tests stand; those of all other folders come last, as they were shuffled."""
    name = file.as_posix()
    return next((place for place, folder in enumerate(LONG) if name.startswith(folder)), len(LONG))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Move them to the front; a sort keeps the order among equals."""
    items.sort(key=lambda item: rank(item.path.relative_to(config.rootpath)))
