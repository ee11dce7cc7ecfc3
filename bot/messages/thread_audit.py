"""The thread's words for the audit's copy in S3: it is there, or why it is not yet."""

from bot.messages.text import day, quoted, safe
from migration.events import AuditKept, AuditNotKept

PLACE = 300
REASON = 2000


def audit_words(event: AuditKept | AuditNotKept) -> str:
    """What one of these events says; mrkdwn."""
    if isinstance(event, AuditKept):
        until = event.held_until
        held = f" Nobody can delete it there before {day(until)}." if until else ""
        return (
            f"*The audit is kept*: {quoted(event.place, PLACE)}, last hash "
            f"{quoted(event.last_hash, PLACE)}.{held}"
        )
    return (
        f"*The audit is not kept outside of Slack yet*: {safe(event.reason, REASON)} It is tried "
        "again by itself. The migration is over all the same, and the audit is above and with "
        "`/migrate audit`: nothing is lost. Whoever runs Daybreak: please look."
    )
