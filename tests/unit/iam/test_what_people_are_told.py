"""Of a denied call people hear the action, on what, and which line of which document is missing."""

from pathlib import Path

import pytest

from workers.aws import permissions

ME = "arn:aws:sts::123456789012:assumed-role/daybreak/worker"
RDS = "arn:aws:rds:eu-west-1:123456789012"
SECRETS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret"
TAG = "rds:AddTagsToResource"


def by_aws(action: str, resource: str = "", why: str = "") -> str:
    """AWS's words."""
    on = f" on resource: {resource}" if resource else ""
    why = why or f"because no identity-based policy allows the {action} action"
    return f"User: {ME} is not authorized to perform: {action}{on} {why}"


@pytest.mark.parametrize(
    ("called", "tags", "action", "resource", "places"),
    [
        ("rds:DescribeDBInstances", (), "", f"{RDS}:db:*", ["observer.json LookAtDatabases"]),
        ("ec2:DescribeSubnets", (), "", "", ["observer.json LookAtTheNetwork"]),
        ("rds:CreateDBCluster", (), "", f"{RDS}:cluster:x", ["builder.json MakeTheCluster"]),
        ("rds:CreateDBCluster", (), TAG, f"{RDS}:cluster:x", ["builder.json TagWhatItMakes"]),
        (
            "rds:CreateDBCluster",
            (),
            "kms:CreateGrant",
            "arn:aws:kms:eu-west-1:123456789012:key/k",
            ["builder.json LetRdsUseTheKey"],
        ),
        (TAG, ("daybreak:epoch",), "", f"{RDS}:cluster:x", ["cut-over.json SayTheEpoch"]),
        (TAG, ("daybreak:moved-to",), "", f"{RDS}:db:x", ["cut-over.json SayWhereTheSourceMoved"]),
        (
            TAG,
            ("daybreak:epoch", "daybreak:fence"),
            "",
            f"{RDS}:db:x",
            ["without-login.json SayHowTheSourceStands"],
        ),
        (
            "rds:ModifyDBInstance",
            (),
            "",
            f"{RDS}:db:x",
            [
                "remedies.json MendTheSource",
                "way-back.json ProtectTheSource",
                "without-login.json CloseTheSource",
            ],
        ),
        (
            "secretsmanager:GetSecretValue",
            (),
            "",
            f"{SECRETS}:daybreak/orders-AbCdEf",
            ["login.json ReadItsOwnLogins"],
        ),
        # as Secrets Manager says it, by the name that it was asked for
        (
            "secretsmanager:GetSecretValue",
            (),
            "",
            "app/orders",
            ["pooler-agent.json ReadTheApplicationsLogins"],
        ),
    ],
)
def test_the_missing_line_is_named(
    called: str, tags: tuple[str, ...], action: str, resource: str, places: list[str]
) -> None:
    """The one that is meant for this call, and no other."""
    denied = action or called
    told = permissions.told(called, "AccessDenied", by_aws(denied, resource), tags)
    assert f"AWS refused `{denied}`" in told
    assert f"on `{resource}`" in told or not resource
    assert f"to `{ME}`" in told
    assert (f"which `{called}` needs" in told) is bool(action)
    assert f'the line `"{denied}"` in ' in told
    found = permissions.lines(called, permissions.Denied(denied, resource), tags)
    assert [f"{line.document} {line.sid}" for line in found] == places
    for place in places:
        document, sid = place.split()
        assert f"`{sid}` of docs/iam/{document}" in told


def test_a_line_that_is_there_may_not_hold() -> None:
    """Then it is its condition that people have to look at."""
    words = by_aws("rds:DeleteDBCluster", f"{RDS}:cluster:x")
    told = permissions.told("rds:DeleteDBCluster", "AccessDenied", words)
    assert "its condition does not hold: it goes by `aws:ResourceTag/daybreak:migration`" in told


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("with an explicit deny in a service control policy", "there is an explicit deny in a"),
        (
            "because no resource-based policy allows the kms:CreateGrant action",
            "no resource-based policy allows",
        ),
        ("because no permissions boundary allows the x action", "no permissions boundary allows"),
    ],
)
def test_another_reason_than_a_missing_line_is_aws_s_own(why: str, said: str) -> None:
    """Nobody is sent to add what is there."""
    told = permissions.told("kms:CreateGrant", "AccessDenied", by_aws("kms:CreateGrant", "k", why))
    assert said in told
    assert "docs/iam" not in told


def test_a_document_that_cannot_be_read_is_no_error(tmp_path: Path) -> None:
    """Somebody has edited it, or it is not there: the denial is told all the same."""
    line = '{"Sid": "A", "Effect": "Allow", "Action": "x:Y", "Resource": "*"}'
    for name, text in {
        "broken": "{",
        "other": "[1]",
        "odd": '{"Statement": [1]}',
        "bare": '{"Statement": [{}]}',
        "whole": f'{{"Statement": [{line}]}}',
    }.items():
        (tmp_path / f"{name}.json").write_text(text)
    found = permissions.lines("x:Y", permissions.Denied("x:Y"), folder=tmp_path)
    assert [line.sid for line in found] == ["A"]


def test_words_that_nobody_knows_are_kept() -> None:
    """The call itself says which line it may be."""
    told = permissions.told("rds:RebootDBInstance", "AccessDenied", "Not today")
    assert "AWS refused `rds:RebootDBInstance`: Not today (AccessDenied)." in told
    assert "`CloseTheSource` of docs/iam/without-login.json" in told
    assert "(docs/iam/README.md)" in permissions.told("x:Y", "AccessDenied", "Not today")
