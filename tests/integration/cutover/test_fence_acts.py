"""Every act on the fence's row: obeyed by its own epoch, in the state that it needs.

Leases, ended sessions and poolers stand before these checks, so that the crash table alone would
not miss them; here nothing else is in the way.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from sandbox.servers.certificates import Authority
from sandbox.servers.postgres import PostgresServer
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port
from workers.postgres import fence
from workers.postgres.connect import Connection
from workers.postgres.fence import State

MINE = 7
EPOCHS = (MINE - 1, MINE, MINE + 1)
# All that an act may change.
EVERYTHING = """
SELECT epoch, state, marker, logins_off, ARRAY(
    SELECT rolname::text FROM pg_roles WHERE rolcanlogin AND rolname IN ('app', 'reporting')
    ORDER BY rolname
) FROM daybreak.fence
"""


@dataclass(frozen=True)
class Act:
    """One of them: how it is called, where it is obeyed, and what the row says afterwards."""

    call: Callable[[Connection, int], object]
    before: Sequence[State]
    state: State
    epoch: int = MINE
    #: whether the roles may log in afterwards; None where the act does not touch them
    logins: bool | None = None


NOT_OPENED = (State.OPEN, State.FENCED, State.CLAIMED, State.REOPENING, State.ABANDONED)
ACTS = {
    "close": Act(
        lambda link, epoch: fence.close(link, epoch, rehearse=False),
        [State.OPEN],
        State.FENCED,
        logins=False,
    ),
    "mark": Act(fence.mark, [State.FENCED], State.FENCED),
    "claim": Act(fence.claim, [State.FENCED], State.CLAIMED),
    "lift": Act(fence.lift, [State.CLAIMED], State.OPENED, logins=True),
    "abandon": Act(fence.abandon, NOT_OPENED, State.ABANDONED),
    "withdraw": Act(fence.withdraw, [State.OPEN], State.OPEN, epoch=MINE + 1),
    "announce reopening": Act(
        fence.announce_reopening, [State.FENCED], State.REOPENING, epoch=MINE + 1
    ),
    "reopen": Act(fence.reopen, [State.REOPENING], State.OPEN, logins=True),
}


@pytest.fixture(scope="module")
def link() -> Iterator[Connection]:
    """A database with a fence and two roles that it is about."""
    folder = Path(tempfile.mkdtemp(prefix="daybreak-fence-"))
    folder.chmod(0o755)
    server = PostgresServer(
        folder / "source",
        address="127.0.0.1",
        port=free_port(),
        program=resolve("postgres"),
        pid_file=folder / "source.pid",
    )
    server.create()
    server.secure(Authority(folder / "certificates", "ca"))
    server.configure({"fsync": "off"}, ())
    server.start()
    with server.connect() as connection:
        connection.execute("CREATE ROLE app; CREATE ROLE reporting")
        fence.prepare(connection, "orders-ab12")
        yield connection
    server.stop()
    shutil.rmtree(folder)


def put(link: Connection, epoch: int, state: State) -> None:
    """Have the row, and the roles, as they are in that state."""
    link.execute(
        "UPDATE daybreak.fence SET marker = 0, epoch = %s, state = %s, logins_off = %s",
        [epoch, state, ["app", "reporting"]],
    )
    word = b"LOGIN" if state in {State.OPEN, State.OPENED} else b"NOLOGIN"
    for role in (b"app", b"reporting"):
        link.execute(b"ALTER ROLE " + role + b" " + word)


def everything(link: Connection) -> tuple[object, ...]:
    """The row, and who may log in."""
    return link.execute(EVERYTHING).fetchone() or ()


@pytest.mark.parametrize("name", ACTS)
def test_it_is_obeyed_only_by_its_epoch_and_in_its_state(link: Connection, name: str) -> None:
    """In every state of the row, under the epoch before, its own and the one after."""
    act = ACTS[name]
    for epoch, state in product(EPOCHS, State):
        put(link, epoch, state)
        before = everything(link)
        try:
            obeyed = act.call(link, MINE) is not False
        except fence.NotMine:
            obeyed = False

        assert obeyed is (epoch == MINE and state in act.before), (epoch, state)
        if not obeyed:
            assert everything(link) == before, (epoch, state)
            continue
        found = fence.read(link)
        assert (found.epoch, found.state) == (act.epoch, act.state)
        if act.logins is not None:
            assert everything(link)[-1] == (["app", "reporting"] if act.logins else [])


def test_a_successor_takes_only_what_it_has_seen(link: Connection) -> None:
    """A row that has changed since the look is left as it is; a way back begun is closed again."""
    for epoch, state in product(EPOCHS, State):
        put(link, epoch, state)
        seen = fence.read(link)
        for changed in ((epoch + 1, state), (epoch, State.CLAIMED)):
            put(link, *changed)
            if changed == (epoch, state):
                continue
            before = everything(link)
            with pytest.raises(fence.NotMine):
                fence.supersede(link, seen, MINE + 2)
            assert everything(link) == before
        put(link, epoch, state)
        taken = fence.supersede(link, seen, MINE + 2)

        assert fence.read(link) == taken
        assert taken.epoch == MINE + 2
        assert taken.state is (State.FENCED if state is State.REOPENING else state)


def test_an_attempt_begins_on_an_open_source_alone_and_above_every_epoch(link: Connection) -> None:
    """Above the row's own and above what poolers and store have seen."""
    for state in State:
        put(link, MINE, state)
        before = everything(link)
        if state is State.OPEN:
            assert fence.raise_epoch(link, "m", "c", MINE + 4) == MINE + 5
            assert fence.raise_epoch(link, "m", "c", 0) == MINE + 6
            continue
        with pytest.raises(fence.NotMine):
            fence.raise_epoch(link, "m", "c", MINE + 4)
        assert everything(link) == before


def test_a_rehearsal_changes_nothing(link: Connection) -> None:
    """And says whom the fence would keep out."""
    put(link, MINE, State.OPEN)
    before = everything(link)

    assert {"app", "reporting"} <= set(fence.close(link, MINE, rehearse=True))
    assert everything(link) == before
