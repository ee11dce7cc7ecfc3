"""The secrets between a workspace and its app, made anew at each start."""

import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """The bot's token, the app-level token for Socket Mode, and the secret that signs requests."""

    bot: str
    app: str
    signing_secret: str

    @classmethod
    def generate(cls) -> "Tokens":
        """New ones, in the shape of Slack's."""
        return cls(
            bot=f"xoxb-1000000000001-1000000000002-{secrets.token_hex(12)}",
            app=f"xapp-1-A0DAYBREAK-1000000000003-{secrets.token_hex(32)}",
            signing_secret=secrets.token_hex(16),
        )
