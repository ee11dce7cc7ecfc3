"""Check: the promoted target, still closed, is what the source was."""

from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import check_lease
from workers.cutover.drain import sequences
from workers.cutover.errors import TargetNotFit
from workers.postgres import fence
from workers.postgres.connect import Connection, connect, rows

ROLES = """
SELECT rolname, rolcanlogin, rolconnlimit, coalesce(rolvaliduntil::text, '')
FROM pg_roles WHERE rolname <> ALL (%s) ORDER BY rolname
"""


def claim(attempt: Attempt) -> None:
    """Make the target ours before anything points at it: no claim, no redirect.

    The claim is a committed write, and so proves that the target can be written to.
    """
    check_lease(attempt.lease, ACT_SECONDS, "claimed the target")
    fence.claim(attempt.databases.target, attempt.epoch)
    attempt.progress = Progress.CLAIMED


def check(attempt: Attempt) -> None:
    """Compare it with the fenced source.

    Raises:
        TargetNotFit: the cut-over goes back.
    """
    source, target = attempt.databases.source, attempt.databases.target
    log_in = attempt.background.submit(_log_in, attempt)
    found = fence.read(target)
    if (found.marker, found.epoch) != (attempt.epoch, attempt.epoch):
        raise TargetNotFit(f"The marker of epoch {attempt.epoch} is not on the target.")
    behind = _behind(attempt.sequences, sequences(target))
    if behind:
        raise TargetNotFit("Sequences are behind on the target: " + ", ".join(behind))
    if _roles(source) != _roles(target):
        raise TargetNotFit("Roles differ between source and target.")
    log_in.result()
    attempt.checked["sequences"] = len(attempt.sequences)
    attempt.checked["roles"] = len(_roles(target))


def _behind(expected: object, found: dict[str, int]) -> list[str]:
    wanted = expected if isinstance(expected, dict) else {}
    return [name for name, value in wanted.items() if found.get(name, -1) < value]


def _roles(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in rows(connection, ROLES, list(fence.PROVIDER_ROLES))]


def _log_in(attempt: Attempt) -> None:
    """A new login on the target: address, certificate and passwords are as they should be."""
    databases = attempt.databases
    connect(
        databases.target_endpoint,
        databases.login,
        attempt.tools.settings.rds_ca_file,
        connect_timeout_seconds=int(ACT_SECONDS),
    ).close()
