"""A last look right before a request that changes something leaves.

A process can stand still between its decision and the request, and go on when somebody else is in
charge. AWS's calls can't be conditional: so whoever sends one looks once more when it is built and
signed. What the look raises is raised to the caller, and nothing was sent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

# botocore's last event of a request, once for each time that it is sent; an exception of its
# handler is raised, and nothing is sent.
_BEFORE_SEND = "before-send.rds"
# What these do changes nothing; a look itself may need them.
_READING = ("Describe", "List")

_look: ContextVar[Callable[[], None] | None] = ContextVar("last_look", default=None)


@contextmanager
def looking(look: Callable[[], None]) -> Iterator[None]:
    """Within the block this thread looks before each mutating call to RDS."""
    token = _look.set(look)
    try:
        yield
    finally:
        _look.reset(token)


def install(client: "RDSClient") -> None:
    """Have this client's requests be preceded by the look, where there is one."""
    client.meta.events.register(_BEFORE_SEND, _before_send, unique_id="daybreak-last-look")


def _before_send(event_name: str, **_: object) -> None:
    look = _look.get()
    if look is not None and not event_name.rpartition(".")[2].startswith(_READING):
        look()
