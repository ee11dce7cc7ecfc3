"""Every line of docs/iam is needed by a migration on record, and each is seen to be missed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import pytest
from policies_of_stories import AGENT, WORKERS
from recorded_calls import VALUES, recorded, stories

from sandbox.aws.iam import documents
from sandbox.aws.iam.decision import Denial, decide
from sandbox.aws.iam.documents import Statement
from sandbox.aws.iam.gate import Asked
from sandbox.aws.iam.need import Need, request_tags, resource_tags
from sandbox.aws.iam.other_needs import NEEDS
from sandbox.aws.iam.rds_needs import ACTS_ON

ME = "arn:aws:sts::123456789012:assumed-role/daybreak-worker/worker"
GUARD = "guard"


@cache
def loaded(name: str) -> tuple[Statement, ...]:
    """A document, as the records have it filled in."""
    return documents.load(name, VALUES)


EVERY = [one for name in documents.names() for one in loaded(name)]
ALLOWING = [one for one in EVERY if not one.denies]


@cache
def calls(story: str) -> tuple[Asked, ...]:
    """What a story called."""
    return tuple(recorded(story))


def held(story: str, role: str) -> list[Statement]:
    """What a role is given in a story."""
    names = AGENT if role == "pooler" else WORKERS[story]
    return [one for name in names for one in loaded(name)]


def judged(story: str, changed: Statement, into: Statement | None) -> Iterator[Denial]:
    """What a story's calls come to, with one statement as it should not be."""
    for asked in calls(story):
        before = held(story, asked.role)
        if changed in before:
            instead = [one if one is not changed else into for one in before]
            denial = decide(asked.needs, [one for one in instead if one is not None])
            if denial is not None:
                yield denial


def missed(changed: Statement, into: Statement | None) -> list[Denial]:
    """The refusals in all stories."""
    return [one for story in stories() for one in judged(story, changed, into)]


def assert_said(denials: Sequence[Denial], *, action: str = "") -> None:
    """Something is refused, in AWS's words."""
    assert denials, "nothing on record needs it"
    words = denials[0].words(ME)
    named = denials[0].need.action
    assert f"User: {ME} is not authorized to perform: {named}" in words
    assert words.endswith(f"because no identity-based policy allows the {named} action")
    assert not action or action in {one.need.action for one in denials}


def test_every_story_has_its_policies_and_its_calls() -> None:
    """None is left out."""
    assert stories() == sorted(WORKERS)
    assert {*AGENT, *(name for names in WORKERS.values() for name in names)} == set(
        documents.names()
    )


@pytest.mark.parametrize("story", stories())
def test_the_policies_allow_what_a_story_calls(story: str) -> None:
    """As they stand nothing is refused."""
    for asked in calls(story):
        assert decide(asked.needs, held(story, asked.role)) is None, asked


@pytest.mark.parametrize("statement", ALLOWING, ids=lambda one: one.name)
def test_a_statement_that_is_missing_is_missed(statement: Statement) -> None:
    """Left out once, a migration is refused something, in AWS's words."""
    denials = missed(statement, None)
    assert_said(denials)
    assert {one.need.action for one in denials} <= set(statement.actions)


ACTIONS = [(one, action) for one in ALLOWING for action in one.actions]


@pytest.mark.parametrize(
    ("statement", "action"), ACTIONS, ids=[f"{one.name}-{action}" for one, action in ACTIONS]
)
def test_an_action_that_is_missing_is_missed(statement: Statement, action: str) -> None:
    """No statement has an action too many."""
    assert_said(missed(statement, statement.without(action)), action=action)


RESOURCES = [(one, resource) for one in ALLOWING for resource in one.resources]


@pytest.mark.parametrize(
    ("statement", "resource"),
    RESOURCES,
    ids=[f"{one.name}-{resource}" for one, resource in RESOURCES],
)
def test_a_resource_that_is_missing_is_missed(statement: Statement, resource: str) -> None:
    """No statement has a resource too many."""
    rest = tuple(one for one in statement.resources if one != resource)
    assert_said(missed(statement, replace(statement, resources=rest)))


def spoiled(need: Need, operator: str, key: str) -> Need:
    """The same request or resource, as the condition does not want it."""
    context = {name: values for name, values in need.context if name != key}
    if operator == "ForAllValues:StringEquals":
        context[key] = (*(need.values(key) or ()), "somebody-elses")
    elif operator in {"Bool", "StringEquals"}:
        context[key] = ("another",)
    return Need.of(need.action, need.resource, context)


CONDITIONS = [(one, number) for one in ALLOWING for number in range(len(one.conditions))]


@pytest.mark.parametrize(
    ("statement", "number"),
    CONDITIONS,
    ids=[f"{one.name}-{one.conditions[n][0]}-{one.conditions[n][1]}" for one, n in CONDITIONS],
)
def test_a_condition_keeps_something_out(statement: Statement, number: int) -> None:
    """What it is there against is refused, and would be allowed without it."""
    operator, key, _ = statement.conditions[number]
    rest = statement.conditions[:number] + statement.conditions[number + 1 :]
    without = replace(statement, conditions=rest)
    kept_out = []
    for story in stories():
        for asked in calls(story):
            given = held(story, asked.role)
            if statement in given:
                instead = [one if one is not statement else without for one in given]
                for need in asked.needs:
                    if statement.speaks_of(need):
                        odd = [spoiled(need, operator, key)]
                        if decide(odd, given) and not decide(odd, instead):
                            kept_out.append(need)
    assert kept_out, "the condition changes nothing"


