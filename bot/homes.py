"""Publishes App Home: to whoever opens it, and to those who did lately when something changed.

Slack takes some hundred of these calls a minute from an app. So one that only changes numbers waits
for a minute, and of all together there is at most about one a second, however many look.
"""

import hashlib
import json
import logging
from dataclasses import replace

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.cursor import Cursors
from bot.errors import IdentityUnknown, SlackNotNow
from bot.later import Later
from bot.messages.home import ENDED, NEEDED, UNDER_WAY, Desk, home
from bot.messages.modals import View
from bot.people import People
from bot.viewers import ShownHome, Viewers
from migration.approvals import Click, Person, may_decide
from migration.model import Migration
from migration.overview import Overview, overview
from migration.ports import Clock, Store
from migration.service import Service, Snapshot
from migration.terms import gate_of
from migration.wanted import is_wanted

log = logging.getLogger(__name__)

NAME = "home tabs"
# What one commit brings comes in several jobs.
SETTLE_SECONDS = 2.0
SECONDS_BETWEEN_WORDS = 5.0
SECONDS_BETWEEN_NUMBERS = 60.0
# For each who looks: all of them together get sixty calls a minute at most.
SECONDS_EACH = 1.0


class Homes:
    """Everybody's tab."""

    def __init__(
        self,
        client: WebClient,
        store: Store,
        people: People,
        service: Service,
        cursors: Cursors,
        viewers: Viewers,
        clock: Clock,
        later: Later,
    ) -> None:
        """Tabs published through this client."""
        self._client = client
        self._store = store
        self._people = people
        self._service = service
        self._cursors = cursors
        self._viewers = viewers
        self._clock = clock
        self._later = later

    def opened(self, user: str) -> None:
        """Show it as it is, whatever was shown before."""
        now = self._clock.now()
        view = self._view(user, overview(self._store, now, ENDED))
        self._publish(user, view, now)
        self._viewers.opened(user, now)

    def changed(self) -> None:
        """Something did: those who look see it soon. What dies with the process is seen later."""
        self._later.ask(NAME, SETTLE_SECONDS, self.bring_up_to_date)

    def bring_up_to_date(self) -> None:
        """Publish the tabs of those who opened theirs lately, as far as they show something else.

        What comes too soon after the last is done later.
        """
        now = self._clock.now()
        looking = self._viewers.lately(now)
        if not looking:
            return
        found = overview(self._store, now, ENDED)
        waits = [self._show(user, found, now, SECONDS_EACH * len(looking)) for user in looking]
        soonest = min((wait for wait in waits if wait > 0), default=0.0)
        if soonest:
            self._later.ask(NAME, soonest, self.bring_up_to_date)

    def _show(self, user: str, found: Overview, now: float, least: float) -> float:
        """In how many seconds it is worth another look; 0 when nothing is left to be done."""
        view = self._view(user, found)
        shown = self._viewers.shown(user)
        if shown.whole == _digest(view):
            return 0.0
        same = shown.words == _digest_of_words(view)
        pause = max(SECONDS_BETWEEN_NUMBERS if same else SECONDS_BETWEEN_WORDS, least)
        early = shown.at + pause - now
        if 0 < early <= pause:
            return early
        try:
            self._publish(user, view, now)
        except SlackNotNow as trouble:
            return max(trouble.seconds, SETTLE_SECONDS)
        except SlackApiError as error:
            log.warning("%s has no tab: %s", user, error.response.get("error"))
            self._viewers.forget(user)
        return 0.0

    def _publish(self, user: str, view: View, now: float) -> None:
        self._client.views_publish(user_id=user, view=view)
        self._viewers.save(user, ShownHome(_digest(view), _digest_of_words(view), now))

    def _view(self, user: str, found: Overview) -> View:
        person = self._person(user)
        needs: list[Snapshot] = []
        going: list[Snapshot] = []
        for seen in found.under_way:
            one = self._with_terms(seen)
            wanted = person is not None and self._is_wanted(one, person)
            (needs if wanted else going).append(one)
        shown = (*needs[:NEEDED], *going[:UNDER_WAY], *found.ended)
        links = self._cursors.links([one.migration.id for one in shown])
        known = person is not None
        return home(Desk(needs, going, found.ended, links, self._approvers_of, known=known))

    def _with_terms(self, one: Snapshot) -> Snapshot:
        """With what a decision is made under, where one could be made on what was seen.

        Without evidence there is none, and the store would be asked for it migration by migration.
        """
        if not gate_of(one.migration) or one.evidence is None:
            return one
        return replace(one, terms=self._service.terms(one.migration, evidence=one.evidence))

    def _is_wanted(self, one: Snapshot, person: Person) -> bool:
        migration = one.migration
        click = Click(migration.step.gate if migration.step else "", migration.version)
        decides = one.terms is not None and may_decide(migration, click, person, one.terms).granted
        return is_wanted(
            migration,
            one.evidence,
            one.now,
            person,
            self._approvers_of(migration),
            may_decide=decides,
        )

    def _approvers_of(self, migration: Migration) -> frozenset[str]:
        return self._service.rule_for(migration.source, migration).approvers

    def _person(self, user: str) -> Person | None:
        try:
            return self._people.person(user)
        except IdentityUnknown:
            return None


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _digest_of_words(view: View) -> str:
    """Sentences and titles; how far things are stands in the small print."""
    return _digest([block for block in view["blocks"] if block["type"] != "context"])
