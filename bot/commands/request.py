"""What somebody typed after `/migrate`, and the way to answer them."""

from dataclasses import dataclass

from bot.messages.text import Message
from bot.respond import Respond


@dataclass(frozen=True)
class Request:
    """A sub-command with its argument, who typed it and where."""

    typed: str
    argument: str
    user: str
    channel: str
    trigger_id: str
    respond: Respond

    def answer(self, message: Message) -> None:
        """Say it to this person alone."""
        self.respond(message.text, blocks=message.blocks)
