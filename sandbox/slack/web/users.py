"""People: `users.info`, `users.list`, `users.lookupByEmail`."""

from sandbox.slack.directory import user_object
from sandbox.slack.web.call import Call, Json, Method
from sandbox.slack.web.paging import metadata, page


def info(call: Call) -> Json:
    """`users.info`."""
    member = call.team.directory.by_id(call.required("user", "user_not_found"))
    return {"user": user_object(member, call.team.cast)}


def list_users(call: Call) -> Json:
    """`users.list`."""
    shown, cursor = page(call, call.team.directory.members(), 100, 1000)
    return {
        "members": [user_object(member, call.team.cast) for member in shown],
        **metadata(cursor),
    }


def lookup_by_email(call: Call) -> Json:
    """`users.lookupByEmail`."""
    member = call.team.directory.by_email(call.required("email"))
    return {"user": user_object(member, call.team.cast)}


METHODS: dict[str, Method] = {
    "users.info": info,
    "users.list": list_users,
    "users.lookupByEmail": lookup_by_email,
}
