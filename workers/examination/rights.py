"""What each document of docs/iam comes to: whether its lines are allowed, or left out by choice."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migration.examination import Finding, failure, good, warning
from workers.aws.identity import Question
from workers.aws.meant import questions

NAME = "AWS permissions"
ROUTE53 = "route53"
AUDITOR = "auditor"
#: Without these no migration gets through.
NEEDED = ("observer", "builder", "cut-over")
#: What may be given when it is needed: with the window, not before.
FOR_THE_WINDOW = "cut-over"
#: What some teams leave out, whole: that is told, and no fault.
CHOSEN = ("login", "undertaker", "way-back", "remedies", "without-login")
#: The same of a single statement, by what can't be done then.
CHOSEN_STATEMENTS = {"RestoreTheCopy": "nobody can migrate by snapshot"}

#: Those of a question's actions that are denied.
Denied = Callable[[Question], Sequence[str]]


@dataclass(frozen=True)
class Situation:
    """A source that may be moved: what stands for the documents' words, and a name of ours."""

    words: Mapping[str, str]
    own_name: str


def of_document(
    document: str, situations: Sequence[Situation], denied: Denied, *, needed: bool
) -> Iterator[Finding]:
    """A line for what is allowed, and one for each action that is not.

    A team may give some of its sources only, so one of them for which all is allowed is enough.
    """
    name = f"{NAME}, {document}"
    statements: list[_Statement] = []
    for situation in situations:
        statements = _asked(document, situation, denied)
        if not any(one.missing for one in statements):
            yield good(name, f"{sum(len(one.actions) for one in statements)} lines allowed")
            return
    if not needed and all(one.left_out for one in statements):
        yield good(name, "is not given to the workers: what it is for stops, and says so")
    elif document == FOR_THE_WINDOW and all(one.left_out for one in statements):
        yield warning(
            name,
            "is not given: a cut-over that is approved fails",
            f"Give it before the window: docs/iam/{document}.json.",
        )
    else:
        for one in statements:
            yield from _of_statement(document, one, needed=needed)


@dataclass
class _Statement:
    sid: str
    actions: tuple[str, ...]
    resources: int
    #: By action, the resources on which it is denied.
    missing: dict[str, list[str]]

    @property
    def left_out(self) -> bool:
        """None of its lines is there, on any resource."""
        return all(len(self.missing.get(one, ())) == self.resources for one in self.actions)


def _asked(document: str, situation: Situation, denied: Denied) -> list[_Statement]:
    found: dict[str, _Statement] = {}
    for sid, question in questions(document, situation.words, situation.own_name):
        statement = found.setdefault(sid, _Statement(sid, question.actions, 0, {}))
        statement.resources += 1
        for action in denied(question):
            statement.missing.setdefault(action, []).append(question.resource)
    return list(found.values())


def _of_statement(document: str, statement: _Statement, *, needed: bool) -> Iterator[Finding]:
    name, sid = f"{NAME}, {document}", statement.sid
    if statement.missing and statement.left_out and sid in CHOSEN_STATEMENTS:
        yield good(name, f"`{sid}` is not given: {CHOSEN_STATEMENTS[sid]}")
        return
    level = failure if needed else warning
    for action, resources in statement.missing.items():
        more = f" and {len(resources) - 1} more" if len(resources) > 1 else ""
        yield level(
            name,
            f"`{action}` is denied on `{resources[0]}`{more}",
            f'Add the line `"{action}"` of statement `{sid}` in docs/iam/{document}.json.',
        )
