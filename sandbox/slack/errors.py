"""The one way in which a call of an app or an act of a person is refused."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What is wrong with a part of a payload, and where: a JSON pointer."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


class SlackError(Exception):
    """An error code of Slack's, with the problems that explain it."""

    def __init__(self, code: str, problems: Sequence[Problem] = (), note: str = "") -> None:
        super().__init__(" ".join([code, note, *map(str, problems)]).strip())
        self.code = code
        self.problems = tuple(problems)
        self.note = note

    def body(self) -> dict[str, object]:
        """The answer as Slack words it: the error's code, then pointers for whoever debugs."""
        answer: dict[str, object] = {"ok": False, "error": self.code}
        if self.problems:
            answer["errors"] = [str(problem) for problem in self.problems]
        messages = [f"[ERROR] {problem}" for problem in self.problems]
        if self.note:
            messages.append(f"[ERROR] {self.note}")
        if messages:
            answer["response_metadata"] = {"messages": messages}
        return answer
