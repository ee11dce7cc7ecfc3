"""A pytest plugin: keeps what the tests of the bot's words found to fit, for the gallery.

So the gallery shows every message, modal and Home that a test knows, and no other list of them has
to be kept. Texts that mean harm are left out: they are there to be escaped, not to be looked at.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import block_limits
import pytest

#: Where the exhibits are written to.
SETTING = "DAYBREAK_GALLERY_EXHIBITS"
# Of one kind a test may show several; more than these say nothing new.
MOST_OF_A_TEST = 40
HARMFUL = ("harm", "foreign", "long", "hostile", "escaped")


class Recording:
    """What was shown so far, in the tests' order."""

    def __init__(self) -> None:
        self.exhibits: list[dict[str, Any]] = []
        self.item: pytest.Item | None = None
        self._shown: set[str] = set()
        self._of_test: Counter[tuple[str, str]] = Counter()

    def see(self, kind: str, shown: Any, text: str) -> None:
        """One that fits: a `message`, a `modal` or a `home`; `text` is what is read aloud."""
        if self.item is None:
            return
        whole = json.dumps(shown, sort_keys=True)
        test = self.item.nodeid
        if whole in self._shown or self._of_test[test, kind] >= MOST_OF_A_TEST:
            return
        self._shown.add(whole)
        self._of_test[test, kind] += 1
        self.exhibits.append(
            {"kind": kind, "from": caption_of(self.item), "shown": shown, "text": text}
        )


def caption_of(item: pytest.Item) -> list[str]:
    """The test's module and what it says, as words: `["root", "waiting open"]`."""
    module = item.path.stem.removeprefix("test_").removeprefix("bot_").replace("_", " ")
    name, _, parameter = item.name.removeprefix("test_").partition("[")
    return [module, (parameter.rstrip("]") or name).replace("_", " ")]


def is_harmless(item: pytest.Item) -> bool:
    """Whether what it shows is meant for people."""
    function = getattr(item, "function", None)
    if getattr(function, "is_hypothesis_test", False):
        return False
    return not any(word in getattr(item, "originalname", item.name) for word in HARMFUL)


recording = Recording()


def pytest_configure() -> None:
    """Be told of whatever fits."""
    block_limits.WATCHERS.append(recording.see)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Know whose it is."""
    recording.item = item if is_harmless(item) else None
    try:
        return (yield)
    finally:
        recording.item = None


def pytest_sessionfinish() -> None:
    """Write it all down."""
    Path(os.environ[SETTING]).write_text(json.dumps(recording.exhibits, ensure_ascii=False))
