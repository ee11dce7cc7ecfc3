"""Why a cut-over does not begin, or goes back."""

from migration.errors import Permanent, Transient


class NotReady(Permanent):
    """The cut-over did not begin: a condition does not hold."""


class Cancelled(Permanent):
    """The migration was cancelled before the promotion was sent."""


class OverBudget(Transient):
    """The time for this was over."""


class NotSent(Transient):
    """The promotion's request did not leave: nothing was asked of AWS."""


class LeaseTooShort(Transient):
    """Too little of the lease is left for this act: another process may take over."""


class Stragglers(Transient):
    """Sessions did not end under the fence."""


class TargetNotFit(Permanent):
    """The promoted target is not what the source was."""


class NoTarget(Transient):
    """AWS knows no such cluster."""


class NoSource(Transient):
    """There is no connection to the source."""


class TargetGone(Transient):
    """A promotion was decided, and its cluster can't be found."""

    def __init__(self, source: str, cluster: str) -> None:
        """Say what a person can do."""
        super().__init__(
            f"A promotion was decided, and AWS knows no cluster `{cluster}`. If it was renamed, it "
            "may hold clients' writes: give it its name back. If it is lost for good, say so: "
            f"python -m workers recover {source} --reopen --target-is-lost"
        )


class Superseded(Permanent):
    """A successor has taken over: this attempt has nothing to say any more."""


class WayBackFailed(Permanent):
    """Going back failed as well: an engineer is needed now."""
