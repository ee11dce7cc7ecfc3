"""Tells other channels of a cut-over: each announcement once, and none that comes too late."""

import logging
from collections.abc import Sequence

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import once
from bot.cursor import NONE, Cursor, Cursors
from bot.errors import SlackNotNow
from bot.messages.announcements import Announcement, announcements
from bot.messages.text import Message, section
from bot.slack_clients import Identity
from bot.turn import Turn
from migration.model import Migration
from migration.ports import Clock, Store

log = logging.getLogger(__name__)


class Announcer:
    """Posts into the channels of `DAYBREAK_ANNOUNCE_CHANNELS`."""

    def __init__(
        self,
        client: WebClient,
        identity: Identity,
        store: Store,
        cursors: Cursors,
        clock: Clock,
        channels: Sequence[str],
    ) -> None:
        """An announcer for these channels; for none it asks nobody anything."""
        self._client = client
        self._identity = identity
        self._store = store
        self._cursors = cursors
        self._clock = clock
        self._channels = channels

    def tell(self, migration: Migration, shown_in: str, turn: Turn) -> None:
        """Post what is new; a channel that does not take it holds up no other.

        The channel that the migration is `shown_in` has its message and its thread.

        Raises:
            SlackNotNow: Slack did not take all of it now; nothing of it is lost.
            TurnLost: somebody else does it.
        """
        trouble: SlackNotNow | None = None
        for channel in self._channels:
            if channel == shown_in:
                continue
            try:
                self._tell(migration, channel, turn)
            except SlackNotNow as error:
                trouble = error
        if trouble is not None:
            raise trouble

    def _tell(self, migration: Migration, channel: str, turn: Turn) -> None:
        name = f"{migration.id}@{channel}"
        cursor = self._cursors.load(name)
        if not self._store.events(migration.id, cursor.posted):
            return
        history = self._store.events(migration.id)
        for one in announcements(migration, history):
            if one.number <= cursor.posted:
                continue
            turn.check()
            if self._clock.now() <= one.until:
                self._post(migration, channel, one, cursor)
            self._cursors.save(name, posted=one.number, intended=NONE)
        self._cursors.save(name, posted=len(history), intended=NONE)

    def _post(self, migration: Migration, channel: str, one: Announcement, cursor: Cursor) -> None:
        name = f"{migration.id}@{channel}"
        place = once.Place(channel, since=migration.created_at)
        mark = once.metadata(name, one.number)
        try:
            begun = cursor.intended == one.number
            if begun and once.find(self._client, self._identity.bot_id, place, mark):
                return
            message = Message(one.text, [section(one.text)])
            with once.intending(self._cursors, name, one.number):
                once.post(self._client, place, message, mark)
        except SlackApiError as error:
            # The migration's own message tells all of it; nothing waits for this one.
            reason = error.response.get("error")
            log.warning("%s is not announced in %s: %s", migration.id, channel, reason)
