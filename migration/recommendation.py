"""Which method suits a source: by its size, by what it writes, and by the outage it can bear."""

from dataclasses import dataclass

from migration.model import Method
from migration.ports import Source

GIB = 2**30
# The rate may grow, and the copy may take longer than it should.
MARGIN = 1.5


@dataclass(frozen=True)
class Recommendation:
    """A method, and why: facts in words, for whoever chooses."""

    method: Method
    why: str


def recommend(source: Source, allowed_seconds: float) -> Recommendation | None:
    """The method for a source that may stand still for so long; None while its size is not known.

    A snapshot is the simpler one: nothing is attached to the source, and all of the copy can be
    compared. It costs an outage as long as the copy takes. A replica needs room on the source's
    disk for what is written while it is made.
    """
    if source.copy_seconds <= 0:
        return None
    copy = f"a copy of {source.storage_gib} GiB takes about {_length(source.copy_seconds)}"
    allowed = _length(allowed_seconds)
    if source.copy_seconds <= allowed_seconds:
        return Recommendation(
            Method.SNAPSHOT, f"{copy}, which fits into the {allowed} that writes may stand still"
        )
    kept = _kept(source)
    if kept is None:
        return Recommendation(
            Method.READ_REPLICA,
            f"{copy}, longer than the {allowed} that writes may stand still. How much it writes is "
            "not known yet: the first step looks whether its disk has room for a replica's WAL",
        )
    wanted, free = kept
    if wanted > free:
        return Recommendation(
            Method.SNAPSHOT,
            f"{copy}, and meanwhile the source writes about {wanted:.3g} GiB of WAL, for which its "
            f"disk has {free:.3g} GiB free: a replica would fill it. Enlarge the disk for a "
            f"replica, or allow an outage longer than {allowed}",
        )
    return Recommendation(
        Method.READ_REPLICA,
        f"{copy}, longer than the {allowed} that writes may stand still; the disk has room for the "
        f"{wanted:.3g} GiB of WAL that are written meanwhile",
    )


def _kept(source: Source) -> tuple[float, float] | None:
    """GiB of WAL while it is copied, and GiB that are free; None while one is not known."""
    if source.wal_bytes_per_second is None or source.free_storage_gib is None:
        return None
    wanted = source.wal_bytes_per_second * source.copy_seconds * MARGIN / GIB
    return wanted, source.free_storage_gib


def _length(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.3g} s"
    if seconds < 3600:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3600:.3g} h"
