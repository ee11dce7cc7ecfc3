"""The jobs of RQ's queue `channel`: thin callables around one relay a process."""

import socket
from functools import lru_cache

from bot import slack_clients
from bot.app import Channel, build_channel
from bot.settings import SlackSettings
from migration.adapters.connection import client, open_redis
from migration.adapters.redis_examinations import RedisExaminations
from migration.adapters.settings import RedisSettings, read_settings
from migration.examination import CHANNEL_WORKER, good


@lru_cache(maxsize=1)
def the_channel() -> Channel:
    """Made from the environment by the first job, and kept: its connections are reused."""
    settings = read_settings(SlackSettings)
    identity = slack_clients.identify(slack_clients.listening(settings))
    return build_channel(open_redis(read_settings(RedisSettings)), settings, identity)


def refresh(migration_id: str) -> None:
    """Make a migration's channel show what the store says."""
    the_channel().homes.changed()
    the_channel().relay.refresh(migration_id)


def answer(migration_id: str, reply_to: str) -> None:
    """Fill a modal that waits for the evidence which is in the store now."""
    the_channel().relay.answer(migration_id, reply_to)


def show_check(run_id: str) -> None:
    """Post what a look at a source found."""
    the_channel().checks.show(run_id)


def examine(run_id: str) -> None:
    """Answer the doctor: whoever runs this lives."""
    # one that could forget is refused elsewhere, and is no reason to seem dead
    said = RedisExaminations(client(read_settings(RedisSettings)))
    said.say(run_id, CHANNEL_WORKER, good(CHANNEL_WORKER, f"answers ({socket.gethostname()})"))
    said.end(run_id, CHANNEL_WORKER)
