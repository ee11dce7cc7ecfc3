"""The jobs of RQ's queue `channel`: thin callables around one relay a process."""

from functools import lru_cache

from bot import slack_clients
from bot.app import Channel, build_channel
from bot.settings import SlackSettings
from migration.adapters.connection import open_redis
from migration.adapters.settings import RedisSettings, read_settings


@lru_cache(maxsize=1)
def the_channel() -> Channel:
    """Made from the environment by the first job, and kept: its connections are reused."""
    settings = read_settings(SlackSettings)
    identity = slack_clients.identify(slack_clients.listening(settings))
    return build_channel(open_redis(read_settings(RedisSettings)), settings, identity)


def refresh(migration_id: str) -> None:
    """Make a migration's channel show what the store says."""
    the_channel().relay.refresh(migration_id)


def answer(migration_id: str, reply_to: str) -> None:
    """Fill a modal that waits for the evidence which is in the store now."""
    the_channel().relay.answer(migration_id, reply_to)


def show_check(run_id: str) -> None:
    """Post what a look at a source found."""
    the_channel().checks.show(run_id)
