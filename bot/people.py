"""Who is who: Slack's members and groups, asked for on the server and never taken from a click."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.errors import IdentityUnknown, NotAMember, SlackNotNow
from bot.messages.text import mention
from migration.policy import Person, Policy, Rule
from migration.ports import Clock

log = logging.getLogger(__name__)

# People join and leave groups seldom; a decision never rests on the cache (`fresh`).
REMEMBER_SECONDS = 300.0
# Who asks for a migration waits for these answers.
MOST_ASKED_FOR = 8
OUTSIDERS = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")

SLACK_FAILURES = (SlackClientError, SlackNotNow)


@dataclass(frozen=True)
class _Remembered:
    value: Any
    at: float


class People:
    """Members of the workspace and of the groups that may approve."""

    def __init__(self, client: WebClient, team_id: str, policy: Policy, clock: Clock) -> None:
        """A directory that has not asked anything yet."""
        self._client = client
        self._team_id = team_id
        self._policy = policy
        self._clock = clock
        self._known: dict[tuple[str, str], _Remembered] = {}
        self._lock = threading.Lock()

    def person(
        self, user_id: str, among: frozenset[str] | None = None, *, fresh: bool = False
    ) -> Person:
        """Somebody with their groups, as Slack says now or said a few minutes ago.

        Asked about are the groups `among` those that matter here; by default all that may approve
        anything. Whoever is named there in person needs no group.

        Raises:
            IdentityUnknown: Slack did not say, and what is not known is refused.
        """
        named = self._policy.everybody if among is None else among
        try:
            user = self._user(user_id, fresh=fresh)
            groups, at = self._groups(user_id, named, fresh=fresh)
        except SLACK_FAILURES as error:
            log.warning("Slack did not say who %s is: %s", user_id, type(error).__name__)
            raise IdentityUnknown(self._whom_to_ask(named)) from error
        return Person(user_id, groups, self._is_member(user.value), min(user.at, at))

    def member(self, user_id: str, among: frozenset[str] = frozenset()) -> Person:
        """Somebody who is a full member, with those of these groups that they are in.

        Raises:
            NotAMember: guests, bots, who has left, and people from outside.
            IdentityUnknown: Slack did not say.
        """
        person = self.person(user_id, among)
        if not person.member:
            raise NotAMember(among or self._policy.approvers)
        return person

    def somebody_else_may_approve(self, user_id: str, rule: Rule | None = None) -> bool:
        """Whether there are as many approvers as it takes, where this person asks for it.

        Among many that are named it is taken for granted that they are members still. Raises
        IdentityUnknown.
        """
        rule = rule or Rule(self._policy.approvers)
        own = set() if rule.requester_may_approve else {user_id}
        try:
            others = self._approvers(rule.approvers) - own
            if len(others) >= MOST_ASKED_FOR + rule.approvals:
                return True
            members = (one for one in sorted(others) if self._is_member(self._user(one).value))
            return len(list(islice(members, rule.approvals))) == rule.approvals
        except SLACK_FAILURES as error:
            log.warning("Slack did not say who may approve: %s", type(error).__name__)
            raise IdentityUnknown(self._whom_to_ask(rule.approvers)) from error

    def _approvers(self, approvers: frozenset[str]) -> set[str]:
        """The people who are named, and those in the groups that are."""
        named = {one for one in approvers if not one.startswith("S")}
        groups = sorted(approvers - named)
        return named.union(*(self._members(group, fresh=False).value for group in groups))

    def name(self, user_id: str) -> str:
        """What somebody is called; their id when Slack does not say."""
        try:
            user = self._user(user_id).value
        except SLACK_FAILURES:
            return user_id
        profile = user.get("profile", {})
        return str(profile.get("display_name") or user.get("real_name") or user_id)

    def _user(self, user_id: str, *, fresh: bool = False) -> _Remembered:
        def ask() -> dict[str, Any]:
            return dict(self._client.users_info(user=user_id)["user"])

        return self._remember(("user", user_id), ask, fresh=fresh)

    def _groups(
        self, user_id: str, named: frozenset[str], *, fresh: bool
    ) -> tuple[frozenset[str], float]:
        """The groups among these that somebody is in, and as of when; none asked for in vain."""
        if user_id in named:
            return frozenset(), self._clock.now()
        groups = sorted(one for one in named if one.startswith("S"))
        lists = {group: self._members(group, fresh=fresh) for group in groups}
        at = min((known.at for known in lists.values()), default=self._clock.now())
        return frozenset(one for one, known in lists.items() if user_id in known.value), at

    def _members(self, group: str, *, fresh: bool) -> _Remembered:
        def ask() -> list[str]:
            answer = self._client.usergroups_users_list(usergroup=group, team_id=self._team_id)
            return list(answer["users"])

        return self._remember(("group", group), ask, fresh=fresh)

    def _remember(
        self, key: tuple[str, str], ask: Callable[[], Any], *, fresh: bool
    ) -> _Remembered:
        now = self._clock.now()
        with self._lock:
            known = self._known.get(key)
        if known is not None and not fresh and now - known.at < REMEMBER_SECONDS:
            return known
        found = _Remembered(ask(), now)
        with self._lock:
            self._known[key] = found
        return found

    def _is_member(self, user: dict[str, Any]) -> bool:
        return user.get("team_id") == self._team_id and not any(user.get(k) for k in OUTSIDERS)

    @staticmethod
    def _whom_to_ask(named: frozenset[str]) -> str:
        """Approvers who are named themselves need no group; else whoever keeps the app."""
        people = sorted(one for one in named if not one.startswith("S"))
        return mention(people[0]) if people else "whoever runs Daybreak"
