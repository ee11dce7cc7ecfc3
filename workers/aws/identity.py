"""Who we are to AWS, and what it says that we may do."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import boto3
from botocore.config import Config

from workers.aws.clients import CONNECT_TIMEOUT_SECONDS, MOST_ATTEMPTS, READ_TIMEOUT_SECONDS
from workers.aws.errors import asking

_ASSUMED = re.compile(
    r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/.+"
)
ALLOWED = "allowed"


@dataclass(frozen=True)
class Caller:
    """Whose credentials these are."""

    account: str
    arn: str

    @property
    def policies_of(self) -> str:
        """The ARN of the role or the user that the policies are attached to.

        AWS names an assumed role without its path: a role that has one is not found by this.
        """
        found = _ASSUMED.fullmatch(self.arn)
        if found is None:
            return self.arn
        return f"arn:{found['partition']}:iam::{found['account']}:role/{found['role']}"


@dataclass(frozen=True)
class Question:
    """Whether actions are allowed on a resource, in a context: condition keys and their values."""

    actions: tuple[str, ...]
    resource: str
    context: Mapping[str, tuple[str, ...]]


class IdentityGateway:
    """Asks STS and IAM; changes nothing. Raises what `workers.aws.errors.asking` raises."""

    def __init__(self, sts: Any, iam: Any) -> None:
        """Over these clients."""
        self._sts = sts
        self._iam = iam

    @classmethod
    def open(cls, region: str) -> Self:
        """With clients of its own, for whoever asks once."""
        session = boto3.Session(region_name=region)
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": MOST_ATTEMPTS},
        )
        return cls(session.client("sts", config=config), session.client("iam", config=config))

    def close(self) -> None:
        """Let go of connections."""
        self._sts.close()
        self._iam.close()

    def caller(self) -> Caller:
        """Whose credentials ours are; AWS asks no permission for this."""
        with asking("sts:GetCallerIdentity"):
            answer = self._sts.get_caller_identity()
        return Caller(str(answer["Account"]), str(answer["Arn"]))

    def denied(self, whose: str, question: Question) -> Sequence[str]:
        """Those of the actions that the policies of this role or user do not allow.

        By `iam:SimulatePrincipalPolicy`, which looks at what is attached and calls nothing.
        """
        with asking("iam:SimulatePrincipalPolicy"):
            answer = self._iam.simulate_principal_policy(
                PolicySourceArn=whose,
                ActionNames=list(question.actions),
                ResourceArns=[question.resource],
                ContextEntries=[_entry(key, list(of)) for key, of in question.context.items()],
            )
        allowed = {
            one["EvalActionName"]
            for one in answer["EvaluationResults"]
            if one["EvalDecision"] == ALLOWED
        }
        # what was not answered is not allowed
        return [action for action in question.actions if action not in allowed]


def _entry(key: str, values: list[str]) -> dict[str, Any]:
    kind = "boolean" if values in (["true"], ["false"]) else "string"
    if key == "aws:TagKeys" or key.startswith("route53:"):
        kind = "stringList"
    return {"ContextKeyName": key, "ContextKeyValues": values, "ContextKeyType": kind}
