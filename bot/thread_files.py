"""Uploads a file into a thread, once: a second time looks whether it is there already."""

import logging

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import once, slack_trouble
from bot.messages.text import Upload

log = logging.getLogger(__name__)


def put(
    client: WebClient, bot_id: str, place: once.Place, upload: Upload, *, maybe_there: bool
) -> None:
    """Put it into the thread.

    Where Slack refuses files, as for an app that was installed without `files:write`, the thread
    goes on without: what would be in it is with the migration.
    """
    if maybe_there and once.says(client, bot_id, place, upload.name):
        return
    try:
        send(client, place.channel, upload, place.thread)
    except SlackApiError as error:
        log.warning("Slack does not take %s: %s", upload.name, error.response.get("error"))


def send(client: WebClient, channel: str, upload: Upload, thread: str = "") -> None:
    """Put it into a channel, whatever is there already.

    Raises:
        SlackApiError: Slack refuses it.
        SlackNotNow: Slack did not take it now.
    """
    try:
        client.files_upload_v2(
            channel=channel,
            filename=upload.name,
            title=upload.title,
            content=upload.content,
            initial_comment=f"{upload.title}: `{upload.name}`",
            thread_ts=thread or None,
        )
    except slack_trouble.UNANSWERED as error:
        # The address for the content itself is none of the Web API's methods.
        raise slack_trouble.silence(error) from error
