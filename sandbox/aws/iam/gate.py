"""In front of the cloud: who asks, what that needs, and whether their policies allow it."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.aws.iam import answers, other_needs, own, rds_needs
from sandbox.aws.iam.call import Call, read
from sandbox.aws.iam.decision import decide
from sandbox.aws.iam.directory import Directory
from sandbox.aws.iam.documents import Statement
from sandbox.aws.iam.need import Need

StartResponse = Callable[..., Any]
WSGIApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

#: The account's owner, by access key: fills the account, and is people. Nothing is asked of them.
OWNER = "sandbox"


@dataclass(frozen=True)
class Role:
    """Whoever signs with one access key."""

    name: str
    statements: tuple[Statement, ...]

    def principal(self, account: str) -> str:
        """As AWS calls it."""
        return f"arn:aws:sts::{account}:assumed-role/daybreak-{self.name}/{self.name}"

    def arn(self, account: str) -> str:
        """Of the role itself, which policies are attached to."""
        return f"arn:aws:iam::{account}:role/daybreak-{self.name}"


@dataclass(frozen=True)
class Asked:
    """A call of a role's that was allowed, and what it needed."""

    role: str
    call: str
    needs: tuple[Need, ...]


class NotMapped(Exception):
    """A role calls what nobody has told the sandbox the needs of."""

    def __init__(self, call: Call) -> None:
        """Tell the developer where to."""
        where = "ACTS_ON of sandbox/aws/iam/rds_needs.py"
        if call.service != "rds":
            where = "NEEDS of sandbox/aws/iam/other_needs.py"
        super().__init__(
            f"The sandbox does not know which resources `{call.name}` acts on: add it to {where}. "
            "Then allow it in the document of docs/iam whose holder needs it, and record the calls "
            'anew (docs/iam/README.md, "A new call").'
        )


class Gate:
    """A WSGI application around the cloud's. As long as there are no roles everybody may."""

    def __init__(self, inner: WSGIApplication, directory: Directory) -> None:
        """Nobody is known yet."""
        self.roles: dict[str, Role] = {}
        self.failures: list[BaseException] = []
        self._inner = inner
        self._directory = directory
        self._asked: dict[Asked, None] = {}
        self._denied: dict[str, None] = {}
        self._lock = threading.Lock()

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every call of a role's that was allowed, once each."""
        with self._lock:
            return tuple(self._asked)

    @property
    def denied(self) -> tuple[str, ...]:
        """AWS's words of every denial, once each."""
        with self._lock:
            return tuple(self._denied)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as a WSGI application does."""
        if not self.roles:
            return self._inner(environ, start_response)
        call = read(environ)
        role = self.roles.get(call.key)
        if role is not None:
            return self._ask(call, role, environ, start_response)
        if call.key == OWNER:
            return self._inner(environ, start_response)
        return answers.unknown_key(call.service, start_response)

    def _ask(
        self, call: Call, role: Role, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            needs = tuple(self._needs(call))
        except NotMapped as error:
            self.failures.append(error)
            return answers.not_mapped(call.service, str(error), start_response)
        denial = decide(needs, role.statements)
        if denial is not None:
            words = denial.words(role.principal(self._directory.account))
            with self._lock:
                self._denied[words] = None
            return answers.denied(call.service, words, start_response)
        with self._lock:
            self._asked[Asked(role.name, call.name, needs)] = None
        if call.name in own.OWN:
            return self._own(call, role, start_response)
        return self._inner(environ, start_response)

    def _own(self, call: Call, role: Role, start_response: StartResponse) -> Iterable[bytes]:
        """What moto does not know: it has none of these roles."""
        account = self._directory.account
        if call.name == own.IDENTITY:
            said = own.identity(account, role.name, role.principal(account))
            return answers.done(said, start_response)
        wanted = call.text("PolicySourceArn")
        for one in self.roles.values():
            if one.arn(account) == wanted:
                return answers.done(own.simulation(call, one.statements), start_response)
        return answers.no_such_entity(wanted, start_response)

    def _needs(self, call: Call) -> Iterator[Need]:
        if call.service == "rds":
            found = rds_needs.needs(call, self._directory)
        else:
            find = other_needs.NEEDS.get(call.name)
            found = find(call, self._directory) if find else None
        if found is None:
            raise NotMapped(call)
        return found
