"""Slack's deadlines in seconds; tests shorten them, nobody else does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timings:
    """How long things live and how long Slack waits."""

    acknowledgement: float = 3.0
    trigger: float = 3.0
    response_url: float = 30 * 60.0
    # an event that is not acknowledged comes again: at once, after a minute, after five
    event_retries: tuple[float, ...] = (0.1, 60.0, 300.0)
    # between the warning and the end of a socket that is to be replaced
    socket_refresh: float = 10.0
    socket_ticket: float = 30.0
    # an uploaded file has no type until it has been looked at
    file_scan: float = 0.3
