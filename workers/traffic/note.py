"""What Daybreak keeps beside a name, in a TXT record: which attempt led it where, and its TTL."""

import re
from dataclasses import dataclass

_TEXT = re.compile(
    r'^"daybreak epoch=(?P<epoch>\d+) to=(?P<to>\S*) ttl=(?P<ttl>\d*) since=(?P<since>\d*)"$'
)


@dataclass(frozen=True)
class Note:
    """The record's text."""

    #: the highest attempt that has acted; an older one is refused
    epoch: int = 0
    #: where that attempt led the name; empty before the first
    to: str = ""
    #: seconds: what the name's TTL was before it was lowered; None while it is its own
    ttl: int | None = None
    #: unix seconds: when it was lowered
    since: int | None = None

    @classmethod
    def read(cls, text: str) -> "Note | None":
        """The note; None when somebody else has written this."""
        found = _TEXT.match(text)
        if found is None:
            return None
        return cls(
            epoch=int(found["epoch"]),
            to=found["to"],
            ttl=int(found["ttl"]) if found["ttl"] else None,
            since=int(found["since"]) if found["since"] else None,
        )

    def __str__(self) -> str:
        ttl = "" if self.ttl is None else self.ttl
        since = "" if self.since is None else self.since
        return f'"daybreak epoch={self.epoch} to={self.to} ttl={ttl} since={since}"'
