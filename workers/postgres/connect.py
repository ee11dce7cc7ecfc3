"""Opens connections to RDS and Aurora as Daybreak's own role: TLS verified, every wait bounded."""

import time
from dataclasses import dataclass, field
from typing import Any, LiteralString, TypeVar, cast

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow

from migration.errors import Transient
from workers.traffic.port import Endpoint

Connection = psycopg.Connection[TupleRow]
Result = TypeVar("Result")

# The server ends a statement that takes too long; so much later it is not there to do so.
GRACE_SECONDS = 1.0

WRONG_PASSWORD = "password authentication failed"  # noqa: S105 - words of the server

# Found in pg_stat_activity: by stragglers' lists, and by whoever wonders what this session is.
APPLICATION_NAME = "daybreak"
# The sessions that may close and open databases: a successor ends its predecessor's by this name.
CUT_OVER_APPLICATION_NAME = "daybreak cut-over"
# What applies the target's writes to the fenced source is called so on the target.
WAY_BACK_APPLICATION_NAME = "daybreak way back"
# Ours by name: who else uses Daybreak's role is somebody else.
OUR_APPLICATION_NAMES = (APPLICATION_NAME, CUT_OVER_APPLICATION_NAME, WAY_BACK_APPLICATION_NAME)
# The clients that measure a write pause; to the servers they are the application's.
PROBER_APPLICATION_NAME = "daybreak prober"


@dataclass(frozen=True)
class Login:
    """A role's name and password; the password never shows in a repr."""

    user: str
    password: str = field(repr=False)
    dbname: str


class DatabaseUnreachable(Transient):
    """The database does not take our connection."""

    def __init__(self, endpoint: Endpoint, cause: Exception) -> None:
        super().__init__(
            f"No connection to {endpoint.host}:{endpoint.port}: {str(cause).strip() or type(cause)}"
        )


class WrongPassword(DatabaseUnreachable):
    """The database does not take our password."""


class NoAnswer(psycopg.OperationalError):
    """The server took the request, and then nothing came: the connection was given up."""


class BoundedConnection(psycopg.Connection[TupleRow]):
    """Gives up a server that neither answers nor goes away.

    A stopped or stalled backend enforces no time-out of its own, and its kernel goes on
    acknowledging what is sent to it: only the one who waits can put an end to it.
    """

    #: Seconds for one answer; None until it is set.
    answer_seconds: float | None = None

    def wait(
        self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        """See `psycopg.Connection.wait`; raises NoAnswer, the connection closed."""
        return super().wait(self._bounded(gen), interval, timeout)

    def _bounded(self, gen: PQGen[Result]) -> PQGen[Result]:
        began = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                limit = self.answer_seconds
                if not ready and limit is not None and time.monotonic() - began > limit:
                    self.pgconn.finish()
                    raise NoAnswer(f"The database gave no answer within {limit:g} s.")
                wanted = gen.send(ready)
        except StopIteration as end:
            return cast("Result", end.value)


def allow(connection: Connection, seconds: float) -> None:
    """Statements may take so long from here on, by the server's time-out and by ours."""
    if isinstance(connection, BoundedConnection):
        connection.answer_seconds = seconds + GRACE_SECONDS
    connection.execute(
        "SELECT set_config('statement_timeout', %s, false)", [str(int(seconds * 1000))]
    )


def connect(
    endpoint: Endpoint,
    login: Login,
    ca_file: str,
    *,
    dbname: str = "",
    application_name: str = APPLICATION_NAME,
    connect_timeout_seconds: int = 10,
    statement_timeout_seconds: float = 30.0,
    lock_timeout_seconds: float = 5.0,
) -> Connection:
    """An autocommit connection; time-outs are enforced by the server as well.

    Raises:
        DatabaseUnreachable: refused, timed out, or the server's certificate is not trusted.
    """
    options: dict[str, Any] = {
        "host": endpoint.host,
        "port": endpoint.port,
        "user": login.user,
        "password": login.password,
        "dbname": dbname or login.dbname,
        "sslmode": "verify-full",
        # RDS speaks TLS; asking for Kerberos first would be one round trip more in the pause.
        "gssencmode": "disable",
        "sslrootcert": ca_file,
        "application_name": application_name,
        "connect_timeout": connect_timeout_seconds,
        # A dead peer shows within seconds rather than after two hours.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        # Keepalives are silent while something sent is not acknowledged; this is not.
        "tcp_user_timeout": 10_000,
        "options": (
            f"-c statement_timeout={int(statement_timeout_seconds * 1000)} "
            f"-c lock_timeout={int(lock_timeout_seconds * 1000)}"
        ),
    }
    try:
        connection = BoundedConnection.connect(autocommit=True, **options)
    except psycopg.OperationalError as error:
        # libpq gives no SQLSTATE for a login that failed; its words are the server's.
        kind = WrongPassword if WRONG_PASSWORD in str(error) else DatabaseUnreachable
        raise kind(endpoint, error) from error
    connection.answer_seconds = statement_timeout_seconds + GRACE_SECONDS
    return connection


def connect_through_pooler(
    endpoint: Endpoint,
    *,
    dbname: str,
    user: str,
    cert_file: str,
    key_file: str,
    ca_file: str,
    application_name: str = APPLICATION_NAME,
    connect_timeout_seconds: int = 10,
) -> Connection:
    """An autocommit connection to an entry of a pooler, by certificate and without a password.

    Only what transaction pooling takes: no start-up options, no prepared statements.

    Raises:
        DatabaseUnreachable: refused, timed out, or a certificate is not trusted.
    """
    try:
        return psycopg.connect(
            autocommit=True,
            prepare_threshold=None,
            host=endpoint.host,
            port=endpoint.port,
            user=user,
            dbname=dbname,
            sslmode="verify-full",
            sslcert=cert_file,
            sslkey=key_file,
            sslrootcert=ca_file,
            application_name=application_name,
            connect_timeout=connect_timeout_seconds,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
        )
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(endpoint, error) from error


def rows(connection: Connection, query: LiteralString, *values: Any) -> list[TupleRow]:
    """All rows of one query."""
    return connection.execute(query, values or None).fetchall()


def value(connection: Connection, query: LiteralString, *values: Any) -> Any:
    """The first column of the first row of one query; None when there is no row."""
    row = connection.execute(query, values or None).fetchone()
    return row[0] if row else None
