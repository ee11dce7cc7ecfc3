"""A ground that costs much and can be had again: kept for as long as tests of its folder come."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Generic, TypeVar

import pytest

Kept = TypeVar("Kept")


class Keeper(Generic[Kept]):
    """Makes it when it is first asked for; `let_go` is for the conftest's teardown of each test."""

    def __init__(self, make: Callable[[], AbstractContextManager[Kept]]) -> None:
        self._make = make
        self._stack = ExitStack()
        self._kept: Kept | None = None

    def get(self) -> Kept:
        """The one that is there, or a new one."""
        if self._kept is None:
            self._kept = self._stack.enter_context(self._make())
        return self._kept

    def end(self) -> None:
        """It is used up, or in the way of another one: a process has one cloud at a time."""
        self._kept = None
        self._stack.close()

    def let_go(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """End it unless the next test of this process is of the same folder.

        A module that makes a `ground` of its own needs the process for that one.
        """
        elsewhere = nextitem is None or nextitem.path.parent != item.path.parent
        if elsewhere or "ground" in vars(getattr(nextitem, "module", None) or object):
            self.end()
