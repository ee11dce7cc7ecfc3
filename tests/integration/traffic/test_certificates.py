"""Certificates at every door: which are refused, and what whoever is refused reads."""

import datetime as dt
import signal
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from traffic_ground import SOURCE, Ground, eventually

from sandbox.servers.certificates import Authority, KeyPair
from sandbox.servers.pgbouncer import ADMIN
from workers.traffic.client import PoolerGroup
from workers.traffic.errors import PoolerUnreachable

DAY = dt.timedelta(days=1)
FOREIGN, EXPIRED, EARLY, ANOTHERS, MISSING = (
    *("another authority's", "expired", "not yet valid", "another's", "missing"),
)


def issued(kind: str, name: str, ground: Ground, place: Path, **more: Any) -> KeyPair:
    """A certificate that is wrong in one respect."""
    if kind == FOREIGN:
        return Authority(place, "other").issue(place, name, **more)
    if kind == EXPIRED:
        return ground.authority.issue(place, name, lifetime=-DAY, **more)
    if kind == EARLY:
        return ground.authority.issue(place, name, valid_in=DAY, **more)
    return ground.authority.issue(place, "somebody", **more)


# At the agent's door ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FOREIGN, "unable to get local issuer certificate"),
        (EXPIRED, "certificate has expired"),
        (EARLY, "certificate is not yet valid"),
    ],
)
def test_the_agent_refuses_a_caller_s_certificate(
    shared_ground: Ground, tmp_path: Path, kind: str, reason: str
) -> None:
    """The caller is told where to look, and there the reason stands."""
    shared_ground.forget_log()
    pair = issued(kind, "daybreak", shared_ground, tmp_path)
    with PoolerGroup([shared_ground.url], shared_ground.certificates(pair)) as layer:
        with pytest.raises(PoolerUnreachable, match="`client_ca`: its log says why") as refusal:
            layer.resume(SOURCE, epoch=1)
        with pytest.raises(PoolerUnreachable):
            layer.states(SOURCE)
    assert shared_ground.url in str(refusal.value)
    eventually(lambda: shared_ground.said(reason), "the reason in the agent's log")
    assert_nothing_changed(shared_ground)


def test_the_agent_refuses_a_caller_that_it_does_not_know(
    shared_ground: Ground, tmp_path: Path
) -> None:
    """Of the right authority is not enough: the name has to be among its callers."""
    shared_ground.forget_log()
    pair = issued(ANOTHERS, "daybreak", shared_ground, tmp_path)
    with PoolerGroup([shared_ground.url], shared_ground.certificates(pair)) as layer:
        for act in (lambda: layer.resume(SOURCE, epoch=1), lambda: layer.states(SOURCE)):
            with pytest.raises(PoolerUnreachable, match="not among the agent's `callers`"):
                act()
    assert shared_ground.said("Refused a call by the certificate of 'somebody'")
    assert_nothing_changed(shared_ground)


def test_the_agent_refuses_a_caller_without_certificate(shared_ground: Ground) -> None:
    """TLS alone is not enough."""
    shared_ground.forget_log()
    context = ssl.create_default_context(cafile=shared_ground.authority.certificate)
    with (
        httpx.Client(base_url=shared_ground.url, verify=context, trust_env=False) as nobody,
        pytest.raises(httpx.TransportError),
    ):
        nobody.get(f"/v1/{SOURCE}")
    eventually(lambda: shared_ground.said("peer did not return a certificate"), "the reason")
    assert_nothing_changed(shared_ground)


def assert_nothing_changed(ground: Ground) -> None:
    """Whoever may call still can, and nobody was obeyed meanwhile."""
    with ground.group() as known:
        assert known.states(SOURCE)[0].epoch == 0


# What the agent itself shows ----------------------------------------------------------------------


@pytest.fixture
def agent_with(shared_ground: Ground, tmp_path: Path) -> Iterator[Any]:
    """Runs the agent with another certificate, and afterwards with its own again."""
    right = shared_ground.config.read_text()

    def run(pair: KeyPair) -> None:
        text = right.replace(str(shared_ground.identity.certificate), str(pair.certificate))
        shared_ground.config.write_text(
            text.replace(str(shared_ground.identity.key), str(pair.key))
        )
        shared_ground.end_agent(signal.SIGKILL)
        shared_ground.forget_log()
        shared_ground.start_agent()

    yield run
    shared_ground.config.write_text(right)
    shared_ground.end_agent(signal.SIGKILL)
    shared_ground.forget_log()
    shared_ground.start_agent()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FOREIGN, "unable to get local issuer certificate"),
        (EXPIRED, "certificate has expired"),
        (EARLY, "certificate is not yet valid"),
        (ANOTHERS, "IP address mismatch"),
    ],
)
def test_a_caller_refuses_the_agent_s_certificate(
    shared_ground: Ground, tmp_path: Path, agent_with: Any, kind: str, reason: str
) -> None:
    """It is said whose certificate is wrong, and what is wrong with it."""
    addresses = ("127.0.0.9",) if kind == ANOTHERS else ("127.0.0.1",)
    agent_with(issued(kind, "agent", shared_ground, tmp_path, addresses=addresses))
    with (
        shared_ground.group() as layer,
        pytest.raises(PoolerUnreachable, match="DAYBREAK_CA_FILE") as refusal,
    ):
        layer.states(SOURCE)
    assert reason in str(refusal.value)
    assert shared_ground.url in str(refusal.value)


def test_a_caller_that_trusts_another_authority_refuses_the_agent(
    shared_ground: Ground, tmp_path: Path
) -> None:
    """The same from the other side: DAYBREAK_CA_FILE is the wrong one."""
    trusting = replace(
        shared_ground.certificates(), authority=Authority(tmp_path, "other").certificate
    )
    with (
        PoolerGroup([shared_ground.url], trusting) as layer,
        pytest.raises(PoolerUnreachable, match="DAYBREAK_CA_FILE"),
    ):
        layer.states(SOURCE)


# At the pooler's door -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FOREIGN, "unknown ca"),
        (EXPIRED, "certificate expired"),
        # OpenSSL has no better word for it
        (EARLY, "bad certificate"),
        (ANOTHERS, "certificate authentication failed"),
        (MISSING, "certificate required"),
    ],
)
@pytest.mark.parametrize(("dbname", "user"), [(SOURCE, "app"), ("pgbouncer", ADMIN)])
def test_the_pooler_refuses_a_certificate(
    shared_ground: Ground, tmp_path: Path, kind: str, reason: str, dbname: str, user: str
) -> None:
    """At an application's entry and at the console; the application reads why."""
    nobody = KeyPair(tmp_path / "none.crt", tmp_path / "none.key")
    pair = nobody if kind == MISSING else issued(kind, user, shared_ground, tmp_path)
    with pytest.raises(psycopg.OperationalError, match=reason):
        psycopg.connect(shared_ground.dsn(dbname, user, pair))


def test_the_console_is_closed_to_applications(shared_ground: Ground) -> None:
    """A certificate that is right for an entry opens no other door."""
    with pytest.raises(psycopg.OperationalError, match="certificate authentication failed"):
        psycopg.connect(shared_ground.dsn("pgbouncer", ADMIN, shared_ground.app))
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(shared_ground.dsn("pgbouncer", "app", shared_ground.app))
