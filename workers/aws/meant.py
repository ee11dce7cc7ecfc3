"""What the documents of docs/iam mean to allow, as questions that IAM can be asked."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workers.aws.identity import Question
from workers.aws.permissions import FOLDER, WORD, listed, statements

# What a statement asks to be there, whatever it is.
_ANY = "daybreak-doctor"


def questions(
    document: str, words: Mapping[str, str], name: str, folder: Path = FOLDER
) -> Iterator[tuple[str, Question]]:
    """Each resource of each statement that allows something, in the case that it is meant for.

    With the statement's `Sid`. `words` are for those of the document: statements with others are
    left out, because this installation has no such thing. `name` stands for any name of ours.
    """
    for statement in statements(folder / f"{document}.json"):
        if statement["Effect"] != "Allow":
            continue
        conditions = statement.get("Condition", {})
        for resource in listed(statement["Resource"]):
            if all(word in words for word in _words(resource, conditions)):
                actions = tuple(listed(statement["Action"]))
                on = "*" if resource == "*" else _filled(resource, words).replace("*", name)
                yield statement["Sid"], Question(actions, on, _context(conditions, words))


def _context(
    conditions: Mapping[str, Mapping[str, Any]], words: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Values with which all of the conditions hold."""
    found: dict[str, tuple[str, ...]] = {}
    there = []
    for operator, keys in conditions.items():
        for key, wanted in keys.items():
            values = tuple(_filled(one, words) for one in listed(wanted))
            if operator == "Null":
                there += [key] if values == ("false",) else []
            else:
                many = operator.startswith("ForAllValues:")
                found[key] = values if many else values[:1]
    for key in there:
        found.setdefault(key, (_ANY,))
    return found


def _words(resource: str, conditions: Mapping[str, Mapping[str, Any]]) -> set[str]:
    texts = [resource]
    for keys in conditions.values():
        texts += [one for wanted in keys.values() for one in listed(wanted)]
    return {word for text in texts for word in WORD.findall(text) if word != "*"}


def _filled(text: str, words: Mapping[str, str]) -> str:
    return WORD.sub(lambda found: words.get(found.group(), found.group()), text)
