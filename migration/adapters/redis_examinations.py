"""Examinations in Redis: what each kind of worker found, line by line, as it finds it."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

from migration.adapters.connection import answered
from migration.adapters.json_codec import FINDING
from migration.adapters.redis_store import PREFIX
from migration.examination import Finding

# Who asked waits for the answers; nobody comes back for them later.
KEPT_SECONDS = 600
END = b"end"


@dataclass(frozen=True)
class Heard:
    """What one worker has said so far."""

    findings: tuple[Finding, ...]
    #: It has said everything.
    ended: bool


class RedisExaminations:
    """Every method raises StoreUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        """Examinations in this Redis."""
        self._redis = redis

    def say(self, run_id: str, who: str, finding: Finding) -> None:
        """Add a line."""
        self._push(run_id, who, FINDING.dump_json(finding))

    def end(self, run_id: str, who: str) -> None:
        """Say that nothing more comes."""
        self._push(run_id, who, END)

    def heard(self, run_id: str, who: str, after: int = 0) -> Heard:
        """The lines behind so many, oldest first."""
        with answered():
            # redis-py says Awaitable | list
            said: Any = self._redis.lrange(_key(run_id, who), after, -1)
        lines = [line for line in said if line != END]
        found = tuple(FINDING.validate_json(line) for line in lines)
        return Heard(found, len(lines) < len(said))

    def _push(self, run_id: str, who: str, line: bytes) -> None:
        key = _key(run_id, who)
        with answered():
            self._redis.rpush(key, line)
            self._redis.expire(key, KEPT_SECONDS)


def _key(run_id: str, who: str) -> str:
    return f"{PREFIX}examination:{run_id}:{who}"
