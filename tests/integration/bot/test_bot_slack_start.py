"""Slack away when a process starts: it says so in a line, ends, and works when tried again."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from bot_ground import Ground, wait_until

READY = "Listening to Slack"


def tried(ground: Ground, *arguments: str) -> tuple[int, str]:
    """Its exit code and all that it wrote."""
    process = ground.bot(READY)
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env=process.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def begins(ground: Ground, *arguments: str) -> str:
    """What the process says that a supervisor starts again."""
    process = ground.channel_worker() if arguments else ground.bot(READY)
    before = len(process.said())
    process.start()
    assert process.stop() == 0
    return process.said()[before:]


@pytest.fixture(autouse=True)
def no_jobs(quiet_ground: Ground) -> Iterator[None]:
    """What other tests left for a channel worker is not this one's business."""
    quiet_ground.forgets_jobs()
    yield
    quiet_ground.forgets_jobs()


@pytest.mark.table("slack_faults")
@pytest.mark.parametrize("arguments", [(), ("channel",)], ids=["listening", "channel"])
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("refused", "Connection refused"),
        ("error", "status 500"),
        ("cut", "closed connection"),
        ("hang", "timed out"),
    ],
)
def test_a_start_without_slack_is_one_line(
    quiet_ground: Ground, how: str, said: str, arguments: tuple[str, ...]
) -> None:
    """Exit 1 and why; the same command begins as soon as Slack is there."""
    trouble = quiet_ground.trouble
    with trouble.refusing() if how == "refused" else trouble.lasting(how):
        code, written = tried(quiet_ground, *arguments)
    (line,) = written.splitlines()
    assert code == 1
    assert line.startswith("Slack (SLACK_API_URL) can't be used: ")
    assert said in line
    begins(quiet_ground, *arguments)


@pytest.mark.table("slack_faults")
@pytest.mark.parametrize(
    ("how", "method", "said"),
    [
        ("error", "apps.connections.open", "status 500"),
        ("error", "socket", "its socket does not open"),
    ],
)
def test_a_start_without_a_socket_is_told(
    quiet_ground: Ground, how: str, method: str, said: str
) -> None:
    """Slack answers and gives no socket: exit 1, why, and no stack trace."""
    with quiet_ground.trouble.lasting(how, method):
        code, written = tried(quiet_ground)
    assert code == 1
    assert f"Slack (SLACK_API_URL) can't be used: {said}" in written.splitlines()[-1]
    assert "Traceback" not in written
    begins(quiet_ground)


@pytest.mark.parametrize(
    ("arguments", "method", "said"),
    [
        ((), "auth.test", "Slack does not say yet who we are"),
        (("channel",), "auth.test", "Slack does not say yet who we are"),
        ((), "apps.connections.open", "Slack gives no socket yet"),
    ],
)
def test_a_limit_at_the_start_is_waited_for(
    quiet_ground: Ground, arguments: tuple[str, ...], method: str, said: str
) -> None:
    """Slack said when: ending and starting again would only ask it too early."""
    quiet_ground.trouble.fault("ratelimited", method)
    written = begins(quiet_ground, *arguments)
    assert f"{said}: it asks to wait for 1 s" in written


def test_one_that_waits_at_the_start_can_be_ended(quiet_ground: Ground) -> None:
    """Told to end while it waits for its socket, it does so at once, and cleanly."""
    process = quiet_ground.bot("Slack gives no socket yet")
    with quiet_ground.trouble.lasting("ratelimited", "apps.connections.open", retry_after=3600):
        process.start()
        assert process.stop() == 0


def test_a_good_start_says_so_and_nothing_else(quiet_ground: Ground) -> None:
    """No trouble is reported that there is not."""
    said = begins(quiet_ground).splitlines()
    ours = [line for line in said if " bot." in line]
    assert [line.partition(" bot.")[2] for line in ours] == [f"socket_mode: {READY} in Socket Mode"]


def test_what_was_asked_for_before_the_start_is_shown(quiet_ground: Ground) -> None:
    """The worker was away with Slack: a migration of that time is shown when both are there."""
    migration = quiet_ground.started(quiet_ground.a_source())
    with quiet_ground.trouble.refusing():
        assert tried(quiet_ground, "channel")[0] == 1
    worker = quiet_ground.channel_worker()
    worker.start()
    try:
        wait_until(lambda: quiet_ground.up_to_date(migration), "it to be shown")
    finally:
        assert worker.stop() == 0
    assert quiet_ground.thread(migration) == [1]
    assert "*Started* by rita" in quiet_ground.entries(migration)[0]
    assert quiet_ground.store.load(migration.id) == migration
