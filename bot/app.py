"""The composition root: settings become clients, the core's adapters, and listeners."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from redis import Redis
from slack_bolt import App

from bot import (
    actions,
    commands,
    decide,
    form_steps,
    home,
    mending,
    middleware,
    quiet_hours,
    slack_clients,
    suggestions,
    wizard,
)
from bot.announcer import Announcer
from bot.caller import Caller
from bot.charts import Charts
from bot.check_reports import CheckReports
from bot.cursor import Cursors
from bot.drafts import Drafts
from bot.edge import Edge
from bot.form_looks import FormLooks
from bot.forms import Forms
from bot.homes import Homes
from bot.later import Later
from bot.people import People
from bot.policy_file import policy_of
from bot.relay import Relay
from bot.root_message import RootMessage
from bot.settings import BotSettings, SlackSettings
from bot.slack_clients import Identity
from bot.turn import Turns
from bot.viewers import Viewers
from migration.adapters.clock import SystemClock
from migration.adapters.redis_checks import RedisChecks
from migration.adapters.redis_remedies import RedisRemedies
from migration.adapters.redis_store import RedisStore
from migration.adapters.rq_engine import RqEngine
from migration.checking import Checking
from migration.policy import Policy
from migration.remedying import Remedying
from migration.service import Service

# Bolt's own five starve on six slow answers of Slack's Web API.
LISTENERS = 32


@dataclass(frozen=True)
class Core:
    """The core over Redis."""

    clock: SystemClock
    engine: RqEngine
    store: RedisStore
    checks: RedisChecks
    remedies: RedisRemedies
    policy: Policy
    service: Service


def build_core(redis: Redis, settings: SlackSettings) -> Core:
    """The core's service and its adapters; raises PolicyWrong."""
    clock, engine = SystemClock(), RqEngine(redis)
    store = RedisStore(redis, engine, clock)
    policy = policy_of(settings)
    checks = RedisChecks(redis, engine, clock)
    remedies = RedisRemedies(redis, engine, clock)
    return Core(clock, engine, store, checks, remedies, policy, Service(store, clock, policy))


def build_app(redis: Redis, settings: BotSettings, identity: Identity) -> App:
    """The Bolt app with every listener; it serves both transports."""
    client = slack_clients.listening(settings)
    core, later = build_core(redis, settings), Later()
    cursors, drafts = Cursors(redis), Drafts(redis, core.clock)
    edge = Edge(
        service=core.service,
        checking=Checking(core.store, core.checks, core.clock),
        remedying=Remedying(core.store, core.checks, core.remedies, core.clock),
        store=core.store,
        engine=core.engine,
        clock=core.clock,
        people=People(client, identity.team_id, core.policy, core.clock),
        cursors=cursors,
        drafts=drafts,
        forms=Forms(core.store, core.checks, drafts, cursors, core.service, core.clock),
        viewers=Viewers(redis),
        policy=core.policy,
        client=client,
        fallback_channel=settings.fallback_channel,
        later=later,
    )
    app = App(
        name="daybreak",
        client=client,
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        listener_executor=ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener"),
    )
    app.use(middleware.knowing_who_asks(later))
    app.error(middleware.say_what_went_wrong)
    for room in (commands, wizard, form_steps, suggestions, decide, actions, mending, home):
        room.register(app, edge)
    return app


@dataclass(frozen=True)
class Channel:
    """What the channel's worker runs."""

    relay: Relay
    checks: CheckReports
    homes: Homes


def build_channel(redis: Redis, settings: SlackSettings, identity: Identity) -> Channel:
    """What shows migrations and looks in Slack."""
    client = slack_clients.relaying(settings)
    core = build_core(redis, settings)
    cursors = Cursors(redis)
    root = RootMessage(
        client,
        identity,
        cursors,
        core.clock,
        Charts(redis, identity.team_id),
        settings.approvers,
        settings.fallback_channel,
    )
    people = People(client, identity.team_id, core.policy, core.clock)
    turns, later = Turns(redis), Later()
    drafts = Drafts(redis, core.clock)
    forms = Forms(core.store, core.checks, drafts, cursors, core.service, core.clock)
    relay = Relay(
        client,
        identity,
        core.store,
        core.service,
        people,
        cursors,
        turns,
        root,
        later,
        Announcer(client, identity, core.store, cursors, core.clock, settings.announce_channels),
        Caller(
            client,
            identity,
            redis,
            cursors,
            core.clock,
            settings.approvers,
            quiet_hours.read(settings.quiet_hours),
        ),
    )
    checks = CheckReports(
        client,
        identity,
        core.checks,
        core.remedies,
        people,
        cursors,
        turns,
        later,
        FormLooks(client, drafts, forms),
    )
    homes = Homes(
        client, core.store, people, core.service, cursors, Viewers(redis), core.clock, later
    )
    return Channel(relay, checks, homes)
