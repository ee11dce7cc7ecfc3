"""Shows what a look at a source found where it was asked for: posted once, kept up to date.

A form that asked for it has it alone, until something is mended by it. What was mended at
its buttons is told in its thread, each remedy once.
"""

import hashlib
import json
import logging
from collections.abc import Sequence

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import once
from bot.cursor import NONE, Cursor, Cursors
from bot.errors import SlackNotNow
from bot.form_looks import FormLooks
from bot.later import Later
from bot.messages import preflight, remedies
from bot.messages.text import Message
from bot.people import People
from bot.places import CLOSED
from bot.root_message import GONE
from bot.slack_clients import Identity
from bot.turn import Turn, Turns
from migration.errors import RecordUnreadable
from migration.ports import Checks, Remedies
from migration.preflight import CheckRun
from migration.remedies import RemedyRun

log = logging.getLogger(__name__)

REPORT = 0


class CheckReports:
    """The reports of all looks that stand alone."""

    def __init__(
        self,
        client: WebClient,
        identity: Identity,
        checks: Checks,
        remedies: Remedies,
        people: People,
        cursors: Cursors,
        turns: Turns,
        later: Later,
        forms: FormLooks,
    ) -> None:
        """From these checks to this workspace."""
        self._client = client
        self._identity = identity
        self._checks = checks
        self._remedies = remedies
        self._people = people
        self._cursors = cursors
        self._turns = turns
        self._later = later
        self._forms = forms

    def show(self, run_id: str) -> None:
        """Post it unless it stands there; what Slack does not take now follows later.

        It stays due in the store meanwhile, so that nothing is lost with this process.
        """
        try:
            self._turns.run(run_id, lambda turn: self._show(run_id, turn))
        except SlackNotNow as trouble:
            self._later.ask(run_id, trouble.seconds, lambda: self.show(run_id))

    def _show(self, run_id: str, turn: Turn) -> None:
        run = self._checks.load(run_id)
        if run is None or not run.answered:
            return
        try:
            if run.form:
                self._forms.show(run)
            if not run.form or self._mended(run):
                self._bring_up_to_date(run, turn)
        except SlackApiError as error:
            if error.response.get("error") not in CLOSED:
                raise
            log.warning("%s can't be shown in %s: %s", run.id, run.channel, error)
        self._checks.shown(run_id)

    def _bring_up_to_date(self, run: CheckRun, turn: Turn) -> None:
        mended = self._mended(run)
        message = preflight.report(run, self._people.name(run.requester), mended)
        cursor = self._cursors.load(run.id)
        digest = hashlib.sha256(json.dumps([message.text, message.blocks]).encode()).hexdigest()
        if not cursor.root:
            self._post(run, message, turn)
        elif cursor.shown != digest:
            turn.check()
            if not self._edit(run, cursor, message):
                return
        self._cursors.save(run.id, shown=digest)
        self._tell(run, mended, turn)

    def _mended(self, run: CheckRun) -> list[RemedyRun]:
        """What was asked for by what this look found, the oldest first."""
        try:
            recorded = self._remedies.of_source(run.source)
        except RecordUnreadable as error:
            log.warning("%s is shown without its remedies: %s", run.id, error)
            return []
        return [one for one in recorded if one.check_run == run.id]

    def _post(self, run: CheckRun, message: Message, turn: Turn) -> None:
        place = once.Place(run.channel, since=run.asked_at)
        mark = once.metadata(run.id, REPORT)
        found = ""
        if self._cursors.load(run.id).intended == REPORT:
            found = once.find(self._client, self._identity.bot_id, place, mark)
        if not found:
            turn.check()
            with once.intending(self._cursors, run.id, REPORT):
                found = once.post(self._client, place, message, mark)
            self._cursors.save(run.id, channel=run.channel, root=found, intended=NONE)
            return
        cursor = self._cursors.save(run.id, channel=run.channel, root=found, intended=NONE)
        # What it shows may be older than this.
        self._edit(run, cursor, message)

    def _edit(self, run: CheckRun, cursor: Cursor, message: Message) -> bool:
        """Whether it is still there: a report that somebody deleted stays so."""
        try:
            self._client.chat_update(
                channel=cursor.channel,
                ts=cursor.root,
                text=message.text,
                blocks=message.blocks,
                metadata=once.metadata(run.id, REPORT),
            )
        except SlackApiError as error:
            if error.response.get("error") not in GONE:
                raise
            log.warning("The report of %s is gone: %s", run.id, error)
            return False
        return True

    def _tell(self, run: CheckRun, mended: Sequence[RemedyRun], turn: Turn) -> None:
        """What has ended, in that order: an entry each below the report."""
        told = (one for one in mended if remedies.is_told(one, run))
        ended = sorted(told, key=lambda one: one.ended_at)
        cursor = self._cursors.load(run.id)
        place = once.Place(cursor.channel, cursor.root, since=run.asked_at)
        for number, one in enumerate(ended, start=1):
            if number <= cursor.posted:
                continue
            turn.check()
            mark = once.metadata(run.id, number)
            begun = self._cursors.load(run.id).intended == number
            if not begun or not once.find(self._client, self._identity.bot_id, place, mark):
                message = remedies.ended(one, run, self._people.name(one.by))
                with once.intending(self._cursors, run.id, number):
                    once.post(self._client, place, message, mark)
            self._cursors.save(run.id, posted=number, intended=NONE)
