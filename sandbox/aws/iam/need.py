"""What a call needs: actions on resources, each with what conditions can ask about."""

from collections.abc import Mapping
from dataclasses import dataclass

#: By condition key. Values are what the request or the resource has; a key that is not there is
#: absent, and `Null` can ask for that.
Context = Mapping[str, tuple[str, ...]]

ANYTHING = "*"


@dataclass(frozen=True)
class Need:
    """One action on one resource: an ARN, or `*` where the action has none."""

    action: str
    resource: str
    #: A `Context`, sorted, so that equal needs are equal.
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, action: str, resource: str, context: Context | None = None) -> "Need":
        """With a context as a mapping."""
        return cls(action, resource, tuple(sorted((context or {}).items())))

    def values(self, key: str) -> tuple[str, ...] | None:
        """What it has under a condition key; None where that is absent."""
        return dict(self.context).get(key)


def resource_tags(tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """A resource's tags as conditions know them."""
    return {f"aws:ResourceTag/{key}": (value,) for key, value in tags.items()}


def request_tags(tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """A request's tags as conditions know them."""
    if not tags:
        return {}
    named = {f"aws:RequestTag/{key}": (value,) for key, value in tags.items()}
    return {**named, "aws:TagKeys": tuple(sorted(tags))}
