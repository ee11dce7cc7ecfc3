"""A message: posted, changed and taken away again, as the live message of a migration is."""

from collections.abc import Iterator

from slack_sdk import WebClient

from bot.doctor.asking import patiently
from migration.examination import Finding, good

NAME = "post, update, delete"
TEXT = "Daybreak's doctor was here; this message goes away by itself."


def messages(client: WebClient, channel: str) -> Iterator[Finding]:
    """All three, the last whatever became of the second."""
    name = f"{NAME} in {channel}"
    posted = patiently(lambda: client.chat_postMessage(channel=channel, text=TEXT))
    where, ts = str(posted["channel"]), str(posted["ts"])
    try:
        patiently(lambda: client.chat_update(channel=where, ts=ts, text=f"{TEXT} (changed)"))
    finally:
        patiently(lambda: client.chat_delete(channel=where, ts=ts))
    yield good(name, "each was done")
