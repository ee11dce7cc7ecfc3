"""The whole state of a workspace; it lives in the server's event loop and nowhere else."""

from dataclasses import dataclass, field

from sandbox.slack.cast import Cast
from sandbox.slack.changes import Changes
from sandbox.slack.channels import Channels
from sandbox.slack.directory import Directory
from sandbox.slack.files import Files
from sandbox.slack.identifiers import Timestamps
from sandbox.slack.manifest import Manifest
from sandbox.slack.marks import Marks
from sandbox.slack.modals import Modals
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.timings import Timings
from sandbox.slack.tokens import Tokens
from sandbox.slack.traffic import Traffic
from sandbox.slack.triggers import Triggers
from sandbox.slack.trouble.faults import Faults
from sandbox.slack.trouble.rate_limits import RateLimits


@dataclass
class Team:
    """Everything there is in the workspace."""

    tokens: Tokens
    cast: Cast
    manifest: Manifest
    timings: Timings
    #: Where people are, and where the app calls: the latter can refuse connections.
    base_url: str = ""
    app_url: str = ""
    traffic: Traffic = field(default_factory=Traffic)
    changes: Changes = field(default_factory=Changes)
    timestamps: Timestamps = field(default_factory=Timestamps)
    faults: Faults = field(default_factory=Faults)
    limits: RateLimits = field(default_factory=RateLimits)
    #: Types of blocks that this workspace does not take yet, as Slack rolls new ones out.
    refused_blocks: frozenset[str] = frozenset()
    directory: Directory = field(init=False)
    channels: Channels = field(init=False)
    modals: Modals = field(init=False)
    triggers: Triggers = field(init=False)
    response_urls: ResponseUrls = field(init=False)
    files: Files = field(init=False)
    marks: Marks = field(init=False)

    def __post_init__(self) -> None:
        self.directory = Directory(self.cast)
        self.clear()

    def clear(self) -> None:
        """Forget everything that was said and done; people, tokens and the log of traffic stay.

        Faults end too, rate limits and refused blocks; an app's entrance that was closed stays so.
        """
        self.faults.end()
        self.limits.switch(on=False)
        self.refused_blocks = frozenset()
        self.channels = Channels(self.cast, self.directory)
        self.modals = Modals()
        self.triggers = Triggers(self.timings.trigger)
        self.response_urls = ResponseUrls(self.timings.response_url)
        self.files = Files(self.timings.file_scan)
        self.marks = Marks()
        self.changes.mark()
