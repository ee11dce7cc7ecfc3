"""What the doctor says of a role's permissions, by what the sandbox's evaluator denies it."""

from collections.abc import Callable, Sequence

import pytest
from recorded_calls import VALUES

from migration.examination import Finding, Level
from sandbox.aws.iam import documents
from sandbox.aws.iam.decision import decide
from sandbox.aws.iam.documents import Statement
from sandbox.aws.iam.need import Need
from workers.aws.identity import Question
from workers.examination.rights import CHOSEN, NEEDED, ROUTE53, Situation, of_document

WORDS = {word: value for word, (value,) in VALUES.items()}
ORDERS = Situation(WORDS, "orders-aurora")
BILLING = Situation({**WORDS, "SOURCE": "billing"}, "billing-aurora")
EVERY = (*NEEDED, *CHOSEN, ROUTE53)


def all_of(*names: str) -> list[Statement]:
    """Those documents, for `orders` alone."""
    return [one for name in names for one in documents.load(name, VALUES)]


def by(held: Sequence[Statement]) -> Callable[[Question], list[str]]:
    """What somebody is denied who holds these."""

    def denied(question: Question) -> list[str]:
        needs = {
            action: Need.of(action, question.resource, dict(question.context))
            for action in question.actions
        }
        return [action for action, need in needs.items() if decide([need], held) is not None]

    return denied


def said(
    document: str, held: Sequence[Statement], *situations: Situation, needed: bool = True
) -> list[Finding]:
    """The document's lines."""
    return list(of_document(document, situations or (ORDERS,), by(held), needed=needed))


@pytest.mark.parametrize("document", EVERY)
def test_who_holds_the_document_reads_one_good_line(document: str) -> None:
    """With how many lines were asked about."""
    (one,) = said(document, all_of(*documents.names()))
    assert one.level is Level.GOOD
    assert one.detail.endswith("lines allowed")


@pytest.mark.parametrize("needed", [True, False])
@pytest.mark.parametrize("document", EVERY)
def test_each_action_that_is_missing_is_named(document: str, *, needed: bool) -> None:
    """Once each, with the statement and the document to add it to."""
    whole = all_of(document)
    for statement in whole:
        for action in statement.actions:
            less = [one if one is not statement else one.without(action) for one in whole]
            if sum(len(one.actions) for one in less) == 0:
                continue  # that is a document left out
            found = said(document, less, needed=needed)
            if found[0].level is Level.GOOD:
                assert statement.sid == "RestoreTheCopy"
                continue
            (one,) = found
            assert one.level is (Level.FAILURE if needed else Level.WARNING)
            assert one.detail.startswith(f"`{action}` is denied on `")
            assert f"statement `{statement.sid}` in docs/iam/{document}.json" in one.remedy


@pytest.mark.parametrize("document", CHOSEN)
def test_a_document_left_out_whole_is_a_choice(document: str) -> None:
    """Its absence is told, and is no fault."""
    (one,) = said(document, [], needed=False)
    assert (one.level, "is not given" in one.detail) == (Level.GOOD, True)


def test_the_cut_over_can_be_given_with_the_window() -> None:
    """Whole it may wait, with a warning; in part it may not."""
    (one,) = said("cut-over", [])
    assert one.level is Level.WARNING
    assert "docs/iam/cut-over.json" in one.remedy
    assert {one.level for one in said("cut-over", all_of("cut-over")[1:])} == {Level.FAILURE}


def test_who_never_migrates_by_snapshot_leaves_a_statement_out() -> None:
    """It is told; the others of its document are no choice."""
    held = [one for one in all_of("builder") if one.sid != "RestoreTheCopy"]
    (one,) = said("builder", held)
    assert one.level is Level.GOOD
    assert "nobody can migrate by snapshot" in one.detail
    assert {one.level for one in said("builder", [])} == {Level.GOOD, Level.FAILURE}


def test_one_source_that_has_it_all_is_enough() -> None:
    """Sources are given one by one; where none has it, the last that was asked about is named."""
    held = all_of("builder")
    assert [one.level for one in said("builder", held, BILLING, ORDERS)] == [Level.GOOD]
    (one,) = said("builder", held, BILLING)
    assert one.level is Level.FAILURE
    assert ":db:billing`" in one.detail
