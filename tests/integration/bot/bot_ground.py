"""A workspace, a Redis and the bot's real processes; the test itself acts as the worker."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from bot.settings import SlackSettings
from migration.adapters.clock import SystemClock
from migration.adapters.redis_checks import RedisChecks
from migration.adapters.redis_store import RedisStore
from migration.adapters.rq_engine import CHANNEL as CHANNEL_QUEUE
from migration.adapters.rq_engine import CHECK, STEPS, RqEngine
from migration.approvals import Policy
from migration.cool_off import BEHIND, RETAINED, SECONDS_BEHIND
from migration.events import Event, GateReached
from migration.model import (
    Check,
    Evidence,
    Migration,
    Options,
    Reading,
    Status,
    Waiting,
    WayBack,
)
from migration.plan import CUT_OVER, KEEP_WAY_BACK, PROMOTE, plan_for
from migration.ports import Inventory, Source
from migration.preflight import CheckRun
from migration.recorder import Recorder
from migration.service import Service
from sandbox.servers.redis import Redis
from sandbox.slack.cast import (
    ADAM,
    ANNA,
    DBA_ONCALL,
    OSCAR,
    RITA,
    Cast,
    Group,
    Member,
    Room,
    default_cast,
)
from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import buttons, visible_text
from sandbox.slack.people.trouble import Trouble
from sandbox.slack.workspace import Workspace

CHANNEL = "#migrations"
CHANNEL_ID = "C0MIGRATION"
#: Daybreak is in it, and moves nothing there.
ANNOUNCEMENTS, ANNOUNCEMENTS_ID = "#announcements", "C0ANNOUNCE1"
PATIENCE = 30.0
#: What Aurora can be ordered with.
CLASSES = ("db.r6g.2xlarge", "db.r6g.large", "db.r6g.xlarge", "db.t4g.medium")


OTHERS = {
    "guest": Member("U0GUEST0001", "guest", "Gustav Guest", is_restricted=True),
    "bot": Member("U0ROBOT0001", "robot", "Robot", is_bot=True),
    "gone": Member("U0GONE00001", "gone", "Greta Gone", deleted=True),
    "stranger": Member("U0STRANGE01", "stranger", "Sam Stranger", team_id="T0OTHER0001"),
}


def full_cast() -> Cast:
    """The usual people, and in the approvers' group some that Slack can't keep out of it.

    And a channel more, for announcements.
    """
    cast = default_cast(*OTHERS.values())
    users = (*DBA_ONCALL.users, *(one.id for one in OTHERS.values()))
    group = Group(DBA_ONCALL.id, DBA_ONCALL.handle, DBA_ONCALL.name, users)
    handles = (RITA.handle, OSCAR.handle, cast.bot.handle)
    announcements = Room(ANNOUNCEMENTS_ID, ANNOUNCEMENTS.removeprefix("#"), handles)
    return replace(cast, groups=(group,), rooms=(*cast.rooms, announcements))


#: For sources of these names alone; all others are decided by the default.
POLICY = f"""
[[rules]]
name = "two people"
sources = ["two-*"]
approvers = ["{DBA_ONCALL.id}", "{OSCAR.id}"]
approvals = 2
reason = "required"
ticket = "required"
ticket_pattern = "OPS-[0-9]+"

[[rules]]
name = "never"
sources = ["never-*"]
approvals = 2
freezes = [{{ from = 2020-01-01, to = 2999-12-31, reason = "<never> again" }}]

[[rules]]
name = "staged"
sources = ["staged-*"]
rehearsed_on = ["staging-*"]

[[rules]]
name = "many"
sources = ["many-*"]
approvals = 3

