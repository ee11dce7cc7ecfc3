"""Posts what a look at a source found, once, into the channel it was asked for in."""

import logging

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import once
from bot.cursor import NONE, Cursors
from bot.errors import SlackNotNow
from bot.later import Later
from bot.messages import preflight
from bot.people import People
from bot.places import CLOSED
from bot.slack_clients import Identity
from bot.turn import Turn, Turns
from migration.ports import Checks
from migration.preflight import CheckRun

log = logging.getLogger(__name__)

REPORT = 0


class CheckReports:
    """The reports of all looks that stand alone."""

    def __init__(
        self,
        client: WebClient,
        identity: Identity,
        checks: Checks,
        people: People,
        cursors: Cursors,
        turns: Turns,
        later: Later,
    ) -> None:
        """From these checks to this workspace."""
        self._client = client
        self._identity = identity
        self._checks = checks
        self._people = people
        self._cursors = cursors
        self._turns = turns
        self._later = later

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
        if not self._cursors.load(run_id).root:
            try:
                self._post(run, turn)
            except SlackApiError as error:
                if error.response.get("error") not in CLOSED:
                    raise
                log.warning("%s can't be shown in %s: %s", run.id, run.channel, error)
        self._checks.shown(run_id)

    def _post(self, run: CheckRun, turn: Turn) -> None:
        place = once.Place(run.channel, since=run.asked_at)
        mark = once.metadata(run.id, REPORT)
        found = ""
        if self._cursors.load(run.id).intended == REPORT:
            found = once.find(self._client, self._identity.bot_id, place, mark)
        if not found:
            message = preflight.report(run, self._people.name(run.requester))
            turn.check()
            with once.intending(self._cursors, run.id, REPORT):
                found = once.post(self._client, place, message, mark)
        self._cursors.save(run.id, channel=run.channel, root=found, intended=NONE)
