"""How often each client sends, and which ones slow down when AWS throttles."""

from dataclasses import fields

import boto3

from workers.aws.clients import MOST_ATTEMPTS, Clients, open_clients, open_promoting_client

SESSION = boto3.Session("key", "secret", region_name="eu-west-1")


def test_whoever_only_reads_slows_down() -> None:
    """The client that changes RDS repeats as it did; the promotion's sends once."""
    clients = open_clients(SESSION, "http://127.0.0.1:1")
    told = {one.name: getattr(clients, one.name).meta.config.retries for one in fields(Clients)}

    assert {name: retries["total_max_attempts"] for name, retries in told.items()} == (
        dict.fromkeys(told, MOST_ATTEMPTS)
    )
    assert {name for name, retries in told.items() if retries["mode"] != "adaptive"} == {"rds"}
    promoting = open_promoting_client(SESSION, 5, "http://127.0.0.1:1").meta.config.retries
    assert promoting == {"mode": "standard", "total_max_attempts": 1}
