"""Files, in Slack's three steps: ask for an address, upload there, complete."""

from aiohttp import web

from sandbox.slack.content import Content
from sandbox.slack.errors import Problem, SlackError
from sandbox.slack.files import File
from sandbox.slack.posting import post
from sandbox.slack.team import Team
from sandbox.slack.web.call import Call, Json, Method


def get_upload_url(call: Call) -> Json:
    """`files.getUploadURLExternal`."""
    name, length = call.required("filename"), call.required("length")
    if not length.isdecimal():
        raise SlackError("invalid_arguments", [Problem("/length", "must provide an integer")])
    bot = call.team.cast.bot.id
    file = call.team.files.announce(bot, name, int(length), call.text("alt_txt") or "")
    return {"upload_url": f"{call.team.app_url}/upload/v1/{file.id}", "file_id": file.id}


async def receive_upload(team: Team, request: web.Request) -> web.Response:
    """The body of a file, raw or as a form's part."""
    try:
        file = team.files.find(request.match_info["file_id"])
    except SlackError:
        return web.Response(status=404, text="file_not_found")
    if request.content_type == "multipart/form-data":
        form = await request.post()
        part = next((p for p in form.values() if isinstance(p, web.FileField)), None)
        content = part.file.read() if part else b""
    else:
        content = await request.read()
    if len(content) != file.length:
        return web.Response(status=400, text="file length does not match")
    file.content = content
    return web.Response(text=f"OK - {file.length}")


def give(team: Team, request: web.Request) -> web.Response:
    """A file's content, at the address that its object names; as a download, whatever it is."""
    try:
        file = team.files.find(request.match_info["file_id"])
    except SlackError:
        return web.Response(status=404, text="file_not_found")
    if file.completed_at is None:
        return web.Response(status=404, text="file_not_found")
    return web.Response(
        body=file.content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
    )


def complete_upload(call: Call) -> Json:
    """`files.completeUploadExternal`; in a channel the files are posted as one message."""
    team = call.team
    listed = call.json("files")
    if not isinstance(listed, list) or not listed:
        raise SlackError("invalid_arguments")
    targets = [c for c in (call.text("channels") or call.text("channel_id") or "").split(",") if c]
    channels = [team.channels.by_id(target) for target in targets]
    if any(team.cast.bot.id not in channel.members for channel in channels):
        raise SlackError("not_in_channel")
    done = [team.files.complete(str(entry["id"]), entry.get("title")) for entry in listed]
    shown = [_object(team, file) for file in done]
    for channel in channels:
        content = Content(call.text("initial_comment"), None, None, None)
        post(team, channel, content, thread_ts=call.text("thread_ts"), files=shown)
    return {"files": shown}


def info(call: Call) -> Json:
    """`files.info`; `mimetype` stays empty until the file has been looked at."""
    file = call.team.files.find(call.required("file", "file_not_found"))
    if file.completed_at is None:
        raise SlackError("file_not_found")
    return {"file": _object(call.team, file), "comments": []}


def _object(team: Team, file: File) -> Json:
    return team.files.object(file, team.base_url)


METHODS: dict[str, Method] = {
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": info,
}
