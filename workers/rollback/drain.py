"""Drain a roll back: the source has every write that the target acknowledged, and it is proven."""

import time

from workers.cutover.attempt import ACT_SECONDS, Attempt
from workers.cutover.budget import POLL_SECONDS, check_lease
from workers.cutover.errors import TargetNotFit
from workers.failpoints import reach
from workers.postgres import fence, sequences, way_back, way_back_needs
from workers.postgres.connect import Connection
from workers.postgres.roles import login_roles
from workers.steps.findings import named


def send_marker(attempt: Attempt) -> None:
    """Mark the end on the closed target, and see the mark arrive through the way back."""
    cluster = attempt.databases.source
    check_lease(attempt.lease, ACT_SECONDS, "marked the end")
    way_back.mark(cluster, attempt.epoch)
    attempt.marker = attempt.epoch
    reach("marked")
    _see_arrived(attempt)


def see_everything_arrived(attempt: Attempt) -> None:
    """The same once more, when it was seen that nobody is left on the target.

    A session that was let in just before it closed can commit behind the first marker, and be
    gone before anybody has seen it.
    """
    way_back.mark(attempt.databases.source, attempt.epoch)
    _see_arrived(attempt)
    attempt.checked["marker"] = attempt.marker


def _see_arrived(attempt: Attempt) -> None:
    cluster, instance = attempt.databases.source, attempt.databases.target
    marker, beat = way_back.seen(cluster)
    while True:
        arrived = way_back.seen(instance)
        # Somebody who looks at the way back may have written a later beat.
        if arrived[0] == marker and arrived[1] >= beat:
            return
        attempt.budget.check("waited for the source to apply the last writes")
        time.sleep(POLL_SECONDS)


def compare(attempt: Attempt) -> None:
    """What does not go back by itself: who may log in, and tables that are not carried.

    Raises:
        TargetNotFit: the source would not be what the target was; nothing is decided yet.
    """
    instance = attempt.databases.target
    tables = attempt.background.submit(way_back.tables, attempt.databases.source)
    check_lease(attempt.lease, ACT_SECONDS, "told the source whom to let in")
    fence.expect(instance, attempt.epoch, attempt.roles)
    if way_back_needs.has_large_objects(attempt.databases.source):
        raise TargetNotFit("The target has large objects, which do not go back.")
    if apart := way_back.databases_apart(instance, attempt.databases.source):
        raise TargetNotFit(f"These databases are on one side only: {named(apart)}.")
    missing = sorted(set(attempt.roles) - _roles(instance))
    if missing:
        raise TargetNotFit(f"The source does not know these roles: {named(missing)}.")
    if inside := login_roles(instance):
        raise TargetNotFit(f"The source was not closed to these roles: {named(inside)}.")
    here, there = way_back.tables(instance), tables.result()
    changed = sorted(name for name in here | there if here.get(name) != there.get(name))
    changed += sorted(set(there) - way_back.carried(instance))
    if changed:
        raise TargetNotFit(f"These tables are not on the source as they are: {named(changed)}.")
    attempt.checked["tables"] = len(there)
    attempt.checked["roles"] = len(attempt.roles)


def _roles(connection: Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT rolname::text FROM pg_roles")}


def set_sequences(attempt: Attempt) -> None:
    """No number that the target has given out is given out by the source again.

    Raises:
        TargetNotFit: the source has no such sequence.
    """
    wanted = sequences.positions(attempt.databases.source)
    instance = attempt.databases.target
    known = sequences.positions(instance)
    missing = sorted(wanted.keys() - known.keys())
    if missing:
        raise TargetNotFit(f"The source has no such sequences: {named(missing)}.")
    apart = {name: position for name, position in wanted.items() if known[name] != position}
    check_lease(attempt.lease, ACT_SECONDS, "set the sequences")
    reach("sequences-read")
    sequences.set_to(instance, apart, attempt.epoch)
    attempt.checked["sequences"] = len(wanted)
