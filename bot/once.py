"""Posts a message once: what may have been posted before a crash is looked for first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.cursor import NONE, Cursors
from bot.errors import SlackNotNow
from bot.messages.text import Block, Message
from bot.refused_blocks import words_if_refused

#: How a message's blocks are sent, and what is sent where Slack refuses them.
Send = Callable[[Message, Callable[[list[Block]], SlackResponse]], SlackResponse]

METADATA = "daybreak"
PAGE = 200
# Slack's clock and ours may differ by less than this.
CLOCKS_DIFFER_SECONDS = 300.0


@dataclass(frozen=True)
class Place:
    """A channel, or a thread in it; nothing is looked for that is older than `since` (unix s)."""

    channel: str
    thread: str = ""
    since: float = 0.0


def metadata(migration_id: str, number: int) -> dict[str, Any]:
    """What tells our messages apart, unseen by people: migration and event, 0 for the root."""
    payload = {"migration": migration_id, "number": number}
    return {"event_type": METADATA, "event_payload": payload}


def post(
    client: WebClient,
    place: Place,
    message: Message,
    mark: dict[str, Any],
    send: Send = words_if_refused,
    **more: Any,
) -> str:
    """Post a message and give its `ts`; where Slack refuses the blocks, its words alone."""
    arguments = {
        "channel": place.channel,
        "text": message.text,
        "metadata": mark,
        "unfurl_links": False,
        "unfurl_media": False,
        **({"thread_ts": place.thread} if place.thread else {}),
        **more,
    }
    answer = send(message, lambda blocks: client.chat_postMessage(blocks=blocks, **arguments))
    return str(answer["ts"])


@contextmanager
def intending(cursors: Cursors, migration_id: str, number: int) -> Iterator[None]:
    """Write down that this number is being posted; what surely was not is no longer intended."""
    cursors.save(migration_id, intended=number)
    try:
        yield
    except SlackNotNow as trouble:
        if not trouble.maybe_done:
            cursors.save(migration_id, intended=NONE)
        raise


def find(client: WebClient, bot_id: str, place: Place, mark: dict[str, Any]) -> str:
    """The `ts` of our message with that mark; empty when it was never posted."""
    for message in _ours(client, bot_id, place):
        if _bears(message, mark):
            return str(message["ts"])
    return ""


def says(client: WebClient, bot_id: str, place: Place, words: str) -> bool:
    """Whether a message of ours has these words: a file's comes without a mark."""
    return any(words in str(message.get("text")) for message in _ours(client, bot_id, place))


def _ours(client: WebClient, bot_id: str, place: Place) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        answer = _page(client, place, cursor)
        for message in answer.get("messages", []):
            if message.get("bot_id") == bot_id:
                yield message
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


def _bears(message: dict[str, Any], mark: dict[str, Any]) -> bool:
    found = message.get("metadata") or {}
    payload = found.get("event_payload") or {}
    wanted = mark["event_payload"]
    return found.get("event_type") == mark["event_type"] and all(
        str(payload.get(name)) == str(value) for name, value in wanted.items()
    )


def _page(client: WebClient, place: Place, cursor: str) -> Any:
    arguments: dict[str, Any] = {
        "channel": place.channel,
        "limit": PAGE,
        "include_all_metadata": True,
        "oldest": str(max(place.since - CLOCKS_DIFFER_SECONDS, 0.0)),
        **({"cursor": cursor} if cursor else {}),
    }
    if place.thread:
        return client.conversations_replies(ts=place.thread, **arguments)
    return client.conversations_history(**arguments)
