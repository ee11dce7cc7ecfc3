"""The file of parameters: once in the thread below its table, whatever Slack does meanwhile."""

import pytest
from bot_ground import Ground, wait_until

from bot import slack_clients
from bot.app import build_channel
from bot.relay import Relay
from migration.events import StepDone
from migration.model import Migration

ROW = {
    "name": "work_mem",
    "verdict": "copied",
    "source": "8192",
    "target": "8192",
    "level": "instance",
    "reason": "somebody set it",
}
FACTS = {"group": "daybreak-1", "copied_from": "orders-pg", "parameters": [ROW]}


@pytest.fixture
def relay(quiet_ground: Ground) -> Relay:
    """What a channel worker runs, in the test's own process."""
    settings = quiet_ground.settings()
    identity = slack_clients.identify(slack_clients.relaying(settings))
    return build_channel(quiet_ground.redis, settings, identity).relay


@pytest.fixture
def migration(quiet_ground: Ground) -> Migration:
    """One whose parameters have just been copied."""
    started = quiet_ground.started(quiet_ground.a_source())
    event = StepDone(quiet_ground.clock.now(), "copy_parameters", FACTS)
    quiet_ground.store.append(started.id, [event])
    return started


def shown_after(ground: Ground, relay: Relay, migration: Migration) -> list[str]:
    """Names of the files in the thread once nothing is due any more, and asked once more."""

    def up_to_date() -> bool:
        relay.refresh(migration.id)
        return ground.up_to_date(migration)

    wait_until(up_to_date, "the channel to be up to date")
    relay.refresh(migration.id)
    root = ground.roots(migration)[0]
    messages = ground.rita.thread("#migrations", root["ts"])
    assert [ground.mark(message)[1] for message in messages if "metadata" in message] == [1, 2]
    return [file["name"] for message in messages for file in message.get("files", ())]


def test_the_file_stands_in_the_thread(
    quiet_ground: Ground, relay: Relay, migration: Migration
) -> None:
    """Once, however often the channel is brought up to date."""
    assert shown_after(quiet_ground, relay, migration) == [f"{migration.id}-parameters.csv"]


@pytest.mark.parametrize(
    ("how", "method", "done"),
    [
        ("error", "files.getUploadURLExternal", False),
        ("cut", "upload", False),
        ("cut", "files.completeUploadExternal", False),
        ("cut", "files.completeUploadExternal", True),
        ("ratelimited", "files.completeUploadExternal", False),
        ("cut", "chat.postMessage", True),
    ],
)
def test_slacks_trouble_neither_loses_nor_doubles_it(
    quiet_ground: Ground, relay: Relay, migration: Migration, how: str, method: str, *, done: bool
) -> None:
    """What may have been done is looked for first."""
    fault = quiet_ground.trouble.fault(how, method, done=done)
    assert shown_after(quiet_ground, relay, migration) == [f"{migration.id}-parameters.csv"]
    assert fault.hits == 1
