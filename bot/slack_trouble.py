"""What Slack does wrong, told apart: it asks to wait, or it is away and may have done it or not."""

import socket
from http import HTTPStatus
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from bot.errors import SlackAway, SlackLimits, SlackNotNow

#: What a call raises that Slack did not answer.
UNANSWERED = (OSError, HTTPException, SlackRequestError)
#: What says that the call went nowhere.
NEVER_ARRIVED = (ConnectionRefusedError, socket.gaierror)
#: Slack's words for trouble of its own, whatever the status: it may have done what was asked.
OWN_TROUBLE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
# When Slack does not say how long, which it always does.
RETRY_AFTER_SECONDS = 1.0


def refusal(error: SlackApiError) -> SlackNotNow | None:
    """What an answer means that says no; None for what was wrong with the call itself."""
    response = error.response
    said = str(response.get("error"))
    status = response.status_code if isinstance(response, SlackResponse) else HTTPStatus.OK
    if status == HTTPStatus.TOO_MANY_REQUESTS or said == "ratelimited":
        return SlackLimits(retry_after(dict(response.headers)))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return SlackAway(f"status {status}")
    if said in OWN_TROUBLE:
        return SlackAway(said)
    return None


def silence(error: Exception) -> SlackAway:
    """What it means that there was no answer."""
    reason = error.reason if isinstance(error, URLError) else error
    maybe_done = not isinstance(reason, NEVER_ARRIVED)
    return SlackAway(str(reason) or type(reason).__name__, maybe_done=maybe_done)


def retry_after(headers: dict[str, str]) -> float:
    """The seconds that Slack asks to wait for."""
    lowered = {name.lower(): value for name, value in headers.items()}
    try:
        return max(float(lowered["retry-after"]), 0.0)
    except (KeyError, ValueError):
        return RETRY_AFTER_SECONDS
