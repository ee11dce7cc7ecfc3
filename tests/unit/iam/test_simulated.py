"""The doctor's questions about permissions: the documents allow each, and nothing else does."""

from collections.abc import Iterator

import pytest
from recorded_calls import VALUES

from sandbox.aws.iam import documents, own
from sandbox.aws.iam.call import Call
from sandbox.aws.iam.decision import decide
from sandbox.aws.iam.documents import Statement
from sandbox.aws.iam.need import Need
from workers.aws.identity import Caller, Question
from workers.aws.meant import questions
from workers.examination.rights import AUDITOR, CHOSEN, NEEDED, ROUTE53

WORDS = {word: value for word, (value,) in VALUES.items()}
#: A denial allows nothing, the agents are not asked, and the doctor's own is seen by asking.
NOT_ASKED = {"guard", "pooler-agent", "doctor"}
ASKED = [
    (document, sid, question)
    for document in documents.names()
    for sid, question in questions(document, WORDS, "orders-aurora")
]
EACH = pytest.mark.parametrize(
    ("document", "sid", "question"), ASKED, ids=[f"{d}.{s}-{q.resource}" for d, s, q in ASKED]
)


def judged(question: Question, held: list[Statement]) -> set[str]:
    """Those of its actions that are denied."""
    context = dict(question.context)
    return {
        action
        for action in question.actions
        if decide([Need.of(action, question.resource, context)], held) is not None
    }


def all_but(name: str = "") -> list[Statement]:
    """Every document, the denials too, without one statement."""
    loaded = (one for document in documents.names() for one in documents.load(document, VALUES))
    return [one for one in loaded if one.name != name]


@EACH
def test_who_has_the_documents_is_told_of_no_denial(
    document: str, sid: str, question: Question
) -> None:
    """In the case that a question makes up, its own statement alone allows it."""
    assert judged(question, all_but()) == set()
    alone = [one for one in documents.load(document, VALUES) if one.sid == sid]
    assert judged(question, alone) == set()


@EACH
def test_who_lacks_the_statement_is_told(document: str, sid: str, question: Question) -> None:
    """Without any document every action is denied, and with all but its statement's own too."""
    assert judged(question, []) == set(question.actions)
    others = [one for one in documents.load(document, VALUES) if one.sid != sid]
    assert judged(question, others) == set(question.actions)


def test_every_line_of_every_document_is_asked_about() -> None:
    """Each action on each resource; whoever adds a document says whether it is needed."""
    allowing = [one for one in all_but() if not one.denies]
    for statement in allowing:
        mine = [q for d, sid, q in ASKED if f"{d}.{sid}" == statement.name]
        assert len(mine) == len(statement.resources), statement.name
        assert all(q.actions == statement.actions for q in mine)
    assert {*NEEDED, *CHOSEN, ROUTE53, AUDITOR} | NOT_ASKED == set(documents.names())


def test_what_an_installation_has_not_is_not_asked() -> None:
    """No encrypted source: no key."""
    words = {word: value for word, value in WORDS.items() if word != "KEY_ID"}
    said = {sid for sid, _ in questions("builder", words, "orders-aurora")}
    assert "LetRdsUseTheKey" not in said
    assert "MakeTheCluster" in said


@pytest.mark.parametrize(
    ("arn", "policies_of"),
    [
        ("arn:aws:sts::1234:assumed-role/daybreak/i-0abc", "arn:aws:iam::1234:role/daybreak"),
        ("arn:aws-cn:sts::1:assumed-role/d/s", "arn:aws-cn:iam::1:role/d"),
        ("arn:aws:iam::1234:user/daybreak", "arn:aws:iam::1234:user/daybreak"),
    ],
)
def test_policies_hang_on_the_role_or_the_user(arn: str, policies_of: str) -> None:
    """A session of a role is not what they are attached to."""
    assert Caller("1234", arn).policies_of == policies_of


def asked(parameters: dict[str, str]) -> Iterator[str]:
    """The decisions that the sandbox's IAM gives, in order."""
    call = Call("key", "iam", "SimulatePrincipalPolicy", parameters)
    text = own.simulation(call, documents.load("undertaker", VALUES))
    for part in text.split("<EvalDecision>")[1:]:
        yield part.partition("<")[0]


def test_the_sandbox_simulates_by_the_context_that_it_is_given() -> None:
    """A tag that is said to be there counts, and one that is not does not."""
    question = {
        "ActionNames.member.1": "rds:DeleteDBCluster",
        "ActionNames.member.2": "rds:CreateDBCluster",
        "ResourceArns.member.1": "arn:aws:rds:eu-west-1:123456789012:cluster:x",
    }
    tagged = {
        "ContextEntries.member.1.ContextKeyName": "aws:ResourceTag/daybreak:migration",
        "ContextEntries.member.1.ContextKeyValues.member.1": "orders-0001",
        "ContextEntries.member.1.ContextKeyType": "string",
    }
    assert list(asked(question)) == ["implicitDeny", "implicitDeny"]
    assert list(asked({**question, **tagged})) == ["allowed", "implicitDeny"]
