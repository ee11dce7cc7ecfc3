"""IAM's decision: a Deny beats every Allow, and what nothing allows is denied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.aws.iam.documents import Statement
from sandbox.aws.iam.need import ANYTHING, Need


@dataclass(frozen=True)
class Denial:
    """What was missing; `explicit` where a statement denies it."""

    need: Need
    explicit: bool

    def words(self, principal: str) -> str:
        """AWS's own."""
        action, resource = self.need.action, self.need.resource
        on = "" if resource == ANYTHING else f" on resource: {resource}"
        why = (
            "with an explicit deny in an identity-based policy"
            if self.explicit
            else f"because no identity-based policy allows the {action} action"
        )
        return f"User: {principal} is not authorized to perform: {action}{on} {why}"


def decide(needs: Iterable[Need], statements: Sequence[Statement]) -> Denial | None:
    """The first need that these statements do not meet; None when all is allowed."""
    for need in needs:
        meant = [one for one in statements if one.speaks_of(need)]
        if any(one.denies for one in meant):
            return Denial(need, explicit=True)
        if not meant:
            return Denial(need, explicit=False)
    return None
