"""The bot's two processes and a workspace, for a cut-over that began and ended without them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from crash_ground import CrashGround
from cutover_ground import PATIENCE

from sandbox.slack.cast import ADAM, BOT, RITA, Room, default_cast
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import visible_text
from sandbox.slack.tokens import Tokens
from sandbox.slack.workspace import Workspace

CHANNEL = "#migrations"


@contextmanager
def slack_edge(ground: CrashGround, channel_id: str) -> Iterator[Person]:
    """Start all of it; a person looks at the channel."""
    room = Room(channel_id, CHANNEL.lstrip("#"), (RITA.handle, ADAM.handle, BOT.handle))
    with Workspace(Tokens.generate(), replace(default_cast(), rooms=(room,))) as workspace:
        ground.host.environment = {
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.tokens.bot,
            "SLACK_APP_TOKEN": workspace.tokens.app,
            "SLACK_SIGNING_SECRET": workspace.tokens.signing_secret,
            "DAYBREAK_APPROVERS": ADAM.id,
        }
        ground.host.start("bot", "bot channel")
        try:
            yield Person(workspace.base_url, RITA.id)
        finally:
            ground.host.die()
            ground.host.environment = {}


def thread_up_to(ground: CrashGround, end: str) -> list[str]:
    """What the channel's thread says, up to this word: all of it, each entry once, in its order."""
    migration = ground.store.load(ground.base.migration.id)
    with slack_edge(ground, migration.channel) as rita:
        root = rita.wait_for_message(CHANNEL, migration.source, PATIENCE)
        rita.wait_for_reply(CHANNEL, root["ts"], end, PATIENCE)
        thread = rita.thread(CHANNEL, root["ts"])
    # a file that was put beside an entry is none itself
    marks = [entry["metadata"] for entry in thread if "files" not in entry]
    numbers = [mark["event_payload"]["number"] for mark in marks]
    assert numbers == sorted(set(numbers))
    return [visible_text(entry) for entry in thread]
