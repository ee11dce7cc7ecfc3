"""Real causes, each with what the doctor says of it."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

import redis

from migration.adapters.rq_engine import CHANNEL as CHANNEL_QUEUE
from migration.adapters.rq_engine import STEPS
from migration.adapters.rq_roll import SignedOn, roll
from sandbox import identities
from sandbox.slack.cast import DBA_ONCALL, Group, default_cast
from sandbox.slack.manifest import read_manifest
from sandbox.slack.tokens import Tokens
from sandbox.slack.workspace import Workspace
from sandbox.supervisor import Sandbox

CHANNEL, ELSEWHERE = "C0MIGRATION", "C0GENERAL01"
FAILURE, WARNING = "FAILURE", "warning"
PATIENCE = 120.0

Trouble = Callable[[Sandbox], AbstractContextManager[dict[str, str]]]


@dataclass(frozen=True)
class Row:
    """One cause: what is changed about the sandbox or the settings, and what is said."""

    name: str
    trouble: Trouble
    says: str
    remedy: str
    level: str = FAILURE
    channels: tuple[str, ...] = (CHANNEL,)


def secrets_in(settings: Mapping[str, str]) -> list[str]:
    """The values that nobody may read in what a process writes."""
    names = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
    found = [settings.get(name, "") for name in names]
    found.append(urlsplit(settings.get("REDIS_URL", "")).password or "")
    return [one for one in found if one]


@contextmanager
def setting(_sandbox: Sandbox, **changed: str) -> Iterator[dict[str, str]]:
    """Another value than the right one."""
    yield changed


@contextmanager
def another_workspace(
    _sandbox: Sandbox, without: str = "", more: str = "", *, empty: bool = False
) -> Iterator[dict[str, str]]:
    """The app installed with other scopes, or with nobody in the group."""
    whole = read_manifest()
    scopes = tuple(one for one in whole.scopes if one != without) + ((more,) if more else ())
    cast = default_cast()
    if empty:
        nobody = Group(DBA_ONCALL.id, DBA_ONCALL.handle, DBA_ONCALL.name, ())
        cast = replace(cast, groups=(nobody,))
    manifest = replace(whole, scopes=scopes)
    with Workspace(Tokens.generate(), cast, manifest=manifest) as workspace:
        yield {
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.tokens.bot,
            "SLACK_APP_TOKEN": workspace.tokens.app,
        }


@contextmanager
def redis_set(sandbox: Sandbox, name: str, wrong: str, right: str) -> Iterator[dict[str, str]]:
    """Redis set up otherwise, while it runs."""
    assert sandbox.redis is not None
    with redis.Redis.from_url(sandbox.redis.url) as connection:
        connection.config_set(name, wrong)
        try:
            yield {}
        finally:
            connection.config_set(name, right)


#: By line of the Procfile, the queue that its worker takes jobs from.
QUEUES = {"worker": STEPS, "channel": CHANNEL_QUEUE}


def on_the_roll(sandbox: Sandbox, process: str) -> list[SignedOn]:
    """Who is signed on for the queue of this line; one that Redis failed stays for a minute."""
    with redis.Redis.from_url(sandbox.environment["REDIS_URL"]) as connection:
        return [one for one in roll(connection) if QUEUES.get(process) in one.queues]


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait, generously."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} never came true"
        time.sleep(0.05)


@contextmanager
def stopped(sandbox: Sandbox, process: str) -> Iterator[dict[str, str]]:
    """One of the Procfile's lines does not run, and has signed off."""
    supervised = sandbox.processes[process]
    supervised.stop()
    try:
        until(lambda: not on_the_roll(sandbox, process), f"{process} that has signed off")
        yield {}
    finally:
        supervised.start()


@contextmanager
def hanging(sandbox: Sandbox, process: str) -> Iterator[dict[str, str]]:
    """One of them is there, and does nothing."""

    def idle() -> bool:
        found = on_the_roll(sandbox, process)
        return bool(found) and not any(one.busy for one in found)

    until(idle, f"{process} with nothing to do")
    pid = sandbox.processes[process].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield {}
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def denied(sandbox: Sandbox, statement: str) -> Iterator[dict[str, str]]:
    """A statement of docs/iam was left out."""
    assert sandbox.cloud is not None
    sandbox.cloud.permissions.take_away(statement)
    try:
        yield {}
    finally:
        identities.give(sandbox.cloud)


@contextmanager
def key_is_gone(sandbox: Sandbox) -> Iterator[dict[str, str]]:
    """AWS does not know the worker's key any more."""
    assert sandbox.cloud is not None
    gate = sandbox.cloud.permissions._gate
    before = gate.roles
    gate.roles = {key: role for key, role in before.items() if key != "worker"}
    try:
        yield {}
    finally:
        gate.roles = before


