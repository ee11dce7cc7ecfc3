"""What the workers' settings demand, and how it is said."""

import pytest

from migration.adapters.settings import SettingsWrong, read_settings
from workers.settings import WorkerSettings

ALWAYS = {"AWS_REGION": "eu-west-1", "DAYBREAK_RDS_CA_FILE": "ca.pem"}
OF_POOLERS = {
    "DAYBREAK_POOLERS": "https://10.0.0.5:7443",
    "DAYBREAK_CERT_FILE": "daybreak.crt",
    "DAYBREAK_KEY_FILE": "daybreak.key",
    "DAYBREAK_CA_FILE": "ca.crt",
}
ROUTE53 = {"DAYBREAK_TRAFFIC": "route53"}
RECORDS = "DAYBREAK_ROUTE53_RECORDS"


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ALWAYS, *OF_POOLERS, *ROUTE53, RECORDS):
        monkeypatch.delenv(name, raising=False)


def read(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> WorkerSettings:
    """The settings of this environment."""
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return read_settings(WorkerSettings)


@pytest.mark.parametrize("missing", OF_POOLERS)
def test_poolers_need_their_settings(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Whatever is missing is named, and no more than that."""
    values = {name: value for name, value in OF_POOLERS.items() if name != missing}
    with pytest.raises(SettingsWrong, match=f"{missing}: .*needs it") as refusal:
        read(monkeypatch, ALWAYS | values)
    assert not any(name in str(refusal.value) for name in values)


@pytest.mark.parametrize(
    ("records", "complaint"),
    [
        ("", "it is missing, and DAYBREAK_TRAFFIC=route53 needs it"),
        ("orders", "orders is not SOURCE=ZONE_ID/NAME"),
        ("orders=Z1/a.example.com:x", "is not SOURCE=ZONE_ID/NAME"),
        ("orders=Z1/a.example.com,orders=Z1/b.example.com", "one record only"),
    ],
)
def test_a_name_needs_its_place(
    monkeypatch: pytest.MonkeyPatch, records: str, complaint: str
) -> None:
    """With names nothing of the poolers is needed, and a record that can't be read is shown."""
    with pytest.raises(SettingsWrong, match=f"{RECORDS}: .*{complaint}") as refusal:
        read(monkeypatch, ALWAYS | ROUTE53 | {RECORDS: records})
    assert "DAYBREAK_POOLERS" not in str(refusal.value)


def test_both_ways_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is complete is read."""
    assert read(monkeypatch, ALWAYS | OF_POOLERS).poolers == ("https://10.0.0.5:7443",)
    named = "orders=Z1/orders.db.example.com., billing=Z2/b.example.com:5433"
    found = read(monkeypatch, ALWAYS | ROUTE53 | {RECORDS: named})
    assert found.route53_records == tuple(named.split(", "))
