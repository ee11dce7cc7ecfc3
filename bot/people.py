"""Who is who: Slack's members and groups, asked for on the server and never taken from a click."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.errors import IdentityUnknown, NotAMember, SlackNotNow
from bot.messages.text import mention
from migration.approvals import Person, Policy
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

    def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """Somebody with their groups, as Slack says now or said a few minutes ago.

        Raises:
            IdentityUnknown: Slack did not say, and what is not known is refused.
        """
        try:
            user = self._user(user_id, fresh=fresh)
            groups = self._groups(user_id, fresh=fresh)
        except SLACK_FAILURES as error:
            log.warning("Slack did not say who %s is: %s", user_id, type(error).__name__)
            raise IdentityUnknown(self._whom_to_ask()) from error
        return Person(user_id, groups, self._is_member(user))

    def member(self, user_id: str) -> Person:
        """Somebody who is a full member; raises NotAMember or IdentityUnknown."""
        person = self.person(user_id)
        if not person.member:
            raise NotAMember(self._policy.approvers)
        return person

    def somebody_else_may_approve(self, user_id: str) -> bool:
        """Whether an approver is there besides this person; raises IdentityUnknown.

        Among many that are named it is taken for granted that one is a member still.
        """
        try:
            others = self._approvers() - {user_id}
            return len(others) > MOST_ASKED_FOR or any(
                self._is_member(self._user(other)) for other in sorted(others)
            )
        except SLACK_FAILURES as error:
            log.warning("Slack did not say who may approve: %s", type(error).__name__)
            raise IdentityUnknown(self._whom_to_ask()) from error

    def _approvers(self) -> set[str]:
        """The people who are named, and those in the groups that are."""
        named = {one for one in self._policy.approvers if not one.startswith("S")}
        groups = sorted(self._policy.approvers - named)
        return named.union(*(self._members(group, fresh=False) for group in groups))

    def name(self, user_id: str) -> str:
        """What somebody is called; their id when Slack does not say."""
        try:
            user = self._user(user_id)
        except SLACK_FAILURES:
            return user_id
        profile = user.get("profile", {})
        return str(profile.get("display_name") or user.get("real_name") or user_id)

    def _user(self, user_id: str, *, fresh: bool = False) -> dict[str, Any]:
        def ask() -> dict[str, Any]:
            return dict(self._client.users_info(user=user_id)["user"])

        found: dict[str, Any] = self._remember(("user", user_id), ask, fresh=fresh)
        return found

    def _groups(self, user_id: str, *, fresh: bool) -> frozenset[str]:
        """The groups among the approvers that somebody is in; none are asked for in vain."""
        if user_id in self._policy.approvers:
            return frozenset()
        groups = sorted(one for one in self._policy.approvers if one.startswith("S"))
        return frozenset(one for one in groups if user_id in self._members(one, fresh=fresh))

    def _members(self, group: str, *, fresh: bool) -> list[str]:
        def ask() -> list[str]:
            answer = self._client.usergroups_users_list(usergroup=group, team_id=self._team_id)
            return list(answer["users"])

        found: list[str] = self._remember(("group", group), ask, fresh=fresh)
        return found

    def _remember(self, key: tuple[str, str], ask: Callable[[], Any], *, fresh: bool) -> Any:
        now = self._clock.now()
        with self._lock:
            known = self._known.get(key)
        if known is not None and not fresh and now - known.at < REMEMBER_SECONDS:
            return known.value
        value = ask()
        with self._lock:
            self._known[key] = _Remembered(value, now)
        return value

    def _is_member(self, user: dict[str, Any]) -> bool:
        return user.get("team_id") == self._team_id and not any(user.get(k) for k in OUTSIDERS)

    def _whom_to_ask(self) -> str:
        """Approvers who are named themselves need no group; else whoever keeps the app."""
        named = sorted(one for one in self._policy.approvers if not one.startswith("S"))
        return mention(named[0]) if named else "whoever runs Daybreak"
