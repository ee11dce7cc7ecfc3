"""The whole examination, in the order in which one thing rests on another."""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TextIO

from redis import Redis
from slack_sdk import WebClient

from bot import slack_clients
from bot.doctor import approvers, channels, messages, scopes, shown, store, tokens
from bot.doctor.asking import told
from bot.doctor.processes import Processes
from bot.doctor.report import line, secrets_of
from bot.policy_file import PolicyWrong, policy_of
from bot.settings import BotSettings
from migration.adapters.connection import client
from migration.adapters.settings import RedisSettings, SettingsT, SettingsWrong, read_settings
from migration.errors import StoreUnavailable
from migration.examination import Finding, failure, good, warning, worst

SETTINGS, PROCESSES, POLICY = "settings", "processes", "approval policy"
_NO_CHANNEL = "Set DAYBREAK_CHANNEL, or name a channel: `python -m bot doctor C0123456789`."


def examine(
    named: Sequence[str] = (),
    out: TextIO = sys.stdout,
    processes: Callable[[Redis], Processes] = Processes,
) -> int:
    """Look at everything, a line each as it is found; gives the worst: 0, 1 or 2.

    `named` are channels to look at besides DAYBREAK_CHANNEL.
    """
    slack, slack_wrong = _settings(BotSettings)
    redis, redis_wrong = _settings(RedisSettings)
    secrets = secrets_of(slack, redis)
    found = []

    def findings() -> Iterator[Finding]:
        yield from (*slack_wrong, *redis_wrong)
        if slack is not None:
            yield from _slack(slack, named)
        if redis is not None:
            yield from _redis(redis, processes)

    for finding in findings():
        out.write(f"{line(finding, secrets)}\n")
        out.flush()
        found.append(finding)
    return int(worst(found))


def _settings(kind: type[SettingsT]) -> tuple[SettingsT | None, list[Finding]]:
    try:
        return read_settings(kind), []
    except SettingsWrong as error:
        return None, [
            failure(SETTINGS, str(error), "docs/settings.md lists what each process needs.")
        ]


def _slack(settings: BotSettings, named: Sequence[str]) -> Iterator[Finding]:
    client = slack_clients.listening(settings)
    yield from told(tokens.BOT, partial(tokens.bot_token, client))
    yield from told(tokens.APP, partial(tokens.transport, settings))
    yield from told(scopes.NAME, partial(scopes.scopes, client))
    yield from _approvers(client, settings)
    places = list(dict.fromkeys(one for one in (settings.fallback_channel, *named) if one))
    if not places:
        yield warning(channels.NAME, "not looked at: DAYBREAK_CHANNEL is empty", _NO_CHANNEL)
    for one in settings.announce_channels:
        if one not in places:
            yield from told(f"{channels.NAME} {one}", partial(channels.membership, client, one))
    for one in places:
        yield from told(f"{channels.NAME} {one}", partial(channels.membership, client, one))
        yield from told(f"{messages.NAME} in {one}", partial(messages.messages, client, one))


def _approvers(client: WebClient, settings: BotSettings) -> Iterator[Finding]:
    try:
        policy = policy_of(settings)
    except PolicyWrong as error:
        yield failure(POLICY, str(error), "docs/approvals.md says what may stand there.")
        return
    if policy.rules:
        named = ", ".join(rule.name for rule in policy.rules)
        yield good(POLICY, f"{len(policy.rules)} rules: {named}")
    yield from told(approvers.NAME, partial(approvers.approvers, client, policy.everybody))


def _redis(settings: RedisSettings, processes: Callable[[Redis], Processes]) -> Iterator[Finding]:
    with client(settings) as redis:
        reached = store.answers(redis)
        yield reached
        if reached.level:
            yield failure(PROCESSES, "not looked at: they are asked through Redis", "See there.")
            return
        yield from store.keeps(redis)
        try:
            yield from shown.hidden(redis)
            yield from processes(redis).findings()
        except StoreUnavailable as error:
            yield failure(PROCESSES, f"could not be asked: {error}", "Mend Redis, then ask again.")
