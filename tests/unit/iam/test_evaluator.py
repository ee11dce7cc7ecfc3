"""The evaluator decides as IAM does, and takes nothing that it does not look at."""

from typing import Any

import pytest

from sandbox.aws.iam import rds_needs
from sandbox.aws.iam.call import Call
from sandbox.aws.iam.conditions import NotUnderstood
from sandbox.aws.iam.decision import decide
from sandbox.aws.iam.directory import Directory
from sandbox.aws.iam.documents import Statement, parse
from sandbox.aws.iam.need import Need, request_tags, resource_tags
from sandbox.aws.iam.other_needs import NEEDS
from sandbox.aws.iam.patterns import like

HERE = Directory("123456789012", "eu-west-1")
ROLE = "arn:aws:iam::123456789012:role/rds-monitoring"
DB = "arn:aws:rds:eu-west-1:123456789012:db:orders"
VALUES = {"SOURCE": ("orders", "billing")}


def statement(**elements: Any) -> dict[str, Any]:
    """One that allows to reboot anything, but for what is said otherwise."""
    return {
        "Sid": "One",
        "Effect": "Allow",
        "Action": "rds:RebootDBInstance",
        "Resource": "*",
        **elements,
    }


def document(*statements: dict[str, Any]) -> tuple[Statement, ...]:
    """A document of these."""
    return parse("test", {"Version": "2012-10-17", "Statement": list(statements)}, VALUES)


def allowed(need: Need, *statements: dict[str, Any]) -> bool:
    """Whether these allow it."""
    return decide([need], document(*statements)) is None


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"Condition": {"DateLessThan": {"aws:TagKeys": "x"}}}, "operator `DateLessThan`"),
        ({"Condition": {"StringEqualsIfExists": {"aws:TagKeys": "x"}}}, "IfExists"),
        ({"Condition": {"Null": {"aws:SourceIp": "true"}}}, "condition key `aws:SourceIp`"),
        ({"Condition": {"Null": {"rds:req-tag/x": "true"}}}, "condition key `rds:req-tag/x`"),
        ({"Principal": "*"}, "Principal"),
        ({"NotAction": "rds:RebootDBInstance"}, "NotAction"),
        ({"NotResource": DB}, "NotResource"),
        ({"Effect": "Permit"}, "Allow or Deny"),
        ({"Action": "rds:*"}, "one action, by its full name"),
        ({"Action": ["rds:RebootDBInstance", "rds:Describe*"]}, "`rds:Describe\\*`"),
        ({"Resource": "arn:aws:rds:REGION:1:db:x"}, "nothing is given for REGION"),
        ({"Resource": "arn:aws:rds:r:1:db:${aws:username}"}, "policy variables"),
        (
            {"Condition": {"StringEquals": {"kms:ViaService": "rds.REGION.amazonaws.com"}}},
            "nothing is given for REGION",
        ),
    ],
)
def test_what_is_not_evaluated_is_not_loaded(elements: dict[str, Any], words: str) -> None:
    """It must never look as if it were held; the message says where it stands."""
    with pytest.raises(NotUnderstood, match=rf"test\.One: .*{words}"):
        document(statement(**elements))


def test_a_document_has_a_version_and_names_that_differ() -> None:
    """Statements are told apart by their Sid."""
    with pytest.raises(NotUnderstood, match="Version"):
        parse("test", {"Statement": []}, {})
    with pytest.raises(NotUnderstood, match="same Sid"):
        document(statement(), statement())
    raw = statement()
    del raw["Resource"]
    with pytest.raises(NotUnderstood, match="Resource is missing"):
        document(raw)


def test_a_word_stands_for_each_of_its_values() -> None:
    """An operator may name several sources."""
    (one,) = document(statement(Resource="arn:aws:rds:eu-west-1:123456789012:db:SOURCE"))
    assert one.resources == (DB, DB.replace("orders", "billing"))


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("*", "anything", True),
        ("db:orders", "db:orders", True),
        ("db:orders", "db:orders-2", False),
        ("db:*", "db:a/b\nc", True),
        ("db:order?", "db:orders", True),
        ("db:order?", "db:order", False),
        ("db:[a-z]", "db:a", False),
        ("a.c", "abc", False),
    ],
)
def test_wildcards_are_iam_s(pattern: str, value: str, fits: bool) -> None:
    """Two of them, and nothing of globs or regular expressions."""
    assert like(pattern, value) is fits


def test_what_nothing_allows_is_denied_and_a_deny_beats_every_allow() -> None:
    """The order of statements is no matter."""
    need = Need.of("rds:RebootDBInstance", DB)
    deny = statement(Sid="No", Effect="Deny")
    assert allowed(need, statement())
    assert not allowed(need)
    assert not allowed(need, statement(), deny)
    assert not allowed(need, deny, statement())
    assert not allowed(Need.of("rds:DeleteDBInstance", DB), statement())


def test_every_need_of_a_call_has_to_be_allowed() -> None:
    """One that is denied is the one that is named."""
    needs = [Need.of("rds:RebootDBInstance", DB), Need.of("rds:RebootDBInstance", f"{DB}-2")]
    denial = decide(needs, document(statement(Resource=DB)))
    assert denial is not None
    assert denial.need == needs[1]
    assert denial.words("me") == (
        f"User: me is not authorized to perform: rds:RebootDBInstance on resource: {DB}-2 "
        "because no identity-based policy allows the rds:RebootDBInstance action"
    )


