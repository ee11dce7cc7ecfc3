"""Who am I, where do I connect: `auth.test`, `apps.connections.open` and their kin."""

from sandbox.slack.blocks.payloads import blocks_problems, view_problems
from sandbox.slack.cast import TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from sandbox.slack.errors import SlackError
from sandbox.slack.web.call import Call, Json, Method


def api_test(call: Call) -> Json:
    """Answers with what it was given."""
    error = call.text("error")
    if error:
        raise SlackError(error)
    return {"args": dict(call.args)}


def auth_test(call: Call) -> Json:
    """The bot that a token stands for."""
    cast = call.team.cast
    return {
        "url": f"{call.team.base_url}/",
        "team": TEAM_NAME,
        "user": cast.bot.handle,
        "team_id": TEAM_ID,
        "user_id": cast.bot.id,
        "bot_id": cast.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(call: Call) -> Json:
    """An address for one socket."""
    return {"url": call.sockets.open_url(call.team.app_url)}


def team_info(_call: Call) -> Json:
    """The workspace."""
    return {"team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN}}


def bots_info(call: Call) -> Json:
    """The app's bot."""
    cast = call.team.cast
    if (call.text("bot") or cast.bot_id) != cast.bot_id:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": cast.bot_id,
            "deleted": False,
            "name": cast.bot.real_name,
            "app_id": cast.app_id,
            "user_id": cast.bot.id,
        }
    }


def blocks_validate(call: Call) -> Json:
    """Says what is wrong with blocks, a message or a view, without showing it to anybody."""
    given = [name for name in ("blocks", "message", "view") if call.args.get(name)]
    if len(given) != 1:
        note = "must provide exactly one of `blocks`, `view`, or `message`"
        raise SlackError("invalid_arguments", note=note)
    content = call.json(given[0])
    if given[0] == "view":
        kind = content.get("type") if isinstance(content, dict) else None
        problems = view_problems(content, kind if kind in {"modal", "home"} else "modal")
    else:
        message = content if given[0] == "message" else {"blocks": content}
        blocks = message.get("blocks") if isinstance(message, dict) else None
        problems = blocks_problems(blocks, "message", "/blocks")
    if problems:
        raise SlackError("invalid_blocks", problems)
    return {}


METHODS: dict[str, Method] = {
    "api.test": api_test,
    "auth.test": auth_test,
    "apps.connections.open": connections_open,
    "team.info": team_info,
    "bots.info": bots_info,
    "blocks.validate": blocks_validate,
}
