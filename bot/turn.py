"""Turns: one at a time brings a migration's channel up to date, and nobody's request is lost."""

import threading
from collections.abc import Callable

from redis import Redis

from bot.errors import TurnLost
from migration.adapters.redis_lease import RedisLease

# A job that was killed keeps the others waiting for so long.
TURN_SECONDS = 4.0
RENEW_SECONDS = 1.0


class Turn:
    """The right to post for one migration; renewed while it is held."""

    def __init__(self, lease: RedisLease) -> None:
        """A turn that has been taken."""
        self._lease = lease
        self._over = threading.Event()
        self._lost = False
        self._renewing = threading.Thread(target=self._renew, name="turn", daemon=True)
        self._renewing.start()

    def _renew(self) -> None:
        while not self._over.wait(RENEW_SECONDS):
            if not self._lease.renew():
                self._lost = True
                return

    def check(self) -> None:
        """Raises TurnLost when somebody else may have it by now."""
        if self._lost:
            raise TurnLost

    def end(self) -> None:
        """Give it to whoever asks next."""
        self._over.set()
        self._renewing.join()
        self._lease.release()


class Turns:
    """Who may post for which migration."""

    def __init__(self, redis: Redis) -> None:
        """Turns agreed upon in this Redis."""
        self._redis = redis

    def run(self, migration_id: str, work: Callable[[Turn], None]) -> None:
        """Do the work alone; whoever comes meanwhile leaves word, and it is done once more."""
        asked = f"daybreak:channel:{migration_id}:asked"
        while True:
            self._redis.set(asked, 1)
            lease = RedisLease(self._redis, f"daybreak:channel:{migration_id}:turn", TURN_SECONDS)
            if not lease.take():
                return
            turn = Turn(lease)
            try:
                self._redis.delete(asked)
                work(turn)
            finally:
                turn.end()
            if not self._redis.exists(asked):
                return