[[rules]]
name = "alone"
sources = ["alone-*"]
approvers = ["{RITA.id}"]
requester_may_approve = true
"""


class Process:
    """One of the bot's processes, as the Procfile starts it."""

    def __init__(
        self, arguments: Sequence[str], environment: dict[str, str], log: Path, ready: str
    ) -> None:
        self._command = [sys.executable, "-m", "bot", *arguments]
        self.environment = {**os.environ, **environment}
        self._log, self._ready = log, ready
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it until it says that it is ready."""
        already = self.said().count(self._ready)
        with self._log.open("ab") as out:
            self._child = subprocess.Popen(
                self._command, env=self.environment, stdout=out, stderr=out
            )
        wait_until(
            lambda: self.said().count(self._ready) > already or self._child.poll() is not None,
            f"{self._command} to say {self._ready!r}",
        )
        assert self._child.poll() is None, self.said()

    def said(self) -> str:
        """Everything it has written."""
        return self._log.read_text() if self._log.exists() else ""

    def stop(self) -> int:
        """End it politely; gives its exit code."""
        if self._child is None or self._child.poll() is not None:
            return 0
        self._child.send_signal(signal.SIGTERM)
        return self._child.wait(PATIENCE)

    def kill(self) -> None:
        """End it as a crash would."""
        if self._child is not None:
            self._child.kill()
            self._child.wait(PATIENCE)


def wait_until(look: Callable[[], Any], what: str, every: float = 0.02) -> Any:
    """What the look finds, once it finds something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"waited in vain for {what}")


