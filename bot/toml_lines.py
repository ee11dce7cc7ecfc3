"""On which line of a TOML file something stands: the parser itself tells only of broken syntax."""

import re
from collections import Counter
from collections.abc import Iterator

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*([A-Za-z0-9_."'-]+)\s*=""")


def line_of(text: str, path: Path) -> int:
    """The line, counted from 1, of what stands nearest above that path; 1 for nothing of it.

    A path is one of keys and of places in arrays of tables, counted from 0: ("rules", 1, "name").
    """
    best, found = 0, 1
    for number, there in _paths(text):
        known = _in_common(there, path)
        # What is deeper within it stands further down.
        if known == len(there) and known > best:
            best, found = known, number
    return found


def _in_common(one: Path, other: Path) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _paths(text: str) -> Iterator[tuple[int, Path]]:
    """The lines of headers and keys, each with its path."""
    counted: Counter[Path] = Counter()
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header:
            table = _table(header[2], is_array=header[1] == "[[", counted=counted)
            yield number, table
        elif key:
            yield number, (*table, *_names(key[1]))


def _table(name: str, *, is_array: bool, counted: Counter[Path]) -> Path:
    """The path of a header: each array of tables on its way stands at its latest entry."""
    names = _names(name)
    path: Path = ()
    for at, one in enumerate(names):
        path = (*path, one)
        if is_array and at == len(names) - 1:
            counted[path] += 1
        if counted[path]:
            path = (*path, counted[path] - 1)
    return path


def _names(dotted: str) -> list[str]:
    return [one.strip().strip("\"'") for one in dotted.split(".")]
