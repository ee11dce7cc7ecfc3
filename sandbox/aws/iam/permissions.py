"""Roles with the documents of docs/iam: given, taken away, and what came of them."""

from collections.abc import Sequence
from dataclasses import replace

from sandbox.aws.iam import documents
from sandbox.aws.iam.documents import Values
from sandbox.aws.iam.gate import Asked, Gate, Role


class Permissions:
    """Who may call what, while the cloud runs."""

    def __init__(self, gate: Gate, words: Values) -> None:
        """`words` are what an operator puts for those of the documents."""
        self._gate = gate
        self._words = words

    def give(self, key: str, name: str, *policies: str, **words: str) -> None:
        """Attach documents to whoever signs with this access key, instead of what it had.

        From the first one on, only those who were given some may call, and the account's owner.
        `words` are values for those that the account does not know (`ZONE_ID`).
        """
        values = {**self._words, **{word: (value,) for word, value in words.items()}}
        statements = tuple(one for document in policies for one in documents.load(document, values))
        self._gate.roles = {**self._gate.roles, key: Role(name, statements)}

    def take_away(self, statement: str) -> None:
        """Every role loses a statement (`document.Sid`), as if somebody had left it out.

        Raises:
            LookupError: no role has it.
        """
        held = (one.name for role in self._gate.roles.values() for one in role.statements)
        if statement not in held:
            raise LookupError(f"No role has a statement {statement}.")
        self._gate.roles = {
            key: replace(
                role, statements=tuple(one for one in role.statements if one.name != statement)
            )
            for key, role in self._gate.roles.items()
        }

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every call that a role was allowed, with what it needed; once each."""
        return self._gate.asked

    @property
    def denied(self) -> tuple[str, ...]:
        """What roles were denied, in AWS's words; once each."""
        return self._gate.denied

    @property
    def failures(self) -> Sequence[BaseException]:
        """Calls that nobody has told the sandbox the needs of."""
        return self._gate.failures
