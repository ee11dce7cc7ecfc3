"""What holds for every request: somebody asks, and what goes wrong is said to them alone."""

import functools
import json
import logging
import secrets
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError
from slack_bolt import Ack, BoltContext, BoltResponse
from slack_sdk.errors import SlackApiError

from bot.errors import SlackNotNow, TriggerLost
from bot.later import Later
from bot.messages.modals import notice
from bot.messages.refusals import too_late
from bot.respond import Respond
from migration.errors import DaybreakError, StoreUnavailable, TooLateToCancel

log = logging.getLogger(__name__)

ASKER = "asker"
LOST_TRIGGERS = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})


def knowing_who_asks(later: Later) -> Callable[..., BoltResponse | None]:
    """A middleware; answers that Slack does not take at once follow by these timers."""

    def know_who_asks(
        context: BoltContext,
        ack: Ack,
        next: Callable[[], None],  # noqa: A002 - Bolt's name for it
    ) -> BoltResponse | None:
        """Note the person; a request of nobody is answered and goes no further.

        It runs behind Bolt's check of the signature: where `ASKER` is not set, nothing in the
        request may be believed.
        """
        if not context.user_id:
            return ack()
        context[ASKER] = context.user_id
        if context.response_url:
            # In place of Bolt's own, which loses what Slack does not take.
            context["respond"] = Respond(context.response_url, later)
        next()
        return None

    return know_who_asks


def say_what_went_wrong(
    error: Exception, context: BoltContext, body: dict[str, Any], response: BoltResponse | None
) -> BoltResponse | None:
    """Tell the person who asked, and nobody else; what nobody foresaw only by its number."""
    if ASKER not in context:
        # Not verified: no word of it is believed, its addresses for answers least of all.
        log.warning("A request could not be verified: %s", type(error).__name__)
        return BoltResponse(status=401, body="")
    words = words_for(error)
    if body.get("type") == "view_submission":
        if response is None:
            return None
        update = {"response_action": "update", "view": notice("That did not work", words)}
        return BoltResponse(
            status=200, body=json.dumps(update), headers={"content-type": "application/json"}
        )
    _whisper(context, words)
    return BoltResponse(status=200, body="") if response is not None else None


def answering(listener: Callable[..., None]) -> Callable[..., None]:
    """A listener that tells its person itself what went wrong after its ack.

    Bolt (1.30) would take the ack back when a listener fails after it, and leave Slack without
    one: the person would read that the app did not respond.

    The listener has to ask for `context`: Bolt hands over what is named.
    """

    @functools.wraps(listener)
    def answered(**arguments: Any) -> None:
        context: BoltContext = arguments["context"]
        try:
            listener(**arguments)
        except Exception as error:
            if context.ack.response is None:
                raise
            _whisper(context, words_for(error))

    return answered


def words_for(error: Exception) -> str:
    """What a person is told; the rest stands in the log under the same number."""
    known = _known(error)
    if isinstance(known, TooLateToCancel):
        return too_late(known)
    if known is not None:
        return str(known)
    number = secrets.token_hex(4)
    log.error("Error %s", number, exc_info=error)
    return (
        "Something went wrong that nobody foresaw. Look at the live message before you try again; "
        f"whoever runs Daybreak finds the reason in the log under `{number}`."
    )


def _known(error: Exception) -> DaybreakError | None:
    if isinstance(error, SlackNotNow):
        log.warning("Slack left somebody waiting: %s", error.reason)
    if isinstance(error, DaybreakError):
        return error
    if isinstance(error, RedisError):
        return StoreUnavailable()
    if isinstance(error, SlackApiError) and error.response.get("error") in LOST_TRIGGERS:
        return TriggerLost()
    return None


def _whisper(context: BoltContext, words: str) -> None:
    if not context.response_url:
        log.warning("Nobody could be told: %s", words)
        return
    respond: Respond = context["respond"]
    respond(words)
