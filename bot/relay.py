"""The message relay: makes a migration's channel show what the store says, each event once."""

import logging
from collections.abc import Sequence
from typing import Protocol

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import audit_files, once, open_modal, thread_files
from bot.announcer import Announcer
from bot.caller import Caller
from bot.cursor import NONE, Cursor, Cursors
from bot.errors import ShownNowhere, SlackNotNow
from bot.later import Later
from bot.messages.questions import asked
from bot.messages.readers import Readers
from bot.messages.thread import Entry, actors, entries
from bot.people import People
from bot.reply import Reply
from bot.root_message import RootMessage
from bot.scheduled import Scheduled
from bot.slack_clients import Identity
from bot.turn import Turn, Turns
from migration.model import Migration
from migration.ports import Recorded, Store
from migration.service import Service, Snapshot

log = logging.getLogger(__name__)

# So long after it could be shown nowhere it is tried again, if nothing happens before.
HIDDEN_SECONDS = 600.0


class ChannelStore(Store, Protocol):
    """A store that knows which channels are behind."""

    def channel_done(self, migration_id: str, version_seen: int, events_seen: int) -> None:
        """The channel shows this version and these events."""

    def channel_again(self, migration_id: str, at: float) -> None:
        """The channel is due at that time (unix s) once more, unless it is due before."""

    def channel_later(self, migration_id: str, seconds: float) -> None:
        """The channel stays due, but not before so many seconds or the next commit."""


class Relay:
    """Posts, edits and answers for migrations."""

    def __init__(
        self,
        client: WebClient,
        identity: Identity,
        store: ChannelStore,
        service: Service,
        people: People,
        cursors: Cursors,
        turns: Turns,
        root: RootMessage,
        later: Later,
        announcer: Announcer,
        caller: Caller,
    ) -> None:
        """A relay from this store to this workspace."""
        self._client = client
        self._identity = identity
        self._store = store
        self._service = service
        self._people = people
        self._cursors = cursors
        self._turns = turns
        self._root = root
        self._later = later
        self._announcer = announcer
        self._scheduled = Scheduled(service, people)
        self._caller = caller

    def refresh(self, migration_id: str) -> None:
        """Bring a migration's channel up to date; what Slack does not take now follows later.

        It stays due in the store meanwhile, so that nothing is lost with this process.
        """
        try:
            self._turns.run(migration_id, lambda turn: self._bring_up_to_date(migration_id, turn))
        except SlackNotNow as trouble:
            self._refresh_in(trouble.seconds, migration_id)
        except ShownNowhere as nowhere:
            self._hide(migration_id, nowhere)

    def _hide(self, migration_id: str, nowhere: ShownNowhere) -> None:
        """It goes on unseen; whether it can be shown again is tried at every change of it."""
        if self._cursors.load(migration_id).hidden != nowhere.reason:
            log.error(
                "%s goes on, but nobody sees it: %s answers %s, and DAYBREAK_CHANNEL names no "
                "other channel. Unarchive it, or /invite the bot there",
                *(migration_id, nowhere.channel, nowhere.reason),
            )
            self._cursors.save(migration_id, hidden=nowhere.reason)
        self._store.channel_later(migration_id, HIDDEN_SECONDS)

    def _refresh_in(self, seconds: float, migration_id: str) -> None:
        self._later.ask(migration_id, seconds, lambda: self.refresh(migration_id))

    def _bring_up_to_date(self, migration_id: str, turn: Turn) -> None:
        snapshot = self._service.snapshot(migration_id)
        if self._scheduled.begin(snapshot):
            snapshot = self._service.snapshot(migration_id)
        migration = snapshot.migration
        shown = self._root.show(snapshot)
        try:
            posted, call_at = self._fill_thread(snapshot, shown.cursor, turn)
        except SlackApiError as error:
            known = self._cursors.load(migration_id)
            shown = self._root.elsewhere(snapshot, known, error)
            posted, call_at = self._fill_thread(snapshot, shown.cursor, turn)
        self._announcer.tell(migration, shown.cursor.channel, turn)
        if shown.cursor.hidden:
            log.warning("%s is shown again, in %s", migration_id, shown.cursor.channel)
            self._cursors.save(migration_id, hidden="")
        if shown.due_in:
            self._refresh_in(shown.due_in, migration_id)
        else:
            self._store.channel_done(migration_id, migration.version, posted)
        if call_at:
            self._store.channel_again(migration_id, call_at)

    def _fill_thread(self, snapshot: Snapshot, cursor: Cursor, turn: Turn) -> tuple[int, float]:
        """Post what the thread lacks; gives its last event's number and when to call next."""
        posted = self._post_new(snapshot.migration, cursor, turn)
        return posted, self._caller.call(snapshot, cursor, turn)

    def _post_new(self, migration: Migration, cursor: Cursor, turn: Turn) -> int:
        """Post what the thread does not have yet; gives the number of its last event."""
        if not self._store.events(migration.id, cursor.posted):
            return cursor.posted
        # All of it: an entry folds in what happened before it.
        history = self._store.events(migration.id)
        self._post_entries(migration, history, cursor, turn)
        return self._cursors.save(migration.id, posted=len(history), intended=NONE).posted

    def _post_entries(
        self, migration: Migration, history: Sequence[Recorded], cursor: Cursor, turn: Turn
    ) -> None:
        new = history[cursor.posted :]
        wanted = actors(new) | {migration.requester}
        names = {user: self._people.name(user) for user in sorted(wanted)}
        rule = self._service.rule_for(migration.source, migration)
        readers = Readers(
            rule.approvers,
            names,
            rule.approvals,
            requester_too=rule.requester_may_approve,
            rest=self._caller.rests(),
        )
        for entry in entries(migration, history, cursor.posted, readers):
            turn.check()
            self._post_entry(migration, entry, cursor)

    def _post_entry(self, migration: Migration, entry: Entry, cursor: Cursor) -> None:
        place = once.Place(cursor.channel, cursor.root, since=migration.created_at)
        mark = once.metadata(migration.id, entry.number)
        begun = cursor.intended == entry.number
        if not begun or not once.find(self._client, self._identity.bot_id, place, mark):
            with once.intending(self._cursors, migration.id, entry.number):
                once.post(
                    self._client,
                    place,
                    entry.message,
                    mark,
                    reply_broadcast=entry.broadcast or None,
                )
        audit = audit_files.beside(self._store, self._people, migration, entry)
        for upload in (*((entry.upload,) if entry.upload else ()), *audit):
            # It stays intended: after a crash here all of them are looked for.
            thread_files.put(self._client, self._identity.bot_id, place, upload, maybe_there=begun)
        self._cursors.save(migration.id, posted=entry.number, intended=NONE)

    def answer(self, migration_id: str, reply_to: str) -> None:
        """Fill a modal that waits for evidence."""
        reply = Reply.parse(reply_to)
        open_modal.fill(
            self._client,
            self._later,
            reply.view_id,
            lambda: asked(self._service.snapshot(migration_id), reply.press),
        )