TAGGED = Need.of("rds:RebootDBInstance", DB, resource_tags({"team": "shop"}))
TAGGING = Need.of("rds:RebootDBInstance", DB, request_tags({"a": "1", "b": "2"}))
BARE = Need.of("rds:RebootDBInstance", DB)


@pytest.mark.parametrize(
    ("need", "condition", "holds"),
    [
        (TAGGED, {"StringEquals": {"aws:ResourceTag/team": ["shop", "bank"]}}, True),
        (TAGGED, {"StringEquals": {"aws:ResourceTag/team": "sho*"}}, False),
        (TAGGED, {"StringLike": {"aws:ResourceTag/team": "sho*"}}, True),
        (BARE, {"StringLike": {"aws:ResourceTag/team": "*"}}, False),
        (TAGGED, {"Null": {"aws:ResourceTag/team": "false"}}, True),
        (BARE, {"Null": {"aws:ResourceTag/team": "false"}}, False),
        (BARE, {"Null": {"aws:ResourceTag/team": "true"}}, True),
        (TAGGING, {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}}, True),
        (TAGGING, {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}, False),
        # as with IAM: nothing is among anything
        (BARE, {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}, True),
        (TAGGING, {"StringEquals": {"aws:RequestTag/a": "1"}}, True),
        (TAGGING, {"StringEquals": {"aws:RequestTag/a": "1", "aws:RequestTag/b": "1"}}, False),
        (
            TAGGING,
            {
                "StringEquals": {"aws:RequestTag/a": "1"},
                "Null": {"aws:RequestTag/c": "false"},
            },
            False,
        ),
    ],
)
def test_conditions_hold_as_with_iam(need: Need, condition: dict[str, Any], holds: bool) -> None:
    """All operators and all keys have to; an absent key fails all but `Null` and `ForAllValues`."""
    assert allowed(need, statement(Condition=condition)) is holds


def asked(action: str, **parameters: str) -> list[Need]:
    """The needs of a call to RDS."""
    found = rds_needs.needs(Call("worker", "rds", action, parameters), HERE)
    assert found is not None
    return list(found)


def test_a_role_that_is_handed_over_has_to_be_allowed_to_its_service() -> None:
    """`iam:PassRole` on that role, and to the service that gets it alone."""
    needs = asked("ModifyDBInstance", DBInstanceIdentifier="orders", MonitoringRoleArn=ROLE)
    modify = statement(Sid="Modify", Action="rds:ModifyDBInstance")

    def passing(service: str) -> dict[str, Any]:
        return statement(
            Sid="Pass",
            Action="iam:PassRole",
            Resource=ROLE,
            Condition={"StringEquals": {"iam:PassedToService": service}},
        )

    assert decide(needs, document(modify, passing("monitoring.rds.amazonaws.com"))) is None
    for odd in ([modify], [modify, passing("ec2.amazonaws.com")]):
        denial = decide(needs, document(*odd))
        assert denial is not None
        assert (denial.need.action, denial.need.resource) == ("iam:PassRole", ROLE)


def test_what_is_made_needs_its_tags_its_groups_and_its_key() -> None:
    """Each resource that a call names counts, and what comes with it."""
    needs = asked(
        "CreateDBCluster",
        **{
            "DBClusterIdentifier": "c",
            "DBClusterParameterGroupName": "g",
            "DBSubnetGroupName": "s",
            "Engine": "aurora-postgresql",
            "EngineVersion": "15.4",
            "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/k",
            "Tags.Tag.1.Key": "daybreak:migration",
            "Tags.Tag.1.Value": "orders-0001",
        },
    )
    rds, kms = "arn:aws:rds:eu-west-1:123456789012", "arn:aws:kms:eu-west-1:123456789012"
    assert [(need.action, need.resource) for need in needs] == [
        ("rds:CreateDBCluster", f"{rds}:cluster:c"),
        ("rds:CreateDBCluster", f"{rds}:cluster-pg:g"),
        ("rds:CreateDBCluster", f"{rds}:subgrp:s"),
        ("rds:CreateDBCluster", f"{rds}:og:default:aurora-postgresql-15"),
        ("rds:AddTagsToResource", f"{rds}:cluster:c"),
        ("kms:CreateGrant", f"{kms}:key/k"),
        ("kms:DescribeKey", f"{kms}:key/k"),
    ]
    assert needs[0].values("aws:TagKeys") == ("daybreak:migration",)
    assert needs[0].values("aws:RequestTag/daybreak:migration") == ("orders-0001",)


def test_an_alarm_is_made_with_its_tags() -> None:
    """CloudWatch wants the tagging allowed, too."""
    parameters = {"AlarmName": "lag", "Tags": [{"Key": "daybreak:migration", "Value": "orders-0"}]}
    call = Call("worker", "cloudwatch", "PutMetricAlarm", parameters)
    made = list(NEEDS[call.name](call, HERE))
    arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:lag"
    assert [(need.action, need.resource) for need in made] == [
        ("cloudwatch:PutMetricAlarm", arn),
        ("cloudwatch:TagResource", arn),
    ]
    assert made[0].values("aws:RequestTag/daybreak:migration") == ("orders-0",)


def test_a_call_that_names_nothing_is_one_on_everything() -> None:
    """It is not allowed for want of something to ask about."""
    (need,) = asked("RebootDBInstance")
    assert need.resource == "*"
    assert not allowed(need, statement(Resource=DB))


def test_an_action_without_a_line_has_no_needs_rather_than_none_to_meet() -> None:
    """Nothing must be allowed only because nobody said what it acts on."""
    assert rds_needs.needs(Call("worker", "rds", "StartExportTask", {}), HERE) is None