@pytest.mark.parametrize(
    "statement", [one for one in EVERY if one.denies], ids=lambda one: one.name
)
def test_a_denial_holds_against_whatever_else_is_allowed(statement: Statement) -> None:
    """With everything allowed by somebody, it alone keeps what others made."""
    everything = Statement(
        "elsewhere", "Everything", False, statement.actions, ("*",), conditions=()
    )
    for action in statement.actions:
        foreign = [Need.of(action, "arn:aws:rds:eu-west-1:123456789012:db:orders")]
        denial = decide(foreign, [everything, statement])
        assert denial is not None
        assert denial.explicit
        assert denial.words(ME).endswith("with an explicit deny in an identity-based policy")
        assert decide(foreign, [everything]) is None


RDS = "arn:aws:rds:eu-west-1:123456789012"
SECRETS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret"
KEYS = "arn:aws:kms:eu-west-1:123456789012:key"
GRANT = {"kms:GrantIsForAWSResource": ("true",), "kms:ViaService": ("rds.eu-west-1.amazonaws.com",)}
NAMES = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
OURS = request_tags({"daybreak:migration": "orders-0001"})


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("rds:PromoteReadReplicaDBCluster", f"{RDS}:cluster:theirs", {}),
        ("rds:ModifyDBCluster", f"{RDS}:cluster:theirs", {}),
        ("rds:DeleteDBCluster", f"{RDS}:cluster:theirs", {}),
        ("rds:DeleteDBInstance", f"{RDS}:db:orders", {}),
        ("rds:DeleteDBSnapshot", f"{RDS}:snapshot:daybreak-0", {}),
        ("rds:DeleteDBSnapshot", f"{RDS}:snapshot:theirs", resource_tags({"a": "b"})),
        ("rds:DeleteDBParameterGroup", f"{RDS}:pg:daybreak-0", {}),
        ("rds:ModifyDBParameterGroup", f"{RDS}:pg:theirs", {}),
        ("rds:ModifyDBInstance", f"{RDS}:db:billing", {}),
        ("rds:RebootDBInstance", f"{RDS}:db:billing", {}),
        ("rds:AddTagsToResource", f"{RDS}:db:orders", request_tags({"team": "shop"})),
        ("rds:AddTagsToResource", f"{RDS}:db:orders", {}),
        ("rds:AddTagsToResource", f"{RDS}:cluster:theirs", request_tags({"daybreak:epoch": "1"})),
        ("rds:AddTagsToResource", f"{RDS}:pg:theirs", OURS),
        ("rds:RemoveTagsFromResource", f"{RDS}:db:orders", {"aws:TagKeys": ("team",)}),
        ("rds:CreateDBCluster", f"{RDS}:cluster:new", {}),
        ("rds:CreateDBInstance", f"{RDS}:db:new", {}),
        ("rds:CreateDBSnapshot", f"{RDS}:db:billing", OURS),
        ("kms:CreateGrant", f"{KEYS}/the-key", {}),
        ("kms:CreateGrant", f"{KEYS}/another", GRANT),
        ("kms:DescribeKey", f"{KEYS}/another", {}),
        ("secretsmanager:GetSecretValue", f"{SECRETS}:app/orders-suffix", {}),
        ("secretsmanager:GetSecretValue", f"{SECRETS}:theirs-suffix", {}),
        (
            "route53:ChangeResourceRecordSets",
            "arn:aws:route53:::hostedzone/the-zone",
            {NAMES: ("orders.db.example.com", "www.example.com")},
        ),
        (
            "route53:ChangeResourceRecordSets",
            "arn:aws:route53:::hostedzone/another",
            {NAMES: ("orders.db.example.com",)},
        ),
        ("s3:PutObject", "arn:aws:s3:::the-bucket/theirs", {}),
        ("s3:PutObject", "arn:aws:s3:::another/daybreak/orders-0001/audit.jsonl", {}),
        ("s3:DeleteObject", "arn:aws:s3:::the-bucket/daybreak/orders-0001/audit.jsonl", {}),
        ("s3:BypassGovernanceRetention", "arn:aws:s3:::the-bucket/daybreak/o/audit.jsonl", {}),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/x", {}),
    ],
)
def test_all_documents_together_still_refuse(
    action: str, resource: str, context: dict[str, tuple[str, ...]]
) -> None:
    """Whoever holds everything that is meant for workers may not do this."""
    everything = [one for one in EVERY if one.document not in AGENT]
    assert decide([Need.of(action, resource, context)], everything) is not None


def test_the_agents_read_the_applications_logins_alone() -> None:
    """Daybreak's own are none of theirs."""
    for secret, may in (("app/orders-suffix", True), ("daybreak/orders-suffix", False)):
        need = Need.of("secretsmanager:GetSecretValue", f"{SECRETS}:{secret}")
        assert (decide([need], loaded(*AGENT)) is None) is may


def test_the_sandbox_knows_what_each_allowed_action_acts_on() -> None:
    """A call that is allowed and not mapped would be answered with `SandboxDoesNotKnow`."""
    mapped = {
        *(f"rds:{action}" for action in ACTS_ON),
        *NEEDS,
        "kms:CreateGrant",
        "s3:PutObjectRetention",
    }
    assert {action for one in EVERY for action in one.actions} <= mapped
