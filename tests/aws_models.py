"""A pytest plugin: the description of an AWS service is read once a process, not once a session.

Each test composes the product anew, with boto3 sessions of its own, and botocore keeps what it has
read by session: decoding the largest files took longer than many a test.
"""

from functools import cache
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader


class Once(JSONFileLoader):
    """Gives everybody the same description; botocore changes none after it was loaded."""

    @cache  # noqa: B019 - for as long as the process lives, and not longer than wanted
    def _read(self, path: str) -> Any:
        return super().load_file(path)

    def load_file(self, file_path: str) -> Any:
        """See `JSONFileLoader.load_file`."""
        return ONCE._read(file_path)


ONCE = Once()


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Where botocore looks for the reader of its files."""
    Loader.FILE_LOADER_CLASS = Once
