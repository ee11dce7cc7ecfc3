"""Where an answer goes that a worker's look has to precede: a modal, and the button behind it."""

import json
from dataclasses import dataclass
from typing import Self

from bot.messages.buttons import Press


@dataclass(frozen=True)
class Reply:
    """A modal that waits, by Slack's id of it."""

    view_id: str
    press: Press

    @classmethod
    def parse(cls, reply_to: str) -> Self:
        """What `value` said."""
        found = json.loads(reply_to)
        return cls(str(found["view"]), Press.parse(found["press"]))

    @property
    def value(self) -> str:
        """The same for `Engine.observe`."""
        return json.dumps({"view": self.view_id, "press": self.press.value})
