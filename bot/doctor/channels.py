"""The channel that stands in for others: that it is there, and that Daybreak is in it."""

from collections.abc import Iterator

from slack_sdk import WebClient

from bot.doctor.asking import REMEDIES, patiently
from migration.examination import Finding, failure, good

NAME = "channel"


def membership(client: WebClient, channel: str) -> Iterator[Finding]:
    """Whether Daybreak can be read there."""
    name = f"{NAME} {channel}"
    found = patiently(lambda: client.conversations_info(channel=channel))["channel"]
    called = f"#{found.get('name', channel)}"
    if found.get("is_archived"):
        yield failure(name, f"{called} is archived", REMEDIES["is_archived"])
    elif not found.get("is_member"):
        yield failure(name, f"Daybreak is not in {called}", REMEDIES["not_in_channel"])
    else:
        yield good(name, f"Daybreak is in {called}")
