"""Which instance class comes nearest to another one, by the way AWS names them; pure."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

# `db.r6g.2xlarge`: kind, generation, what is special about it, size.
_NAME = re.compile(r"db\.([a-z]+)(\d+)([a-z]*)\.(?:(\d*)(xlarge)|(micro|small|medium|large))")
# Of `large`, each size is twice the one before; `4xlarge` is four times `xlarge`.
_SIZES = {"micro": 0.25, "small": 0.5, "medium": 1.0, "large": 2.0}
_XLARGE = 4.0
_GRAVITON = "g"
# Aurora has no general-purpose classes: with memory-optimized ones nothing gets less.
_KINDS = {"m": "r", "c": "r", "z": "r"}


@dataclass(frozen=True)
class _Class:
    kind: str
    generation: int
    special: str
    #: In virtual processors, as nearly as the name tells.
    size: float


def nearest(wanted: str, offered: Iterable[str]) -> str:
    """The offered class that is most like the wanted one; empty when nothing is offered.

    The class itself, if it is offered. Else the same kind (memory-optimized for general-purpose
    ones), a size that is not smaller and the closest, the same kind of processor, and the
    generation that is closest. A class whose name says nothing of this gives nothing.
    """
    names = sorted(set(offered))
    if wanted in names:
        return wanted
    model = _parsed(wanted)
    known = [(found, name) for name in names if (found := _parsed(name))]
    if model is None or not known:
        return ""
    return min(known, key=lambda entry: (*_distance(model, entry[0]), entry[1]))[1]


def _parsed(name: str) -> _Class | None:
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    kind, generation, special, times, _, small = found.groups()
    size = _SIZES[small] if small else _XLARGE * int(times or 1)
    return _Class(kind, int(generation), special, size) if size else None


def _distance(model: _Class, other: _Class) -> tuple[bool, bool, float, bool, int, bool]:
    return (
        other.kind != _KINDS.get(model.kind, model.kind),
        other.size < model.size,
        abs(math.log2(other.size / model.size)),
        (_GRAVITON in other.special) != (_GRAVITON in model.special),
        abs(other.generation - model.generation),
        other.special != model.special,
    )
