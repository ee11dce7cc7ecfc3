"""What the bot's processes write: a line for what matters, and none that says it twice."""

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
#: Each would write of every try what we write once, when it begins and when it is over.
LIBRARIES = (
    "slack_sdk.socket_mode.websocket_client",
    "slack_sdk.web.base_client",
    "slack_sdk.webhook.client",
    "websocket",
)


def begin() -> None:
    """Write to stderr, from now on."""
    logging.basicConfig(level=logging.INFO, format=FORMAT)
    # Two lines a job say nothing that the channel does not show.
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    # It would log whole requests of anybody, signatures included.
    logging.getLogger("slack_bolt.RequestVerification").setLevel(logging.WARNING)
    for name in LIBRARIES:
        # Not by level: the Socket Mode client sets websocket's anew.
        library = logging.getLogger(name)
        library.addHandler(logging.NullHandler())
        library.propagate = False
