"""Which sources the doctor asks IAM about, and what it puts for the words of the documents."""

import pytest

from workers.aws.identity import Caller
from workers.aws.resources import Instance, instance_of
from workers.examination.account import MOST_SOURCES, situations
from workers.settings import WorkerSettings

ME = Caller("123456789012", "arn:aws:sts::123456789012:assumed-role/daybreak/i-1")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"


def a_source(name: str, key: str = "") -> Instance:
    """One, encrypted or not."""
    return instance_of(
        {
            "DBInstanceIdentifier": name,
            "DBInstanceArn": f"arn:aws:rds:eu-west-1:123456789012:db:{name}",
            "DBInstanceStatus": "available",
            "Engine": "postgres",
            "KmsKeyId": key,
        }
    )


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> WorkerSettings:
    """A worker's that leads a name for one of its sources."""
    for name, value in {
        "AWS_REGION": "eu-west-1",
        "DAYBREAK_RDS_CA_FILE": "ca.pem",
        "DAYBREAK_TRAFFIC": "route53",
        "DAYBREAK_ROUTE53_RECORDS": "orders=Z1/Orders.db.example.com",
    }.items():
        monkeypatch.setenv(name, value)
    return WorkerSettings()


def test_the_words_are_those_of_the_installation(settings: WorkerSettings) -> None:
    """A key by its id, a record in small letters, as IAM compares it."""
    (one,) = situations(ME, [a_source("orders", KEY)], settings)
    assert one.own_name == "orders-aurora"
    assert one.words == {
        "REGION": "eu-west-1",
        "ACCOUNT": "123456789012",
        "SOURCE": "orders",
        "KEY_ID": "1234abcd",
        "ZONE_ID": "Z1",
        "RECORD": "orders.db.example.com",
    }


def test_sources_that_ask_less_do_not_vouch_for_those_that_ask_more(
    settings: WorkerSettings,
) -> None:
    """Without a key, or a record, some lines would not be asked about."""
    found = situations(ME, [a_source("billing"), a_source("legacy", KEY)], settings)
    assert [one.words["SOURCE"] for one in found] == ["legacy"]


def test_few_of_many_are_asked_about(settings: WorkerSettings) -> None:
    """An account may have hundreds; without any nothing is asked."""
    many = [a_source(f"orders{number}") for number in range(100)]
    assert len(situations(ME, many, settings)) == MOST_SOURCES
    assert situations(ME, [], settings) == []


def test_a_bucket_for_audits_is_asked_about(settings: WorkerSettings) -> None:
    """Where one is set."""
    kept = settings.model_copy(update={"audit_bucket": "audits-of-ours"})
    (one,) = situations(ME, [a_source("orders", KEY)], kept)
    assert one.words["AUDIT_BUCKET"] == "audits-of-ours"