@dataclass
class Ground:
    """Everything a test acts upon."""

    workspace: Workspace
    server: Redis
    directory: Path
    processes: dict[str, Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.redis_url = self.server.url
        self.redis = redis.Redis.from_url(self.redis_url)
        self.clock = SystemClock()
        self.engine = RqEngine(self.redis)
        self.store = RedisStore(self.redis, self.engine, self.clock)
        self.service = Service(self.store, self.clock, Policy(frozenset({DBA_ONCALL.id})))
        self.recorder = Recorder(self.store, self.clock)
        self.checks = RedisChecks(self.redis, self.engine, self.clock)
        self.rita, self.adam, self.anna, self.oscar = (
            Person(self.workspace.base_url, one.id) for one in (RITA, ADAM, ANNA, OSCAR)
        )
        self.trouble = Trouble(self.workspace.base_url)
        self.others = {name: one.id for name, one in OTHERS.items()}
        self.guest = Person(self.workspace.base_url, OTHERS["guest"].id)
        self._number = 0

    @staticmethod
    def environment(workspace: Workspace, redis_url: str, **more: str) -> dict[str, str]:
        """The settings of the bot's processes."""
        return {
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.tokens.bot,
            "SLACK_APP_TOKEN": workspace.tokens.app,
            "SLACK_SIGNING_SECRET": workspace.tokens.signing_secret,
            "REDIS_URL": redis_url,
            "DAYBREAK_APPROVERS": DBA_ONCALL.id,
            **more,
        }

    def settings(self, **more: str) -> SlackSettings:
        """The same, as the bot reads them."""
        environment = self.environment(self.workspace, self.redis_url, **more)
        return SlackSettings.model_validate(environment)

    def bot(self, ready: str, name: str = "bot", **more: str) -> Process:
        """The process that listens; a second one needs another name."""
        return self._process(name, [], ready, more)

    def channel_worker(self, **more: str) -> Process:
        """The process that posts."""
        return self._process("channel", ["channel"], "Showing migrations", more)

    def _process(
        self, name: str, arguments: Sequence[str], ready: str, more: dict[str, str]
    ) -> Process:
        environment = {**self.environment(self.workspace, self.redis_url), **more}
        return Process(arguments, environment, self.directory / f"{name}.log", ready)

    def runs(self, **processes: Process) -> Self:
        """Start these; the fixture ends them."""
        for name, process in processes.items():
            self.processes[name] = process
            process.start()
        return self

    def ends(self) -> None:
        """Every process ends cleanly when it is told to."""
        codes = {name: process.stop() for name, process in self.processes.items()}
        self.redis.close()
        assert set(codes.values()) <= {0}, codes

    # The world ----------------------------------------------------------------------------------

    def a_source(self, retention: int = 7, *, named: str = "orders", **more: Any) -> str:
        """A source of this test's own, known to the inventory."""
        self._number += 1
        name = f"{named}{self._number}"
        entry = Source(
            name,
            "postgres",
            "15.4",
            "available",
            more.pop("instance_class", "db.r6g.large"),
            retention,
            target_version="15.4",
            **more,
        )
        self.lists(entry)
        return name

    def lists(self, *entries: Source) -> None:
        """The collector sees these too."""
        known = self.store.inventory()
        sources = (*known.sources, *entries) if known else entries
        self.store.save_inventory(Inventory(sources, self.clock.now(), {"15.4": CLASSES}))

    def started(self, source: str) -> Migration:
        """A migration that Rita asked for, without the wizard."""
        return self.service.start(source, RITA.id, CHANNEL_ID, Options(target=f"{source}-aurora"))

    def at_the_gate(
        self, *, holds: bool = True, requester: str = RITA.id, named: str = "orders"
    ) -> Migration:
        """A migration that waits for its approval, with evidence of now."""
        source = self.a_source(named=named)
        options = Options(target=f"{source}-aurora")
        plan = plan_for(source, options)
        now = self.clock.now()
        position = [step.name for step in plan.steps].index(CUT_OVER)
        migration = Migration(
            id=f"{source}-abcd",
            source=source,
            requester=requester,
            channel=CHANNEL_ID,
            options=options,
            plan=plan,
            created_at=now,
            updated_at=now,
            status=Status.WAITING_FOR_APPROVAL,
            position=position,
        )
        self.store.create(migration, [GateReached(now, PROMOTE)], None)
        self.sees(migration, holds=holds)
        return migration

    def cooling_off(
        self, *, requester: str = RITA.id, opened: float = 60.0, **changes: Any
    ) -> Migration:
        """A migration that was cut over so many seconds ago, and whose way back is kept."""
        source = self.a_source()
        options = Options(target=f"{source}-aurora", way_back=WayBack.REQUIRED)
        plan = plan_for(source, options)
        now = self.clock.now()
        known = Migration(
            id=f"{source}-abcd",
            source=source,
            requester=requester,
            channel=CHANNEL_ID,
            options=options,
            plan=plan,
            created_at=now,
            updated_at=now,
            position=[step.name for step in plan.steps].index(KEEP_WAY_BACK),
            facts={CUT_OVER: {"ended_at": now - opened}},
            waiting=Waiting(f"`{source}` follows", now),
        )
        migration = replace(known, **changes)
        self.store.create(migration, [], None)
        self.follows(migration)
        return migration

    def follows(self, migration: Migration, seconds: float = 0.3) -> None:
        """What the step does in a look at the way back."""
        now = self.clock.now()
        for name, value, unit in (
            (SECONDS_BEHIND, seconds, "s"),
            (BEHIND, 4096.0, "bytes"),
            (RETAINED, 16.0 * 2**20, "bytes"),
        ):
            self.store.add_reading(migration.id, Reading(name, value, unit, "slot", now))
        self.engine.refresh(migration.id)

    def sees(self, migration: Migration, *, holds: bool = True, lag: float = 0.4) -> None:
        """What a worker does that looks at the gate's conditions."""
        now = self.clock.now()
        reading = Reading("lag", lag, "s", "pg_stat_replication", now)
        checks = (
            Check("replication lag", ok=holds, detail=f"{lag:g} s, at most 5 s"),
            Check("long transactions", ok=True, detail="none"),
        )
        self.store.add_reading(migration.id, reading)
        self.store.save_evidence(migration.id, Evidence(checks, (reading,), now))
        self.engine.refresh(migration.id)

    def commits(
        self, migration: Migration, events: Sequence[Event] = (), **changes: Any
    ) -> Migration:
        """A commit of a worker's that asks for no further work."""
        after = replace(migration, version=migration.version + 1, **changes)
        self.store.commit(migration, after, events)
        return after

    def answers(self) -> bool:
        """Whether the store does."""
        try:
            return bool(self.redis.ping())
        except redis.RedisError:
            return False

    def up_to_date(self, migration: Migration) -> bool:
        """Whether the channel shows all of it, as the store sees it."""
        return migration.id not in self.store.channel_overdue(self.clock.now())

    def forgets_jobs(self) -> None:
        """What other tests left for a channel worker is not this one's business."""
        Queue(CHANNEL_QUEUE, connection=self.redis, serializer=JSONSerializer).empty()

    def asked_to_observe(self, migration: Migration) -> str:
        """Where the answer goes that a worker was asked for; the worker's job is taken away."""

        def look() -> tuple[str] | None:
            queue = Queue(STEPS, connection=self.redis, serializer=JSONSerializer)
            for job in queue.jobs:
                if job.func_name.endswith(".observe") and job.args[0] == migration.id:
                    job.delete()
                    return (str(job.args[1]),)
            return None

        (reply_to,) = wait_until(look, f"somebody to ask for evidence of {migration.id}")
        return str(reply_to)

    def asked_to_check(self, source: str) -> CheckRun:
        """The look at it that a worker was asked for; the worker's job is taken away."""

        def look() -> CheckRun | None:
            queue = Queue(STEPS, connection=self.redis, serializer=JSONSerializer)
            for job in queue.jobs:
                run = self.checks.load(str(job.args[0])) if job.func_name == CHECK else None
                if run is not None and run.source == source:
                    job.delete()
                    return run
            return None

        found: CheckRun = wait_until(look, f"somebody to ask for a look at {source}")
        return found

    def answers_observation(
        self, migration: Migration, *, holds: bool = True, lag: float = 0.4
    ) -> None:
        """What a worker does that was asked to look."""
        reply_to = self.asked_to_observe(migration)
        self.sees(migration, holds=holds, lag=lag)
        self.engine.answer(migration.id, reply_to)

    # What is seen -------------------------------------------------------------------------------

    def root(self, migration: Migration, saying: str = "") -> dict[str, Any]:
        """The migration's root message, once it says this."""

        def look() -> dict[str, Any] | None:
            found = self.roots(migration)
            assert len(found) <= 1
            return found[0] if found and saying in visible_text(found[0]) else None

        what = f"a root of {migration.id} saying {saying!r}"
        try:
            return dict(self.rita.wait_until(look, PATIENCE, what))
        except AssertionError as error:
            seen = [visible_text(message) for message in self.roots(migration)]
            logs = {name: process.said()[-3000:] for name, process in self.processes.items()}
            raise AssertionError(f"{error}: {seen} {json.dumps(logs, indent=1)}") from None

    def roots(self, migration: Migration) -> list[dict[str, Any]]:
        """Every message that claims to be the migration's root."""
        return [
            message
            for message in self.rita.messages(CHANNEL)
            if self.mark(message) == (migration.id, 0)
        ]

    def thread(self, migration: Migration) -> list[int]:
        """The numbers of the events that the thread shows, in its order; files have none."""
        root = self.roots(migration)[0]
        marks = [self.mark(message) for message in self._replies(root)]
        assert all(mark[0] == migration.id for mark in marks)
        return [mark[1] for mark in marks]

    def entries(self, migration: Migration) -> list[str]:
        """What the thread's entries say, in its order."""
        root = self.roots(migration)[0]
        return [visible_text(message) for message in self._replies(root)]

    def _replies(self, root: dict[str, Any]) -> list[dict[str, Any]]:
        """What stands below it, but for files."""
        thread = self.rita.thread(CHANNEL, root["ts"])
        return [message for message in thread if not message.get("files")]

    @staticmethod
    def mark(message: dict[str, Any]) -> tuple[str, int]:
        """Which migration and event a message stands for, by its metadata."""
        payload = message.get("metadata", {}).get("event_payload", {})
        return payload.get("migration", ""), payload.get("number", -1)

    def promotable(self, migration: Migration) -> dict[str, Any]:
        """The root, once it has the Promote button."""
        root = self.root(migration, "Ready to promote")
        assert "Promote" in buttons(root)
        return root
