"""`python -m bot`: listens to Slack; `... channel`: shows migrations there; `... doctor`: looks."""

import re
import sys

from redis import Redis
from slack_bolt.error import BoltError
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import channel_worker, http_server, logs, notifier, slack_clients, socket_mode
from bot.app import build_app
from bot.doctor.examine import examine
from bot.errors import SlackNotNow
from bot.settings import BotSettings, SlackSettings, Transport
from migration.adapters.connection import client, open_redis
from migration.adapters.settings import RedisSettings, read_settings
from migration.adapters.watch import Watch
from migration.errors import DaybreakError
from migration.examination import Level

USAGE = "usage: python -m bot [channel | doctor [CHANNEL ...]]"
CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]+")
UNUSABLE = "Slack (SLACK_API_URL) can't be used"


def main(arguments: list[str]) -> int:
    """Run one of the two processes; 1 when it can't begin, with the reason on stderr.

    The doctor's status is the worst that it finds: 0, 1 (a warning) or 2.
    """
    if arguments[:1] == ["doctor"]:
        return _examine(arguments[1:])
    logs.begin()
    if arguments not in ([], ["channel"]):
        return _fail(USAGE)
    try:
        if arguments:
            _show_in_slack()
        else:
            _listen()
    except SlackNotNow as trouble:
        return _fail(f"{UNUSABLE}: {trouble.reason}")
    except DaybreakError as error:
        return _fail(str(error))
    except (SlackClientError, BoltError, OSError) as error:
        return _fail(f"{UNUSABLE}: {_reason(error)}")
    return 0


def _listen() -> None:
    settings = read_settings(BotSettings)
    redis = open_redis(read_settings(RedisSettings))
    identity = slack_clients.identify(slack_clients.listening(settings))
    app = build_app(redis, settings, identity)
    Watch(redis).start()
    if settings.transport is Transport.SOCKET:
        socket_mode.serve(app, settings)
    else:
        http_server.serve(app, settings.http_host, settings.http_port)


def _show_in_slack() -> None:
    settings = read_settings(RedisSettings)
    read_settings(SlackSettings)
    watch = Watch(open_redis(settings)).start()
    notifier.the_channel()
    # RQ waits for jobs on its connection, for longer than any answer may take.
    jobs: Redis = client(settings, answer_seconds=None)
    channel_worker.show(jobs, watch)


def _examine(channels: list[str]) -> int:
    if not all(CHANNEL_ID.fullmatch(one) for one in channels):
        _fail(f"{USAGE}\nA CHANNEL is the id of one, like C0123456789.")
        return int(Level.FAILURE)
    logs.begin()
    return examine(channels)


def _reason(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return str(error.response.get("error"))
    return str(error)


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
