"""What the gate answers itself: who somebody is, and what their policies allow (simulation)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from sandbox.aws.iam.call import Call
from sandbox.aws.iam.decision import decide
from sandbox.aws.iam.documents import Statement
from sandbox.aws.iam.need import ANYTHING, Need

IDENTITY, SIMULATION = "sts:GetCallerIdentity", "iam:SimulatePrincipalPolicy"
OWN = frozenset({IDENTITY, SIMULATION})
_ID = (
    "<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId>"
    "</ResponseMetadata>"
)
_IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AROA{name}:{name}</UserId>"
    "<Account>{account}</Account></GetCallerIdentityResult>"
    f"{_ID}</GetCallerIdentityResponse>"
)
_SIMULATION = (
    '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
    "<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
    "<EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>"
    f"{_ID}</SimulatePrincipalPolicyResponse>"
)
_RESULT = (
    "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}"
    "</EvalResourceName><EvalDecision>{decision}</EvalDecision></member>"
)
_ENTRY = re.compile(r"ContextEntries\.member\.(\d+)\.ContextKeyName")


def identity(account: str, name: str, arn: str) -> str:
    """STS's answer to who asks."""
    return _IDENTITY.format(account=account, name=escape(name), arn=escape(arn))


def simulation(call: Call, statements: Sequence[Statement]) -> str:
    """IAM's answer: each action on each resource, as these statements decide it."""
    context = _context(call.parameters)
    results = []
    for action in _listed(call.parameters, "ActionNames"):
        for resource in _listed(call.parameters, "ResourceArns") or (ANYTHING,):
            denial = decide([Need.of(action, resource, context)], statements)
            decision = "allowed"
            if denial is not None:
                decision = "explicitDeny" if denial.explicit else "implicitDeny"
            results.append(
                _RESULT.format(action=escape(action), resource=escape(resource), decision=decision)
            )
    return _SIMULATION.format(results="".join(results))


def _context(parameters: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found = {}
    for key, name in parameters.items():
        if entry := _ENTRY.fullmatch(key):
            prefix = f"ContextEntries.member.{entry[1]}.ContextKeyValues"
            found[str(name)] = tuple(_listed(parameters, prefix))
    return found


def _listed(parameters: Mapping[str, Any], name: str) -> Iterable[str]:
    number, found = 1, []
    while (key := f"{name}.member.{number}") in parameters:
        found.append(str(parameters[key]))
        number += 1
    return found
