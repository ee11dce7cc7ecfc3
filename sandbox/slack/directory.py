"""Finds people and groups and shows them the way `users.info` and `usergroups.list` do."""

from typing import Any

from sandbox.slack.cast import TEAM_DOMAIN, TEAM_ID, Cast, Group, Member
from sandbox.slack.errors import SlackError


class Directory:
    """The workspace's members and user groups."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.bot = cast.bot
        self._members = {m.id: m for m in (*cast.members, cast.bot, cast.slackbot)}

    def members(self) -> list[Member]:
        """Everybody, bots included."""
        return list(self._members.values())

    def member(self, wanted: str) -> Member:
        """The member with this id or handle."""
        found = self._members.get(wanted)
        if found is None:
            handle = wanted.lower().removeprefix("@")
            found = next((m for m in self._members.values() if m.handle == handle), None)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def by_id(self, user_id: str) -> Member:
        """The member with this id; handles are no ids."""
        if user_id not in self._members:
            raise SlackError("user_not_found")
        return self._members[user_id]

    def by_email(self, email: str) -> Member:
        """The member with this address."""
        for member in self._members.values():
            if member.email and member.email.lower() == email.lower() and not member.deleted:
                return member
        raise SlackError("users_not_found")

    def group(self, group_id: str) -> Group:
        """The user group with this id."""
        for group in self.cast.groups:
            if group.id == group_id:
                return group
        raise SlackError("no_such_subteam")


def user_ref(member: Member) -> dict[str, Any]:
    """A person as an interaction names them."""
    return {
        "id": member.id,
        "username": member.handle,
        "name": member.handle,
        "team_id": member.team_id,
    }


def team_ref() -> dict[str, Any]:
    """The team as an interaction names it."""
    return {"id": TEAM_ID, "domain": TEAM_DOMAIN}


def user_object(member: Member, cast: Cast) -> dict[str, Any]:
    """A user object of Slack's, with the fields on which authority may hang."""
    profile: dict[str, Any] = {
        "real_name": member.real_name,
        "display_name": member.handle,
        "real_name_normalized": member.real_name,
        "display_name_normalized": member.handle,
        "team": member.team_id,
    }
    if member.email:
        profile["email"] = member.email
    if member.is_bot:
        profile |= {"bot_id": cast.bot_id, "api_app_id": cast.app_id}
    user: dict[str, Any] = {
        "id": member.id,
        "team_id": member.team_id,
        "name": member.handle,
        "deleted": member.deleted,
        "profile": profile,
        "is_bot": member.is_bot,
        "is_app_user": False,
        "updated": 1700000000,
    }
    if not member.deleted:
        user |= {
            "real_name": member.real_name,
            "tz": "Europe/Amsterdam",
            "tz_label": "Central European Time",
            "tz_offset": 3600,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": member.is_restricted,
            "is_ultra_restricted": False,
            "is_email_confirmed": bool(member.email),
        }
    if member.team_id != TEAM_ID:
        user["is_stranger"] = True
    return user


def group_object(group: Group, include_users: bool) -> dict[str, Any]:
    """A user group object of Slack's."""
    shown: dict[str, Any] = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_create": 1700000000,
        "date_update": 1700000000,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    if include_users:
        shown["users"] = list(group.users)
    return shown