INSTALL, INVITE = "Install the app", "/invite @daybreak"
ROWS = [
    Row(
        "bot token",
        partial(setting, SLACK_BOT_TOKEN="xoxb-wrong-one"),
        "bot token: Slack answered `invalid_auth`",
        INSTALL,
    ),
    Row(
        "kind of token",
        partial(setting, SLACK_APP_TOKEN="xapp-wrong-one"),
        "app-level token: Slack answered `invalid_auth`",
        "connections:write",
    ),
    Row("no app token", partial(setting, SLACK_APP_TOKEN=""), "settings: ", "docs/settings.md"),
    Row(
        "Slack away",
        partial(setting, SLACK_API_URL="http://127.0.0.1:9/api/"),
        "bot token: Slack gave no answer",
        "SLACK_API_URL",
    ),
    Row(
        "scope missing",
        partial(another_workspace, without="files:write"),
        "scopes: missing: files:write",
        "Install the app anew",
    ),
    Row(
        "scope of groups",
        partial(another_workspace, without="usergroups:read"),
        "approver S0DBAONCALL: Slack answered `missing_scope`",
        "manifest.yaml",
    ),
    Row(
        "scope too many",
        partial(another_workspace, more="im:write"),
        "scopes: more than manifest.yaml asks for: im:write",
        "Not needed",
        WARNING,
    ),
    Row(
        "scope of messages",
        partial(another_workspace, without="chat:write"),
        "post, update, delete in C0MIGRATION: Slack answered `missing_scope`",
        "manifest.yaml",
    ),
    Row(
        "not in channel",
        setting,
        f"channel {ELSEWHERE}: Daybreak is not in #general",
        INVITE,
        channels=(ELSEWHERE,),
    ),
    Row(
        "can't post",
        setting,
        f"post, update, delete in {ELSEWHERE}: Slack answered `not_in_channel`",
        INVITE,
        channels=(ELSEWHERE,),
    ),
    Row(
        "no such channel",
        setting,
        "channel C0NOWHERE01: Slack answered `channel_not_found`",
        "DAYBREAK_CHANNEL",
        channels=("C0NOWHERE01",),
    ),
    Row(
        "no channel",
        partial(setting, DAYBREAK_CHANNEL=""),
        "channel: not looked at",
        "DAYBREAK_CHANNEL",
        WARNING,
        (),
    ),
    Row(
        "no policy",
        partial(setting, DAYBREAK_APPROVAL_POLICY="/nowhere/policy.toml"),
        "approval policy: DAYBREAK_APPROVAL_POLICY: /nowhere/policy.toml can't be read",
        "docs/approvals.md",
    ),
    Row(
        "group unknown",
        partial(setting, DAYBREAK_APPROVERS="S0NOBODY"),
        "approver S0NOBODY: Slack answered `no_such_subteam`",
        "DAYBREAK_APPROVERS",
    ),
    Row(
        "group empty",
        partial(another_workspace, empty=True),
        "a group with nobody in it",
        "Put somebody into it",
        WARNING,
    ),
    Row(
        "person unknown",
        partial(setting, DAYBREAK_APPROVERS="U0NOBODY"),
        "approver U0NOBODY: Slack answered `user_not_found`",
        "DAYBREAK_APPROVERS",
    ),
    Row(
        "a bot approves",
        partial(setting, DAYBREAK_APPROVERS="U0DAYBREAK1"),
        "approver U0DAYBREAK1: is no full member",
        "name another one",
    ),
    Row(
        "Redis away",
        partial(setting, REDIS_URL="redis://:some-password@127.0.0.1:9/0"),
        "Redis: does not answer",
        "REDIS_URL",
    ),
    Row(
        "no AOF",
        partial(redis_set, name="appendonly", wrong="no", right="yes"),
        "Redis persistence: appendonly is `no`",
        "`appendonly yes`",
    ),
    Row(
        "seldom synced",
        partial(redis_set, name="appendfsync", wrong="everysec", right="always"),
        "appendfsync is `everysec`",
        "`appendfsync always`",
    ),
    Row(
        "evicting",
        partial(redis_set, name="maxmemory-policy", wrong="allkeys-lru", right="noeviction"),
        "Redis eviction: maxmemory-policy is `allkeys-lru`",
        "`maxmemory-policy noeviction`",
    ),
    Row(
        "memory full",
        partial(redis_set, name="maxmemory", wrong="1", right="0"),
        "Redis writes: takes none",
        "its memory",
    ),
    Row(
        "no worker",
        partial(stopped, process="worker"),
        "worker: nobody takes jobs from the queue `cutover`",
        "Start `python -m workers worker`",
    ),
    Row(
        "no channel worker",
        partial(stopped, process="channel"),
        "channel worker: nobody takes jobs from the queue `channel`",
        "Start `python -m bot channel`",
    ),
    Row(
        "channel worker hangs",
        partial(hanging, process="channel"),
        "does not answer",
        "Look at the log of `python -m bot channel`",
    ),
    Row(
        "no reconciler",
        partial(stopped, process="reconciler"),
        "reconciler: none is at work",
        "Start `python -m workers reconciler`",
    ),
    Row("agent dead", partial(stopped, process="pooler"), "does not answer", "see that it runs"),
    Row("AWS key", key_is_gone, "AWS identity: ", "docs/iam/README.md"),
    Row(
        "may not list",
        partial(denied, statement="observer.LookAtDatabases"),
        "AWS RDS: the instances can't be listed",
        "`LookAtDatabases` of docs/iam/observer.json",
    ),
    Row(
        "action denied",
        partial(denied, statement="builder.MakeTheCluster"),
        "AWS permissions, builder: `rds:CreateDBCluster` is denied",
        "statement `MakeTheCluster`",
    ),
    Row(
        "part of a choice",
        partial(denied, statement="undertaker.DeleteWhatItMade"),
        "AWS permissions, undertaker: `rds:DeleteDBSnapshot` is denied",
        "docs/iam/undertaker.json",
        WARNING,
    ),
    Row(
        "may not ask",
        partial(denied, statement="doctor.AskWhatItMayDo"),
        "AWS permissions: not looked at",
        "docs/iam/doctor.json",
        WARNING,
    ),
]
