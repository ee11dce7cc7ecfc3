"""Signed HTTP requests to the app's request URL, as Slack sends them where there is no socket."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.delivery.request import UNREACHABLE, Answer, Kind, Request, Retry, Sent

Json = dict[str, Any]

FORM = "application/x-www-form-urlencoded"
# Slack's verifiers refuse what is older than five minutes
TOO_OLD = 301


@dataclass(frozen=True)
class Signed:
    """A request as it goes over the wire."""

    body: str
    content_type: str
    timestamp: int
    signature: str
    retry: Retry | None = None

    def headers(self) -> dict[str, str]:
        """The headers that Slack sets."""
        headers = {
            "Content-Type": self.content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": str(self.timestamp),
        }
        if self.signature:
            headers["X-Slack-Signature"] = self.signature
        if self.retry:
            headers["X-Slack-Retry-Num"] = str(self.retry.number)
            headers["X-Slack-Retry-Reason"] = self.retry.reason
        return headers


class SignedHttp:
    """Delivers by POST, and remembers each request to the byte."""

    def __init__(self, request_url: str, signing_secret: str) -> None:
        self.request_url = request_url
        self._secret = signing_secret.encode()
        self._sent: Sent[Signed] = Sent()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request, retry: Retry | None = None) -> Answer:
        """Sign and send a request; anything but a 2xx is no acknowledgement."""
        body, content_type = _body_of(request)
        now = int(time.time())
        signed = Signed(body, content_type, now, self._sign(now, body), retry)
        self._sent[request.id] = signed
        return await self._post(signed)

    async def send_again(self, request_id: str, signature: str) -> Answer:
        """The same body: with the same signature, a wrong one, none, or one that is too old."""
        signed = self._sent[request_id]
        if signature == "bad":
            flipped = "0" if signed.signature[-1] != "0" else "1"
            signed = replace(signed, signature=signed.signature[:-1] + flipped)
        elif signature == "missing":
            signed = replace(signed, signature="")
        elif signature == "old":
            then = signed.timestamp - TOO_OLD
            signed = replace(signed, timestamp=then, signature=self._sign(then, signed.body))
        elif signature != "same":
            raise ValueError(signature)
        return await self._post(signed)

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()

    def _sign(self, timestamp: int, body: str) -> str:
        base = f"v0:{timestamp}:{body}".encode()
        return "v0=" + hmac.new(self._secret, base, hashlib.sha256).hexdigest()

    async def _post(self, signed: Signed) -> Answer:
        if self._session is None:
            # A connection of its own for each request: an app that restarts is not met half-closed.
            connector = aiohttp.TCPConnector(force_close=True)
            self._session = aiohttp.ClientSession(connector=connector)
        try:
            async with self._session.post(
                self.request_url, data=signed.body.encode(), headers=signed.headers()
            ) as response:
                text = await response.text()
                return _answer(response.status, response.content_type, text)
        except aiohttp.ClientError:
            return Answer(error=UNREACHABLE)


def _body_of(request: Request) -> tuple[str, str]:
    if request.kind is Kind.COMMAND:
        return urlencode(request.payload), FORM
    if request.kind is Kind.INTERACTION:
        return urlencode({"payload": json.dumps(request.payload)}), FORM
    return json.dumps(request.payload), "application/json"


def _answer(status: int, content_type: str, text: str) -> Answer:
    if not 200 <= status < 300:
        return Answer(error=UNREACHABLE, status=status)
    if not text:
        return Answer(status=status)
    if content_type == "application/json":
        try:
            return Answer(payload=json.loads(text), status=status)
        except ValueError:
            return Answer(error=UNREACHABLE, status=status)
    return Answer(payload={"text": text}, status=status)
