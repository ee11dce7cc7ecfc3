"""Runs the poolers' agent, `python -m workers.traffic`, or stands in for it: `... point-to`."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from aiohttp import web
from pydantic import ValidationError

from migration.errors import DaybreakError
from workers.traffic import by_hand, files, watch
from workers.traffic.agent import Agent
from workers.traffic.console import Console
from workers.traffic.entries import Entries
from workers.traffic.errors import PoolerUnreachable
from workers.traffic.journal import Journal
from workers.traffic.logins import Logins
from workers.traffic.pooler import Pooler
from workers.traffic.secrets import Secrets
from workers.traffic.server import KEEP_ALIVE_SECONDS, Server, tls
from workers.traffic.settings import AgentConfig, AgentSettings, explain, load

log = logging.getLogger("workers.traffic")

# How long answers under way may take once the agent is told to end.
SHUTDOWN_SECONDS = 5.0
WARM_CONNECTIONS = 3


async def serve(config: AgentConfig, region: str | None) -> None:
    """Build the parts, look after them, and answer until told to end."""
    context = tls(config)
    console = Console(config.pooler.admin_dsn)
    journal = Journal(config.state_file)
    pooler = Pooler(config.pooler, console, config.validation_entries)
    entries = Entries(config, pooler, journal, Logins(Secrets(region), journal))
    agent = Agent(entries, pooler, journal)
    runner = web.AppRunner(
        Server(agent, config).application(),
        access_log=None,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    await runner.setup()
    # a pause that is overdue does not wait for anything else
    tasks = [asyncio.create_task(watch.tend_for_ever(agent, source)) for source in entries.sources]
    complaint = watch.Complaint("Keeping the pooler's users and entries")
    well = await watch.refresh_once(entries, complaint)
    refreshing = watch.refresh_for_ever(
        agent, entries, complaint, config.secret_refresh_seconds, well=well
    )
    tasks.append(asyncio.create_task(refreshing))
    with suppress(PoolerUnreachable):
        await console.warm(WARM_CONNECTIONS)
    host, port = config.address
    await web.TCPSite(runner, host, port, ssl_context=context).start()
    log.info("Listening on %s for %s.", config.listen, ", ".join(entries.sources))
    await _until_told_to_end(tasks)
    for source in entries.sources:
        if journal.of(source).hold:
            log.warning("Ending with %s held: it stays so until an agent runs again.", source)
    await runner.cleanup()
    await console.close()


async def _until_told_to_end(tasks: list[asyncio.Task[None]]) -> None:
    """Until a signal comes, or one of the tasks that never end does."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    waiting.cancel()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.traffic", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    leading = commands.add_parser(
        "point-to",
        help="with no agent running: lead a source's entries elsewhere, in the agent's files",
    )
    leading.add_argument("source", help="as in the agent's file")
    leading.add_argument("host", help="of the database that takes writes")
    leading.add_argument("port", type=int)
    leading.add_argument(
        "--epoch", type=int, required=True, help="calls under an older one are refused from then on"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the agent, or one command; 2 when the settings are wrong, or it is refused."""
    chosen = _arguments().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        settings = AgentSettings()
        config = load(settings.agent_config)
        with files.sole(config.state_file):
            if chosen.command == "point-to":
                endpoint = by_hand.place(chosen.host, chosen.port)
                asyncio.run(by_hand.point_to(config, chosen.source, endpoint, chosen.epoch))
            else:
                asyncio.run(serve(config, settings.aws_region))
    except ValidationError as error:
        print(f"The agent's settings are not right: {explain(error)}.", file=sys.stderr)  # noqa: T201 - said to who starts it
        return 2
    except DaybreakError as error:
        print(error, file=sys.stderr)  # noqa: T201 - said to who starts it
        return 2
    except OSError as error:
        print(f"That does not work: {error}.", file=sys.stderr)  # noqa: T201 - said to who starts it
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
