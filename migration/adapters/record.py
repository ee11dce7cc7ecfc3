"""Reads a record that stands in Redis; one that can't be read troubles no other."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from migration.errors import RecordUnreadable

log = logging.getLogger(__name__)

Record = TypeVar("Record")


def read(kind: TypeAdapter[Record], stored: Any, key: str) -> Record | None:
    """What Redis gave for this key; None where there was nothing.

    Raises:
        RecordUnreadable: names the key. A newer version may have written it before it was put back.
    """
    if not isinstance(stored, bytes):
        return None
    try:
        return kind.validate_json(stored)
    except ValidationError as error:
        raise RecordUnreadable(key) from error


def each_alone(
    names: Iterable[bytes], act: Callable[[str], None], put_off: Callable[[str], object]
) -> None:
    """Act on each; whose record can't be read is said in the log, and looked at again later."""
    for name in map(bytes.decode, names):
        try:
            act(name)
        except RecordUnreadable:
            log.exception("%s is put off", name)
            put_off(name)
