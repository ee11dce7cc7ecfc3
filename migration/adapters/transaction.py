"""A MULTI under WATCH whose end is known for what it is: done, in conflict, or unknown."""

from typing import Self

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.exceptions import WatchError

from migration.errors import OutcomeUnknown

GONE = (RedisConnectionError, RedisTimeoutError)


class Transaction(Pipeline):
    """redis-py's pipeline, except where its connection is lost."""

    def __init__(self, redis: Redis) -> None:
        """An empty one, to be closed by `with`."""
        super().__init__(redis.connection_pool, redis.response_callbacks, True, None)

    def __enter__(self) -> Self:
        return self

    def reset(self) -> None:  # type: ignore[override]  # as in redis-py's own
        """Nothing is watched on a lost connection.

        redis-py (8.1) would open another one to say so, and somebody waits for an answer.
        """
        if self.connection is not None and not self.connection.is_connected:
            self.watching = False
        super().reset()

    def commit(self) -> None:
        """Carry it out.

        Raises:
            OutcomeUnknown: Redis went away; it may have been carried out or not.
            WatchError: something watched has changed, and nothing was done.
        """
        try:
            self.execute()
        except (*GONE, WatchError) as error:
            if was_lost(error):
                raise OutcomeUnknown from error
            raise


def was_lost(error: Exception) -> bool:
    """Whether it is about the connection; on a lost one, redis-py says WatchError, too."""
    return isinstance(error, GONE) or isinstance(error.__context__, GONE)
