"""Starts a headless Chromium: the system's, or that of Debian's packages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from sandbox.servers.resolve import resolve

# Containers have little shared memory, and nothing is to be fetched.
ARGUMENTS = ("--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking")


@contextmanager
def chromium() -> Iterator[Browser]:
    """One of them; Playwright downloads none."""
    found = resolve("chromium")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's own driver finds its libraries where Chromium does; nobody else is to.
        for name, value in found.environment.items():
            patch.setenv(name, value)
        playwright = sync_playwright().start()
    try:
        browser = playwright.chromium.launch(
            executable_path=found.main,
            env={**os.environ, **found.environment},
            args=list(ARGUMENTS),
            # root and most containers have no sandbox for it; it visits our own page alone
            chromium_sandbox=False,
        )
        yield browser
        browser.close()
    finally:
        playwright.stop()
