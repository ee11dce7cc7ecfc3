"""Check: the promoted target, still closed, is what the source was."""

from dataclasses import dataclass

from psycopg.rows import TupleRow

from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import check_lease
from workers.cutover.errors import TargetNotFit
from workers.cutover.on_target import on_target
from workers.postgres import fence, sequences
from workers.postgres.connect import Connection, rows
from workers.postgres.roles import PROVIDER_ROLES

ROLES = """
SELECT rolname, rolcanlogin, rolconnlimit, coalesce(rolvaliduntil::text, '')
FROM pg_roles WHERE rolname <> ALL (%s) ORDER BY rolname
"""


@dataclass(frozen=True)
class Inside:
    """What source and target have to agree on: where sequences stand, and who there is."""

    sequences: dict[str, int]
    roles: list[TupleRow]


def look_inside(connection: Connection) -> Inside:
    """Read it; of the fenced source while the target is being promoted."""
    return Inside(sequences.standing(connection), rows(connection, ROLES, list(PROVIDER_ROLES)))


def claim(attempt: Attempt) -> None:
    """Make the target ours before anything points at it: no claim, no redirect.

    The claim is a committed write, and so proves that the target can be written to.
    """
    attempt.budget.check("was about to claim the target")
    check_lease(attempt.lease, ACT_SECONDS, "claimed the target")
    on_target(attempt, "claimed the target", lambda target: _claim(target, attempt.epoch))
    attempt.progress = Progress.CLAIMED


def _claim(target: Connection, epoch: int) -> None:
    try:
        fence.claim(target, epoch)
    except fence.NotMine:
        found = fence.read(target)
        if (found.epoch, found.state) != (epoch, fence.State.CLAIMED):
            raise
        # Claimed before, and the answer was lost.


def check(attempt: Attempt, source: Inside | None) -> None:
    """Compare it with the fenced source, if that could still tell what it has.

    Raises:
        TargetNotFit: the cut-over goes back.
    """
    # The promotion ended our session and we logged in anew: that proves the login.
    new_login = (
        None
        if attempt.databases.target_is_new
        else attempt.background.submit(attempt.doors.log_in_to_target)
    )
    found = on_target(attempt, "read the marker on the target", fence.read)
    if (found.marker, found.epoch) != (attempt.marker, attempt.epoch):
        raise TargetNotFit(f"The marker of epoch {attempt.marker} is not on the target.")
    inside = on_target(attempt, "compared the target", look_inside)
    if source:
        _compare(source, inside)
    if new_login:
        new_login.result().close()
    attempt.checked["sequences"] = len(inside.sequences)
    attempt.checked["roles"] = len(inside.roles)


def _compare(source: Inside, target: Inside) -> None:
    behind = [
        name for name, last in source.sequences.items() if target.sequences.get(name, -1) < last
    ]
    if behind:
        raise TargetNotFit("Sequences are behind on the target: " + ", ".join(behind))
    if source.roles != target.roles:
        raise TargetNotFit("Roles differ between source and target.")
