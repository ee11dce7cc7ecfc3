"""What can go wrong at the edge to Slack: why, and who can or what to do; mrkdwn."""

from bot.messages.text import mention, mentions
from migration.errors import DaybreakError
from migration.model import Migration


class IdentityUnknown(DaybreakError):
    """Slack did not say who you are, so this is refused; nothing was changed."""

    def __init__(self, ask: str = "whoever runs Daybreak") -> None:
        super().__init__(
            "Slack did not say who you are and which groups you are in, so this is refused and "
            f"nothing was changed. Try again in a moment; if it goes on, ask {ask}."
        )


class NotAMember(DaybreakError):
    """Guests, bots and people from outside act on nothing."""

    def __init__(self, approvers: frozenset[str]) -> None:
        super().__init__(
            "Only full members of this workspace can do this: no guests, no bots, nobody from "
            f"outside. Nothing was changed. {mentions(approvers)} can help."
        )


class NobodyElse(DaybreakError):
    """Nobody could approve this migration, so it is not started.

    You are the only one who may approve, and whoever asks for a migration never approves it. Let
    somebody else ask for it, or have whoever runs Daybreak add an approver (`DAYBREAK_APPROVERS`,
    or a member of the user group that stands there).
    """

    def __init__(self, wanted: int = 1) -> None:
        several = (
            f"It takes {wanted} approvals, and there are not as many full members who may give "
            "one. So this migration is not started.\n\nWhoever runs Daybreak can name more "
            "approvers in the rule for this source (`DAYBREAK_APPROVAL_POLICY`), or put people "
            "into the user group that stands there."
        )
        super().__init__(several if wanted > 1 else None)


class NotYours(DaybreakError):
    """It was asked for by somebody else, and you are no approver."""

    def __init__(
        self, act: str, migration: Migration, approvers: frozenset[str], link: str
    ) -> None:
        live = f" <{link}|The live message>" if link else ""
        super().__init__(
            f"You can't {act} `{migration.id}`: you did not ask for it, and you are not among the "
            f"approvers. {mention(migration.requester)}, who asked for it, can, and so can "
            f"{mentions(approvers)}. Nothing was changed.{live}"
        )


class NotYoursToMend(DaybreakError):
    """A source is changed by whoever moves it, or by an approver."""

    def __init__(self, source: str, migration: Migration | None, approvers: frozenset[str]) -> None:
        who = f"{mention(migration.requester)}, who moves it, can, and so " if migration else ""
        super().__init__(
            f"You can't have `{source}` mended: you are not among the approvers"
            f"{', and did not ask for its migration' if migration else ''}. {who or 'These '}can "
            f"{mentions(approvers)}. Nothing was changed."
        )


class ForApproversOnly(DaybreakError):
    """What a remedy takes away can't be had back, so an approver decides, and not who moves it."""

    def __init__(self, source: str, remedy: str, approvers: frozenset[str]) -> None:
        super().__init__(
            f"You move `{source}`, and can have other things mended there; `{remedy}` takes away "
            f"what can't be had back, or costs for good, so an approver asks for it. "
            f"{mentions(approvers)} can. Nothing was changed."
        )


class FormOver(DaybreakError):
    """This form is not kept any more."""


class NowhereToShow(DaybreakError):
    """A migration has to be shown where its approvers see it, and Daybreak can't post here.

    Nothing was started. Type `/migrate start` in a channel that Daybreak is in; every member of a
    channel can invite it there with `/invite @daybreak`. Whoever runs Daybreak can name a channel
    that stands in (`DAYBREAK_CHANNEL`).
    """


class ShownNowhere(DaybreakError):
    """A migration's channel takes no messages, and no other channel stands in; it goes on."""

    def __init__(self, channel: str, reason: str) -> None:
        super().__init__()
        self.channel = channel
        #: Slack's word for it.
        self.reason = reason


class TriggerLost(DaybreakError):
    """Slack took too long to open the dialog, so nothing happened. Please do it once more."""


class TurnLost(DaybreakError):
    """Somebody else brings this migration's channel up to date now."""


class SlackNotNow(DaybreakError):
    """Slack did not do what Daybreak asked of it. Look at the live message, then try once more."""

    #: Whether Slack may have done it all the same.
    maybe_done = False

    def __init__(self, reason: str, seconds: float = 0.0) -> None:
        super().__init__()
        self.reason = reason
        #: When it is worth another try.
        self.seconds = seconds


class SlackLimits(SlackNotNow):
    """Slack has had enough of Daybreak for a moment, so nothing happened. Please try once more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it asks to wait for {seconds:.0f} s", seconds)


class SlackAway(SlackNotNow):
    """Slack did not answer Daybreak. Look at the live message, then try once more."""

    def __init__(self, reason: str, seconds: float = 0.0, *, maybe_done: bool = True) -> None:
        super().__init__(reason, seconds)
        self.maybe_done = maybe_done
