"""Migrations under way that nobody sees: no channel takes their messages."""

from collections.abc import Iterator

from redis import Redis

from bot.cursor import Cursors
from migration.adapters.clock import SystemClock
from migration.adapters.redis_store import RedisStore
from migration.adapters.rq_engine import RqEngine
from migration.examination import Finding, failure

NAME = "shown"
REMEDY = (
    "Unarchive the channel, or /invite @daybreak there; or set DAYBREAK_CHANNEL to a channel that "
    "stands in. It goes on meanwhile, and `/migrate status` answers."
)


def hidden(redis: Redis) -> Iterator[Finding]:
    """A line for each of them; none while all are seen."""
    cursors = Cursors(redis)
    for migration in RedisStore(redis, RqEngine(redis), SystemClock()).under_way():
        cursor = cursors.load(migration.id)
        if cursor.hidden:
            where = cursor.channel or migration.channel
            words = f"can't be shown in {where}: Slack answers `{cursor.hidden}`"
            yield failure(f"{NAME} {migration.id}", words, REMEDY)
