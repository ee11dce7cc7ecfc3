"""Keeps one message a migration in its channel, edited in place."""

import hashlib
import json
import logging
from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import once
from bot.charts import Charts
from bot.cursor import NONE, Cursor, Cursors
from bot.errors import ShownNowhere, SlackNotNow
from bot.messages.buttons import DECISIONS
from bot.messages.moved import moved
from bot.messages.root import root
from bot.messages.text import Message
from bot.pace import SECONDS_BETWEEN_WORDS, Pace
from bot.places import CLOSED
from bot.slack_clients import Identity
from migration.model import Migration
from migration.ports import Clock
from migration.service import Snapshot

log = logging.getLogger(__name__)

ROOT = 0
#: Slack's words for a message that is no longer there to be edited.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


@dataclass(frozen=True)
class Shown:
    """Where a migration is shown, and in how many seconds its root may be edited again."""

    cursor: Cursor
    due_in: float = 0.0


class RootMessage:
    """The root messages of all migrations."""

    def __init__(
        self,
        client: WebClient,
        identity: Identity,
        cursors: Cursors,
        clock: Clock,
        charts: Charts,
        approvers: frozenset[str],
        fallback_channel: str,
    ) -> None:
        """Root messages posted and edited through these clients."""
        self._client = client
        self._identity = identity
        self._cursors = cursors
        self._clock = clock
        self._charts = charts
        self._approvers = approvers
        self._fallback = fallback_channel
        self._pace = Pace()

    def show(self, snapshot: Snapshot) -> Shown:
        """Make the root show this; an edit that comes too soon after the last is left for later."""
        migration = snapshot.migration
        cursor = self._cursors.load(migration.id)
        message = self._message(snapshot, cursor)
        if not cursor.root:
            return Shown(self._post(snapshot, message, cursor))
        if not cursor.link:
            # Slack did not give it when the root was posted.
            self._cursors.save(migration.id, link=self._link(cursor.channel, cursor.root))
        if cursor.shown == _hash(message):
            return Shown(cursor)
        wait = self._wait(message, cursor)
        early = cursor.edited_at + wait - self._clock.now()
        if 0 < early <= wait:
            return Shown(cursor, early)
        return self._edit(snapshot, message, cursor)

    def _edit(self, snapshot: Snapshot, message: Message, cursor: Cursor) -> Shown:
        migration = snapshot.migration
        try:
            self._update(cursor.channel, cursor.root, message, migration.id)
        except SlackApiError as error:
            return self.elsewhere(snapshot, cursor, error)
        except SlackNotNow as trouble:
            # The thread's entries do not wait for an edit.
            return Shown(cursor, trouble.seconds)
        return Shown(self._shown(migration, message))

    def _update(self, channel: str, ts: str, message: Message, migration_id: str) -> None:
        self._charts.send(
            message,
            lambda blocks: self._client.chat_update(
                channel=channel,
                ts=ts,
                text=message.text,
                blocks=blocks,
                metadata=once.metadata(migration_id, ROOT),
            ),
        )

    def _post(self, snapshot: Snapshot, message: Message, cursor: Cursor) -> Cursor:
        migration = snapshot.migration
        channel = cursor.channel or migration.channel
        try:
            ts = self._post_once(migration, message, channel, cursor)
        except SlackApiError as error:
            return self.elsewhere(snapshot, cursor, error).cursor
        self._cursors.save(
            migration.id, channel=channel, root=ts, link=self._link(channel, ts), intended=NONE
        )
        return self._shown(migration, message)

    def elsewhere(self, snapshot: Snapshot, cursor: Cursor, refused: SlackApiError) -> Shown:
        """Post a new root: in the same channel where only the message is gone, else in the other.

        Raises:
            ShownNowhere: the channel takes no messages, and there is no other.
            SlackApiError: what was refused was refused for something else.
        """
        migration, reason = snapshot.migration, str(refused.response.get("error"))
        if reason not in GONE | CLOSED:
            raise refused
        here = cursor.channel or migration.channel
        there = self._fallback if reason in CLOSED else here
        if reason in CLOSED and there in {"", here}:
            raise ShownNowhere(here, reason)
        log.warning("%s can't be shown in %s (%s): using %s", migration.id, here, reason, there)
        # Nothing of it is looked for where it was.
        anew = self._cursors.save(
            migration.id,
            channel=there,
            root="",
            link="",
            intended=NONE,
            moved=reason,
            moved_from=here,
        )
        return Shown(self._post(snapshot, self._message(snapshot, anew), anew))

    def _message(self, snapshot: Snapshot, cursor: Cursor) -> Message:
        note = moved(cursor.moved, cursor.moved_from)
        approvers = snapshot.terms.rule.approvers if snapshot.terms else self._approvers
        return self._charts.fit(root(snapshot, approvers, note))

    def _post_once(
        self, migration: Migration, message: Message, channel: str, cursor: Cursor
    ) -> str:
        place = once.Place(channel, since=migration.created_at)
        mark = once.metadata(migration.id, ROOT)
        if cursor.intended == ROOT:
            found = once.find(self._client, self._identity.bot_id, place, mark)
            if found:
                # What it shows may be older than this.
                self._update(channel, found, message, migration.id)
                return found
        with once.intending(self._cursors, migration.id, ROOT):
            return once.post(self._client, place, message, mark, self._charts.send)

    def _link(self, channel: str, ts: str) -> str:
        try:
            answer = self._client.chat_getPermalink(channel=channel, message_ts=ts)
        except (SlackClientError, SlackNotNow):
            return ""
        return str(answer["permalink"])

    def _wait(self, message: Message, cursor: Cursor) -> float:
        """Seconds between the last edit and this one."""
        if cursor.buttons != _hash_buttons(message):
            return 0.0
        if cursor.words != _hash_words(message):
            return SECONDS_BETWEEN_WORDS
        return self._pace.between_numbers(self._clock.now())

    def _shown(self, migration: Migration, message: Message) -> Cursor:
        now = self._clock.now()
        self._pace.edited(migration.id, now)
        # It may just have turned out that the workspace takes no charts.
        message = self._charts.fit(message)
        return self._cursors.save(
            migration.id,
            shown=_hash(message),
            words=_hash_words(message),
            buttons=_hash_buttons(message),
            edited_at=now,
        )


def _hash(message: Message) -> str:
    return _digest([message.text, message.blocks])


def _hash_words(message: Message) -> str:
    """The sentence and the checklist; lag, values of checks and times stand elsewhere."""
    lists = [block for block in message.blocks if block["type"] == "rich_text"]
    return _digest([message.text, lists])


def _hash_buttons(message: Message) -> str:
    """What can be pressed; of what buttons carry, only what makes a decision stale."""
    elements = [
        element
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    deciding = [element["value"] for element in elements if element["action_id"] in DECISIONS]
    return _digest([[element["action_id"] for element in elements], deciding])


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
