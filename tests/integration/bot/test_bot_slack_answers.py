"""Slack away while a person waits: they are answered late, or told; nothing is decided by it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bot_ground import CHANNEL, Ground, wait_until
from filling_in import SECOND
from slack_faults import FAULTS, Fault, refused, struck

from sandbox.slack.people.person import Person
from sandbox.slack.people.reading import visible_text

NAME = "Type the source instance's name"
LIMITED = "Slack has had enough of Daybreak for a moment"
UNANSWERED = "Slack did not answer Daybreak"


@pytest.fixture
def either_ground(ground: Ground) -> Iterator[Ground]:
    """The bot on either transport; whoever reads its log finds no stack trace."""
    logs = ground.processes.values()
    before = [len(log.said()) for log in logs]
    yield ground
    ground.trouble.end()
    assert "Traceback" not in "".join(log.said()[at:] for log, at in zip(logs, before, strict=True))
    for person in (ground.rita, ground.adam):
        if person.modal() is not None:
            person.close(everything=True)


def told(person: Person, act: Callable[[], Any], saying: str) -> str:
    """What the person alone reads, after they did this."""
    before = {message["ts"] for message in person.ephemerals(CHANNEL)}
    act()

    def look() -> str:
        new = (m for m in person.ephemerals(CHANNEL) if m["ts"] not in before)
        return next((text for text in map(visible_text, new) if saying in text), "")

    return str(person.wait_until(look, what=f"words saying {saying!r}"))


def an_answer(ground: Ground, fault: Fault) -> None:
    """What a command is answered follows as soon as Slack takes it."""
    migration = ground.started(ground.a_source())

    def ask() -> None:
        with struck(ground, fault, "response_url"):
            assert ground.rita.type(CHANNEL, f"/migrate status {migration.id}").error is None

    assert "*Under way, preparation*" in told(ground.rita, ask, migration.id)


def a_form(ground: Ground, fault: Fault) -> None:
    """A form that could not be filled in is filled in later."""
    source = ground.a_source()
    with struck(ground, fault, "views.update"):
        assert ground.rita.type(CHANNEL, f"/migrate start {source}").error is None
    assert source in visible_text(ground.rita.wait_for_modal(saying=SECOND))


def an_opening(ground: Ground, fault: Fault) -> None:
    """A form that could not be opened is not opened late: the person is told, and tries again."""
    source = ground.a_source()

    def ask() -> None:
        with struck(ground, Fault(fault.how, fault.done, calls=1), "views.open"):
            assert ground.rita.type(CHANNEL, f"/migrate start {source}").error is None

    words = LIMITED if fault.how == "ratelimited" else UNANSWERED
    assert "once more" in told(ground.rita, ask, words)
    assert ground.rita.type(CHANNEL, f"/migrate start {source}").error is None
    ground.rita.wait_for_modal(saying=SECOND)
    assert not [one for one in ground.store.under_way() if one.source == source]


def the_evidence(ground: Ground, fault: Fault) -> None:
    """The question of a gate comes late; nobody has answered it meanwhile."""
    migration = ground.at_the_gate()
    ground.adam.click(ground.promotable(migration), "Promote")
    with struck(ground, fault, "views.update"):
        ground.answers_observation(migration)
    shown = visible_text(ground.adam.wait_for_modal(saying=NAME))
    assert "replication lag" in shown
    assert ground.store.load(migration.id) == migration


MOMENTS = (an_answer, a_form, an_opening, the_evidence)


@pytest.mark.table("slack_faults")
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_who_waits_is_answered_or_told(
    either_ground: Ground, fault: Fault, moment: Callable[[Ground, Fault], None]
) -> None:
    """Whatever Slack does wrong at whatever moment, on either transport."""
    moment(either_ground, fault)


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
def test_who_is_unknown_decides_nothing(ground: Ground, method: str) -> None:
    """Slack does not say who pressed Promote: refused, in the modal and in words."""
    migration = ground.at_the_gate()
    root = ground.promotable(migration)
    with ground.trouble.lasting("error", method):
        ground.adam.click(root, "Promote")
        modal = ground.adam.wait_for_modal(saying="Slack did not say who you are")
    assert "nothing was changed" in visible_text(modal)
    assert ground.store.load(migration.id) == migration
    ground.adam.close()


def test_a_refused_connection_makes_an_answer_late(http_ground: Ground) -> None:
    """Requests come in and no answer goes out: it goes out when somebody is at Slack's address."""
    ground = http_ground
    migration = ground.started(ground.a_source())

    def ask() -> None:
        with refused(ground, "bot", "Slack does not take an answer"):
            assert ground.rita.type(CHANNEL, f"/migrate status {migration.id}").error is None

    assert "*Under way, preparation*" in told(ground.rita, ask, migration.id)


def test_a_refused_socket_is_said_by_slack_and_comes_back(socket_ground: Ground) -> None:
    """No socket: the person reads that the command failed; then it works again."""
    log = socket_ground.processes["bot"]
    before = len(log.said())
    with refused(socket_ground, "bot", "The socket to Slack is lost"):
        outcome = socket_ground.rita.type(CHANNEL, "/migrate help")
        assert outcome.error == "dispatch_failed"
        assert outcome.text == "/migrate failed (dispatch_failed)"
    wait_until(lambda: "There is a socket" in log.said()[before:], "the bot to be back")
    assert "What Daybreak can do" in told(
        socket_ground.rita,
        lambda: socket_ground.rita.type(CHANNEL, "/migrate help"),
        "What Daybreak can do",
    )
    said = log.said()[before:]
    assert said.count("The socket to Slack is lost") == 1
    assert said.count("There is a socket to Slack again") == 1
    assert "Traceback" not in said


@pytest.mark.table("slack_faults")
@pytest.mark.parametrize("how", ["error", "ratelimited", "cut", "hang"])
@pytest.mark.parametrize("method", ["apps.connections.open", "socket"])
def test_a_dropped_socket_is_tried_for_until_there_is_one(
    socket_ground: Ground, method: str, how: str
) -> None:
    """Cut, and the first other one can't be had: the log says so, and people are answered again."""
    log = socket_ground.processes["bot"]
    before, sockets = len(log.said()), set(socket_ground.rita.wire.sockets())
    with struck(socket_ground, Fault(how, calls=1), method):
        socket_ground.rita.wire.drop_sockets()
    wait_until(lambda: set(socket_ground.rita.wire.sockets()) - sockets, "a new socket")
    assert socket_ground.rita.type(CHANNEL, "/migrate help").error is None
    wait_until(lambda: "There is a socket" in log.said()[before:], "the log to say so")
    assert "The socket to Slack is lost" in log.said()[before:]
    assert "Traceback" not in log.said()[before:]
