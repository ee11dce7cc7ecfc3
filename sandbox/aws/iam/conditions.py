"""The conditions that are understood; a key or an operator that is not is an error when loaded."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.aws.iam.need import Need
from sandbox.aws.iam.patterns import like

KEYS = frozenset(
    {
        "aws:TagKeys",
        "iam:PassedToService",
        "kms:GrantIsForAWSResource",
        "kms:ViaService",
        "route53:ChangeResourceRecordSetsNormalizedRecordNames",
    }
)
#: Keys that end in a tag's name.
TAGS = ("aws:RequestTag/", "aws:ResourceTag/")

Values = tuple[str, ...]
Test = Callable[[Values | None, Values], bool]


def _equals(has: Values | None, wanted: Values) -> bool:
    return has is not None and len(has) == 1 and has[0] in wanted


def _like(has: Values | None, wanted: Values) -> bool:
    return has is not None and len(has) == 1 and any(like(one, has[0]) for one in wanted)


def _bool(has: Values | None, wanted: Values) -> bool:
    return has is not None and len(has) == 1 and has[0].lower() in {w.lower() for w in wanted}


def _null(has: Values | None, wanted: Values) -> bool:
    return ("true" if has is None else "false") in wanted


def _for_all_equal(has: Values | None, wanted: Values) -> bool:
    # As with IAM, nothing to look at is true: documents add a `Null` where that matters.
    return set(has or ()) <= set(wanted)


OPERATORS: dict[str, Test] = {
    "Bool": _bool,
    "ForAllValues:StringEquals": _for_all_equal,
    "Null": _null,
    "StringEquals": _equals,
    "StringLike": _like,
}

#: Operator, key, values: all of them have to hold.
Conditions = tuple[tuple[str, str, Values], ...]


class NotUnderstood(ValueError):
    """Something in a policy that is not looked at here must not look as if it were."""


def parsed(raw: Mapping[str, Any]) -> Conditions:
    """The `Condition` of a statement.

    Raises:
        NotUnderstood: an operator or a key that nothing here evaluates.
    """
    found = []
    for operator, keys in raw.items():
        if operator not in OPERATORS:
            raise NotUnderstood(f"The operator `{operator}` is not evaluated. {_how('OPERATORS')}")
        for key, values in keys.items():
            if key not in KEYS and not key.startswith(TAGS):
                raise NotUnderstood(f"The condition key `{key}` is not evaluated. {_how('KEYS')}")
            listed = (values,) if isinstance(values, str) else tuple(values)
            found.append((operator, key, listed))
    return tuple(found)


def hold(conditions: Conditions, need: Need) -> bool:
    """Whether all of them hold."""
    return all(OPERATORS[name](need.values(key), wanted) for name, key, wanted in conditions)


def _how(table: str) -> str:
    return (
        f"Add it to {table} of sandbox/aws/iam/conditions.py, and have the needs in "
        "sandbox/aws/iam/ carry its value."
    )
