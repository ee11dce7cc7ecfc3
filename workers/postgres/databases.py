"""Ways into a source and its copy as Daybreak's own role, opened when asked for."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from migration.errors import Permanent, Transient
from workers.aws.rds import RdsGateway
from workers.aws.resources import SOURCE_TAG
from workers.aws.secrets import SecretsGateway
from workers.postgres.connect import Connection, connect
from workers.traffic.port import Endpoint


class NoEndpoint(Transient):
    """There is nothing to connect to yet."""


class QueryFailed(Transient):
    """A query failed, or its connection broke."""


class Databases:
    """Connections by AWS identifier; where to and as whom is asked anew each time.

    Everything may raise `DatabaseUnreachable`, `NoEndpoint` and what the gateways raise. Inside a
    `with`, the driver's errors become `QueryFailed`, or `Permanent` where a right is missing.
    """

    def __init__(self, secrets: SecretsGateway, rds: RdsGateway, ca_file: str) -> None:
        """`ca_file` verifies RDS's server certificates."""
        self._secrets = secrets
        self._rds = rds
        self._ca_file = ca_file

    @contextmanager
    def source(self, source: str, dbname: str = "") -> Iterator[Connection]:
        """A connection to an RDS instance; to the secret's database unless another is named."""
        instance = self._rds.instance(source)
        endpoint = instance.endpoint if instance else None
        with self.at(source, endpoint, dbname) as connection:
            yield connection

    @contextmanager
    def target(self, cluster: str, dbname: str = "") -> Iterator[Connection]:
        """A connection to a cluster's own endpoint, the one that applications are led to.

        A physical copy takes the login of its source, and its tag says which that is.
        """
        found = self._rds.cluster(cluster)
        if found is None:
            raise NoEndpoint
        source = found.tags.get(SOURCE_TAG)
        if source is None:
            raise Permanent(
                f"Cluster `{cluster}` lost its tag `{SOURCE_TAG}`, which says whose copy it is. "
                "Put it back, then retry."
            )
        with self.at(source, found.endpoint, dbname) as connection:
            yield connection

    @contextmanager
    def at(self, source: str, endpoint: Endpoint | None, dbname: str = "") -> Iterator[Connection]:
        """A connection to this endpoint with the login of that source."""
        if endpoint is None:
            raise NoEndpoint
        login = self._secrets.login(source)
        with (
            _said_plainly(endpoint),
            connect(endpoint, login, self._ca_file, dbname=dbname) as connection,
        ):
            yield connection


@contextmanager
def _said_plainly(endpoint: Endpoint) -> Iterator[None]:
    """The driver's errors as ours: a right that is missing stays so, the rest may pass."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise Permanent(
            f"Daybreak's role lacks a right at {endpoint}: {str(error).strip()}. Run "
            "docs/daybreak-role.sql as the master user, then retry."
        ) from error
    except psycopg.Error as error:
        raise QueryFailed(f"A query at {endpoint} failed: {str(error).strip()}") from error
