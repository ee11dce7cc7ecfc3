"""Judges what came of a case: by what clients were told, and by what both databases say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from crash_ground import ROLES, Application, CrashGround
from cutover_ground import SOURCE
from detector import Detector
from prepared_base import TARGET_INSTANCE

from migration.errors import NoSuchMigration
from migration.model import Migration
from workers.postgres.fence import State

# Numbers of a sequence that both databases have given out, or one of them twice.
TWICE = "SELECT count(*) - count(DISTINCT ticket) FROM seen"


@dataclass
class Outcome:
    """One case's end. Whatever is wrong is in words; the numbers count writes and instants."""

    #: which database takes writes
    place: str
    lost: int = 0
    doubled: int = 0
    phantom: int = 0
    two_writers: int = 0
    #: from the last strike to the first acknowledgement of a write that was sent after it, in s
    flowed_after: float = 0.0
    #: the longest time without an acknowledgement to anybody, from the first strike on, in s
    outage: float = 0.0
    #: errors that clients saw
    errors: int = 0
    #: the points that were struck
    struck: tuple[str, ...] = ()
    wrong: list[str] = field(default_factory=list)

    @property
    def survived(self) -> bool:
        """Whether nothing at all is wrong."""
        return not (self.lost or self.doubled or self.phantom or self.two_writers or self.wrong)


def judge(
    ground: CrashGround,
    migration: Migration,
    clients: Sequence[Application],
    detector: Detector,
    moments: Sequence[float],
) -> Outcome:
    """Look at both databases and at the history, once the clients have stopped.

    `moments` are those of the strikes, in unix seconds.
    """
    outcome = Outcome(ground.place(), two_writers=len(detector.both))
    outcome.errors = sum(len(client.errors) for client in clients)
    outcome.lost, outcome.doubled, outcome.phantom = count(ground, clients, outcome.place)
    if twice := ground.scalar(outcome.place, TWICE):
        outcome.wrong.append(f"{twice} numbers of a sequence came twice")
    _look_at_fences(ground, outcome)
    _look_at_words(ground, migration, outcome)
    times = [time for client in clients for time in client.times]
    outcome.flowed_after = min(end for sent, end in times if sent > max(moments)) - max(moments)
    answers = [min(moments), *sorted(end for _, end in times if end > min(moments))]
    outcome.outage = max(later - earlier for earlier, later in pairwise(answers))
    return outcome


def count(ground: CrashGround, clients: Sequence[Application], place: str) -> tuple[int, int, int]:
    """How many writes are lost, doubled and invented in the database that takes them now."""
    lost = doubled = phantom = 0
    for client in clients:
        found = Counter(ground.numbers_on(place, client))
        lost += len(set(client.acknowledged) - set(found))
        doubled += sum(times > 1 for times in found.values())
        phantom += len(set(found) - set(client.acknowledged) - client.unknown)
    return lost, doubled, phantom


def _look_at_fences(ground: CrashGround, outcome: Outcome) -> None:
    """The one that takes writes has everybody in again whom the source had; the other is closed."""
    roles = ground.scalar(outcome.place, ROLES)
    if roles != ground.roles:
        outcome.wrong.append(f"roles are {roles}, were {ground.roles}")
    source, target = (ground.fence_on(name).state for name in (SOURCE, TARGET_INSTANCE))
    if outcome.place == SOURCE:
        # A replica says of itself what it was told last.
        given_up = ground.direction.origin == SOURCE or target is State.ABANDONED
        fits = source is State.OPEN and given_up
    else:
        fits = target is State.OPENED and source is not State.OPEN
    if not fits:
        words = f"{outcome.place} takes writes; the source says {source}, the target {target}"
        outcome.wrong.append(words)


def _look_at_words(ground: CrashGround, migration: Migration, outcome: Outcome) -> None:
    """The last word that the channel shows of it is what is true."""
    try:
        status = ground.store.load(migration.id).status
    except NoSuchMigration:
        return
    direction = ground.direction
    said = [direction.told_by(recorded.event) for recorded in ground.store.events(migration.id)]
    ends = [place for place in said if place is not None]
    standing = direction.stayed if outcome.place == direction.origin else direction.moved
    if ends[-1:] != [outcome.place] or status not in standing:
        outcome.wrong.append(f"{outcome.place} takes writes; told was {ends}, {status}")
