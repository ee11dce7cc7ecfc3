"""One attempt to cut over: what it holds, how far it got, and its journal."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property

from migration.errors import StoreUnavailable
from migration.model import Migration
from migration.steps import Journal
from workers.cutover.budget import Budget
from workers.cutover.errors import NoSource, NoTarget
from workers.cutover.keeper import Keeper
from workers.cutover.prober import Prober
from workers.leases import Tenure
from workers.postgres.connect import (
    CUT_OVER_APPLICATION_NAME,
    Connection,
    Login,
    WrongPassword,
    connect,
)
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint

log = logging.getLogger(__name__)

# Longest that one act on a server may take; the server enforces it as well. It has to fit into what
# is left of a lease that is renewed three times in its life.
ACT_SECONDS = 2.5


def _background() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="cutover")


class Progress(IntEnum):
    """How far an attempt got: what going back has to undo."""

    ARMED = 0
    PAUSED = 1
    FENCED = 2
    PROMOTE_SENT = 3
    CLAIMED = 4
    #: The pivot: clients may have written to the target.
    LIFTED = 5
    OPEN = 6


@dataclass
class Doors:
    """Where both databases are, and the login that opens them.

    Writes move from the source to the target; in a roll back those are the cluster and the
    instance.
    """

    login: Login
    ca_file: str
    source: Endpoint
    #: None once AWS knows no such cluster.
    target: Endpoint | None
    #: Reads the login anew: a secret may be rotated in the middle of it all.
    read_login: Callable[[], Login]

    def log_in_to_source(self) -> Connection:
        """A new connection to the source."""
        return self._log_in(self.source)

    def log_in_to_target(self, database: str = "") -> Connection:
        """A new connection to the target; to Daybreak's own database where none is named."""
        return self._log_in(self.to_target, database)

    @property
    def to_target(self) -> Endpoint:
        """Where the target is; raises NoTarget."""
        if self.target is None:
            raise NoTarget
        return self.target

    def turned(self) -> "Doors":
        """The same for writes that move the other way."""
        return replace(self, source=self.to_target, target=self.source)

    def _log_in(self, endpoint: Endpoint, database: str = "") -> Connection:
        try:
            return self._connect(endpoint, database)
        except WrongPassword:
            rotated = self.read_login()
            if rotated == self.login:
                raise
            self.login = rotated
            return self._connect(endpoint, database)

    def _connect(self, endpoint: Endpoint, database: str) -> Connection:
        """A connection whose every wait is bounded by what one act may take."""
        return connect(
            endpoint,
            self.login,
            self.ca_file,
            dbname=database,
            application_name=CUT_OVER_APPLICATION_NAME,
            connect_timeout_seconds=max(2, int(ACT_SECONDS)),
            statement_timeout_seconds=ACT_SECONDS,
            lock_timeout_seconds=ACT_SECONDS / 2,
        )


class Databases:
    """Connections opened beforehand; the target's is opened anew after the promotion."""

    def __init__(
        self, source: Connection | None, target: Connection | None, *, target_is_new: bool = False
    ) -> None:
        """`target_is_new`: it is a login made after the target was asked to promote."""
        self._source = source
        self._target = target
        self.target_is_new = target_is_new

    @property
    def source(self) -> Connection:
        """The one to the source; raises NoSource when there is none."""
        if self._source is None:
            raise NoSource
        return self._source

    @source.setter
    def source(self, connection: Connection) -> None:
        self._source = connection

    @property
    def target(self) -> Connection:
        """The one to the target; raises NoTarget while there is none."""
        if self._target is None:
            raise NoTarget
        return self._target

    @target.setter
    def target(self, connection: Connection) -> None:
        self._target = connection

    @property
    def source_is_lost(self) -> bool:
        """Whether a new login is needed."""
        return self._source is None or self._source.closed

    def lose_source(self) -> None:
        """Nothing can be asked by this connection any more."""
        if self._source is not None:
            self._source.close()

    def close(self) -> None:
        """Close what is open."""
        self.lose_source()
        if self._target is not None:
            self._target.close()


