"""Words for Slack: escaped, cut to limits, with times in each reader's own zone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Block = dict[str, Any]

ELLIPSIS = "…"
SECTION = 3000
HEADER = 150
#: Most people and groups named in one sentence.
MENTIONED = 10


@dataclass(frozen=True)
class Message:
    """What is posted: blocks, and the words that stand for them where blocks are not shown."""

    text: str
    blocks: list[Block]


@dataclass(frozen=True)
class Upload:
    """A file of text that stands beside a message; the name is its migration's own."""

    name: str
    title: str
    content: str


def plain(text: str, limit: int) -> str:
    """One line of what can be seen, at most so many characters; for texts that Slack takes as is.

    Characters that can't be seen go, among them those that turn the direction of reading.
    """
    line = " ".join("".join(char for char in text if char.isprintable() or char.isspace()).split())
    return line if len(line) <= limit else line[: limit - 1] + ELLIPSIS


def escape(text: str) -> str:
    """The three characters that Slack reads as its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def safe(text: str, limit: int) -> str:
    """Words of AWS, SQL or a person for mrkdwn: one line, escaped, at most so many characters."""
    kept = limit
    while len(escaped := escape(plain(text, kept))) > limit:
        kept -= max(1, (len(escaped) - limit) // len("&amp;"))
    return escaped


def safe_lines(text: str, limit: int) -> str:
    """The same for words in several lines, which stay apart."""
    kept: list[str] = []
    left = limit
    for line in text.splitlines():
        if left <= 1:
            break
        kept.append(safe(line, left))
        left -= len(kept[-1]) + 1
    return "\n".join(kept)


def quoted(text: str, limit: int) -> str:
    """The same between backticks, which it can't end itself."""
    return f"`{safe(text.replace('`', ''), limit)}`"


def section(text: str) -> Block:
    """A paragraph of mrkdwn whose parts have been made safe; cut at the block's limit."""
    if len(text) > SECTION:
        text = text[: SECTION - 1] + ELLIPSIS
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text} for text in texts]}


def when(at: float) -> str:
    """A time of day as each reader's own clock shows it."""
    return _date(at, "{time_secs}", "%H:%M:%S UTC")


def day(at: float) -> str:
    """A date and time as each reader's own calendar shows it."""
    return _date(at, "{date_short} {time}", "%Y-%m-%d %H:%M UTC")


def _date(at: float, pattern: str, fallback: str) -> str:
    return f"<!date^{int(at)}^{pattern}|{datetime.fromtimestamp(at, UTC):{fallback}}>"


def utc(at: float) -> str:
    """A time for places where Slack shows no dates of its own, as errors at a field."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"


def mention(slack_id: str) -> str:
    """A person or a user group."""
    return f"<!subteam^{slack_id}>" if slack_id.startswith("S") else f"<@{slack_id}>"


def mentions(slack_ids: frozenset[str]) -> str:
    """Several of them, in an order that does not change."""
    return " ".join(bullets([mention(slack_id) for slack_id in sorted(slack_ids)], MENTIONED))


def duration(seconds: float) -> str:
    """A length of time in the two largest units that say something."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min"
    return f"{hours // 24} d {hours % 24} h"


def bullets(lines: list[str], limit: int) -> list[str]:
    """The first lines, and how many more there are."""
    if len(lines) <= limit:
        return lines
    return [*lines[:limit], f"{ELLIPSIS} and {len(lines) - limit} more"]


def paragraphs(lines: list[str]) -> list[str]:
    """The lines in as few texts as fit a section each; no line is cut, so that no mention is."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + 1 + len(line) <= SECTION:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return texts
