"""User groups and who is in them."""

from sandbox.slack.directory import group_object
from sandbox.slack.web.call import Call, Json, Method


def list_groups(call: Call) -> Json:
    """`usergroups.list`."""
    include = call.flag("include_users")
    return {"usergroups": [group_object(group, include) for group in call.team.cast.groups]}


def list_users(call: Call) -> Json:
    """`usergroups.users.list`."""
    return {"users": list(call.team.directory.group(call.required("usergroup")).users)}


METHODS: dict[str, Method] = {
    "usergroups.list": list_groups,
    "usergroups.users.list": list_users,
}
