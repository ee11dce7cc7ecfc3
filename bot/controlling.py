"""Carries a control out for whoever pressed its button or typed its command."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from bot.edge import Edge
from bot.messages import answers
from bot.messages.refusals import too_late
from bot.messages.why_not import no_way_back
from bot.rights import check_may_act
from migration import controls
from migration.control_rules import Control
from migration.errors import Conflict, NotPossibleNow, TooLateToCancel
from migration.model import Migration
from migration.service import Service

# A step's own commit may come between reading and writing; the wish still stands.
TRIES = 3
#: What somebody is about to do, for those who may not.
ACTS: Mapping[Control, str] = {
    Control.PAUSE: "pause",
    Control.RESUME: "resume",
    Control.RETRY: "retry",
    Control.CANCEL: "cancel",
    Control.DROP_REPLICA: "drop the replica of",
    Control.FINISH: "finish",
}
USE_CASES: Mapping[Control, Callable[[Service, str, str], Migration]] = {
    Control.PAUSE: Service.pause,
    Control.RESUME: Service.resume,
    Control.RETRY: Service.retry,
    Control.CANCEL: Service.cancel,
    Control.DROP_REPLICA: Service.drop_replica,
    Control.FINISH: Service.finish,
}


def check(edge: Edge, control: Control, migration: Migration, user: str) -> None:
    """Whether this person may do it, and whether it can be done now.

    Raises:
        NotAMember, NotYours, IdentityUnknown: they may not; says who can.
        NotPossibleNow, TooLateToCancel: it can't be done, and why.
    """
    check_may_act(edge, migration, user, ACTS[control])
    check_possible(control, migration)


def check_possible(control: Control, migration: Migration) -> None:
    """By the table of controls; of the way back with all that is known of why it is not there.

    Raises:
        NotPossibleNow, TooLateToCancel: it can't be done, and why.
    """
    if control is Control.FINISH and not controls.is_possible(control, migration):
        raise NotPossibleNow(no_way_back(migration))
    controls.check(control, migration)


def carry_out(edge: Edge, control: Control, migration_id: str, user: str) -> str:
    """Do it; gives the words for the one who asked.

    Raises:
        NotAMember, NotYours, IdentityUnknown: they may not; says who can.
        NotPossibleNow: nothing was changed; says why, and where it stands how it is.
        Conflict: others changed it again and again meanwhile.
    """
    check_may_act(edge, edge.store.load(migration_id), user, ACTS[control])
    with linked(edge, migration_id):
        after = _insist(edge, control, migration_id, user)
    return f"{answers.under_way(control, after)}{live(edge, migration_id)}"


def _insist(edge: Edge, control: Control, migration_id: str, user: str) -> Migration:
    for _ in range(TRIES - 1):
        try:
            return _once(edge, control, migration_id, user)
        except Conflict:
            continue
    return _once(edge, control, migration_id, user)


def _once(edge: Edge, control: Control, migration_id: str, user: str) -> Migration:
    check_possible(control, edge.store.load(migration_id))
    return USE_CASES[control](edge.service, migration_id, user)


@contextmanager
def linked(edge: Edge, migration_id: str) -> Iterator[None]:
    """What does not fit to what is so now leads to the message that tells."""
    try:
        yield
    except TooLateToCancel as error:
        raise NotPossibleNow(f"{too_late(error)}{live(edge, migration_id)}") from error
    except (NotPossibleNow, Conflict) as error:
        words = f"{error} Nothing was changed.{live(edge, migration_id)}"
        raise type(error)(words) from error


def live(edge: Edge, migration_id: str) -> str:
    """The way to the message that stands for it; empty while there is none."""
    link = edge.link(migration_id)
    return f" <{link}|The live message>" if link else ""
