"""Whether a pooler can carry a cut-over: its settings against the longest pause."""

from collections.abc import Iterable

from migration.model import Options
from workers.traffic.port import Endpoint, PoolerState

TRANSACTION_POOLING = "transaction"
# One failed server login keeps writes away for so long; PgBouncer's default is 15.
LONGEST_LOGIN_RETRY_SECONDS = 1.0
# A cut-over that fails may take so long to go back.
WAY_BACK_SECONDS = 120.0


def misfits(state: PoolerState, options: Options) -> list[str]:
    """What stands against it, each with the remedy; empty when all is well."""
    return [*misfits_of_any(state), *_impatience(state, options)]


def misfits_of_any(state: PoolerState) -> list[str]:
    """What stands against a cut-over of any length."""
    found = list(state.problems)
    if not state.holds:
        # A name has none of a pooler's settings.
        return found
    if state.paused:
        found.append("it holds traffic already")
    if state.endpoint is None:
        found.append("its entries lead to different places")
    if state.pool_mode != TRANSACTION_POOLING:
        found.append(f"pool_mode is {state.pool_mode}: set it to {TRANSACTION_POOLING}")
    if state.server_login_retry > LONGEST_LOGIN_RETRY_SECONDS:
        found.append(
            f"server_login_retry is {state.server_login_retry:g} s: set it to "
            f"{LONGEST_LOGIN_RETRY_SECONDS:g}"
        )
    return found


def patience(state: PoolerState) -> float | None:
    """For how long it holds a client, in seconds; None for ever."""
    limits = [s for s in (state.query_wait_timeout, state.client_login_timeout) if s > 0]
    return min(limits, default=None)


def _impatience(state: PoolerState, options: Options) -> list[str]:
    """Its limits would turn waiting clients away, or leave no time for a switch."""
    # Once before the promotion, as much again after it, and the way back.
    longest = 2 * options.max_write_pause_seconds + WAY_BACK_SECONDS
    found = []
    if options.max_write_pause_seconds < state.switch_seconds:
        found.append(
            f"it may take {state.switch_seconds:g} s until every client knows of a switch: the "
            f"longest write pause has to be more than the {options.max_write_pause_seconds:g} s "
            "that it is"
        )
    for name, seconds in (
        ("query_wait_timeout", state.query_wait_timeout),
        ("client_login_timeout", state.client_login_timeout),
    ):
        if 0 < seconds < longest:
            found.append(
                f"{name} is {seconds:g} s and would turn waiting clients away: set it to "
                f"{longest:g} at least, twice the longest write pause and the way back"
            )
    return found


def astray(states: Iterable[PoolerState], name: str, endpoint: Endpoint | None) -> list[str]:
    """Those that lead elsewhere than to this database."""
    return [
        f"{state.url} leads to {state.endpoint}, and the {name} is at {endpoint}"
        for state in states
        if state.endpoint not in {endpoint, None}
    ]