@dataclass
class InCharge:
    """Being in charge of both databases under one epoch, by whatever means they are closed."""

    migration: Migration
    epoch: int
    tools: Toolbox
    lease: Tenure
    journal: Journal
    progress: Progress = Progress.ARMED
    #: Whether a target that AWS does not know holds no client's write and never will: nobody has
    #: decided to promote it, or a person answers for it. A cluster can also have been renamed.
    gone_is_harmless: bool = False
    #: Tells the poolers that somebody is in charge for as long as they hold the traffic.
    keeper: Keeper | None = None
    #: Tells people, once, what keeps the way back or the opening from working.
    tell: Callable[[str], None] = log.warning
    #: Journal entries and overlapping acts are written while the servers work.
    background: ThreadPoolExecutor = field(default_factory=_background)
    phases_ms: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The poolers are spoken to under this epoch; going back raises it."""
        self.pooler_epoch = self.epoch

    @property
    def goes_back(self) -> bool:
        """Whether this very process undoes what it did."""
        return self.pooler_epoch > self.epoch

    @property
    def source(self) -> str:
        """The source instance's identifier."""
        return self.migration.source

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure a phase, in milliseconds."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.phases_ms[name] = round((time.perf_counter() - began) * 1000, 2)

    def note(self, act: str, **details: object) -> None:
        """Write down an outcome, soon; a journal that can't be written stops no act."""

        def write() -> None:
            try:
                self.journal.done(act, **details)
            except StoreUnavailable:
                log.warning("not in the history: %s %s", act, details)

        self.background.submit(write)

    def settle(self) -> None:
        """Wait for whatever still runs beside the main thread: an undo must come after it.

        A promotion that was asked for is not waited for: it may come at any time, and going back
        makes it harmless.
        """
        self.background.shutdown(wait=True)
        self.background = _background()

    def close(self) -> None:
        """Let go of threads."""
        if self.keeper:
            self.keeper.stop()
        self.background.shutdown(wait=True)


@dataclass(kw_only=True)
class Underway(InCharge):
    """What every process has that carries a cut-over out itself, from its beginning on."""

    #: Until the promotion is sent; then a second one, until the target is open.
    budget: Budget
    #: Unix seconds, by our clock: of the pause and of the end; 0 until then.
    began_at: float = 0.0
    ended_at: float = 0.0
    checked: dict[str, object] = field(default_factory=dict)

    @cached_property
    def calls(self) -> ThreadPoolExecutor:
        """For the promotion's calls: nobody waits for their answers, the target tells the truth."""
        return ThreadPoolExecutor(max_workers=2, thread_name_prefix="promote")

    def close(self) -> None:
        """Let go of threads."""
        self.calls.shutdown(wait=False)
        super().close()


@dataclass
class Charge(InCharge):
    """The same with a login to both: all that going back needs."""

    doors: Doors = field(kw_only=True)


@dataclass(kw_only=True)
class Attempt(Underway, Charge):
    """The state of one cut-over while it runs; all of it can be told from the servers again."""

    databases: Databases
    #: The epoch that the target's marker has to show: of the attempt that put up the fence.
    marker: int = 0
    #: Role names that the fence switches off.
    roles: tuple[str, ...] = ()
    #: Sessions that the fence ended, in words: who, from where, doing what for how long.
    ended: tuple[str, ...] = ()
    #: What became of preparing the way back; empty where none was asked for.
    way_back: dict[str, object] = field(default_factory=dict)
    #: Whether consumers have slots that are to be made anew: known before anybody is held.
    slots_noted: bool = False
    #: Those that were made, with their positions on both sides.
    slots: tuple[dict[str, object], ...] = ()
    #: Measures the write pause as clients see it.
    prober: Prober = field(default_factory=Prober)

    def close(self) -> None:
        """Let go of connections and threads."""
        self.prober.stop()
        super().close()
        self.databases.close()
