"""What of the cached list fits to what somebody types, best first; pure."""

import difflib
from collections.abc import Container, Iterable

from bot.messages.text import plain
from migration.ports import Source

# More than anybody types into a menu.
LONGEST_QUERY = 150
MOST_WORDS = 8
NEAREST = 5


def search_sources(sources: Iterable[Source], typed: str, busy: Container[str]) -> list[Source]:
    """Those that have every word in their name, version, class, status or tags.

    Names rank by how they fit (equal, beginning, anywhere, not at all), then those that can be
    moved come before the others, then the alphabet.
    """
    words = words_of(typed)
    found = [source for source in sources if all(word in _text(source) for word in words)]

    def rank(source: Source) -> tuple[int, bool, str]:
        shut = bool(source.obstacle) or source.identifier in busy
        return (_fit(source.identifier, words), shut, source.identifier)

    return sorted(found, key=rank)


def nearest_sources(sources: Iterable[Source], typed: str) -> list[Source]:
    """Those whose names look like a slip of the pen."""
    by_name = {source.identifier: source for source in sources}
    near = difflib.get_close_matches(" ".join(words_of(typed)), by_name, n=NEAREST)
    return [by_name[name] for name in near]


def search_classes(classes: Iterable[str], typed: str) -> list[str]:
    """Those that have every word in their name; what begins so first, then in order of size."""
    words = words_of(typed)
    found = [name for name in classes if all(word in name for word in words)]
    return sorted(found, key=lambda name: (_fit(name, words), *_by_size(name)))


def words_of(typed: str) -> list[str]:
    """What was typed, in small letters and without what can't be seen; `team:x` as `team=x`."""
    line = plain(typed, LONGEST_QUERY).lower().replace(":", "=")
    return line.split()[:MOST_WORDS]


def _text(source: Source) -> str:
    tags = " ".join(f"{key}={value}" for key, value in source.tags.items())
    parts = (source.identifier, source.engine_version, source.instance_class, source.status)
    return f"{' '.join(parts)} {tags}".lower().replace(":", "=")


def _fit(name: str, words: list[str]) -> int:
    if not words or words == [name]:
        return 0
    if any(name.startswith(word) for word in words):
        return 1
    return 2 if any(word in name for word in words) else 3


def _by_size(name: str) -> tuple[str, int, str]:
    """The family, and in it `large` before `xlarge` before `16xlarge`."""
    family, _, size = name.rpartition(".")
    order = {"micro": -4, "small": -3, "medium": -2, "large": -1}
    times = size.removesuffix("xlarge")
    return family, order.get(size, int(times) if times.isdecimal() else 1), size
