"""Why a migration is not shown where it was before."""

from bot.messages.text import safe

WORD = 60

#: By Slack's word for it.
WHY = {
    "message_not_found": "its message was taken away",
    "is_archived": "{channel} was archived",
    "not_in_channel": "Daybreak is not in {channel}",
    "channel_not_found": "{channel} is gone, or Daybreak is not in it",
}


def moved(reason: str, channel: str) -> str:
    """What everybody reads who finds it here; mrkdwn, empty where it never moved."""
    if not reason:
        return ""
    why = WHY.get(reason, f"its message can't be changed any more ({safe(reason, WORD)})")
    return f"*Shown here from now on*: {why.format(channel=f'<#{channel}>')}."
