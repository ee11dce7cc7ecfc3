"""Sends requests to the app within Slack's limits: three seconds, and retries for events alone."""

import asyncio
import time
import uuid
from collections import deque
from typing import Any

from sandbox.slack.cast import TEAM_ID
from sandbox.slack.delivery.request import (
    REMEMBERED,
    TIMED_OUT,
    Answer,
    Kind,
    Request,
    Retry,
    Transport,
)
from sandbox.slack.errors import SlackError
from sandbox.slack.team import Team

Json = dict[str, Any]


class Dispatcher:
    """The workspace's mouth: every request goes through here, into the log of traffic too."""

    def __init__(self, team: Team, transport: Transport) -> None:
        self._team = team
        self._transport = transport
        self._requests: deque[Request] = deque(maxlen=REMEMBERED)
        self._events: set[asyncio.Task[None]] = set()

    async def deliver(self, request: Request, retry: Retry | None = None) -> Answer:
        """Send a request and wait no longer than Slack does."""
        if retry is None:
            self._requests.append(request)
        started = time.monotonic()
        answer = await self._within_limit(self._transport.send(request, retry))
        self._log(request, answer, started, retry=retry.number if retry else 0)
        return answer

    async def repeat(self, request_id: str, signature: str = "same") -> Answer:
        """Send an earlier request once more, to the byte; its signature may be spoilt."""
        request = self.request(request_id)
        started = time.monotonic()
        answer = await self._within_limit(self._transport.send_again(request_id, signature))
        self._log(request, answer, started, repeated=True, signature=signature)
        return answer

    def request(self, request_id: str) -> Request:
        """An earlier request."""
        for request in self._requests:
            if request.id == request_id:
                return request
        raise SlackError("no_such_request")

    def requests(self, user: str | None = None) -> list[Request]:
        """What was sent, oldest first; of one person or of all."""
        return [request for request in self._requests if user in {None, request.user}]

    def emit(self, event: Json) -> None:
        """Tell the app of an event it subscribed to; try again until it acknowledges."""
        if event["type"] not in self._team.manifest.events:
            return
        task = asyncio.create_task(self._tell(Request(Kind.EVENT, self._event_payload(event))))
        self._events.add(task)
        task.add_done_callback(self._events.discard)

    async def close(self) -> None:
        """Give up on events that are still to be repeated."""
        for task in self._events:
            task.cancel()
        await asyncio.gather(*self._events, return_exceptions=True)

    async def _tell(self, request: Request) -> None:
        answer = await self.deliver(request)
        for number, pause in enumerate(self._team.timings.event_retries, start=1):
            if answer.acknowledged:
                return
            await asyncio.sleep(pause)
            reason = "http_timeout" if answer.error == TIMED_OUT else "http_error"
            answer = await self.deliver(request, Retry(number, reason))

    async def _within_limit(self, sending: Any) -> Answer:
        try:
            limit = self._team.timings.acknowledgement
            return await asyncio.wait_for(sending, limit)
        except TimeoutError:
            return Answer(error=TIMED_OUT)

    def _log(self, request: Request, answer: Answer, started: float, **details: Any) -> None:
        told = {"payload": answer.payload, "error": answer.error, "status": answer.status}
        kind = request.kind.value
        self._team.traffic.record(
            "out", kind, request.payload, told, started, id=request.id, **details
        )

    def _event_payload(self, event: Json) -> Json:
        cast = self._team.cast
        authorization = {
            "enterprise_id": None,
            "team_id": TEAM_ID,
            "user_id": cast.bot.id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": "verification-token-is-deprecated",
            "team_id": TEAM_ID,
            "api_app_id": cast.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev" + uuid.uuid4().hex[:10].upper(),
            "event_time": int(time.time()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
        }
