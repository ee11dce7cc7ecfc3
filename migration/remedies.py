"""What Daybreak can mend of what a check found, once a person pressed the button: pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from migration.model import Facts, Migration, Status, pivot_of
from migration.plan import CREATE_REPLICA


@dataclass(frozen=True)
class Remedy:
    """One way of mending: its words are those of its button, its question and the docs."""

    #: Stable: people and records refer to it.
    name: str
    #: The checks that it turns green.
    checks: tuple[str, ...]
    #: What stands on its button.
    caption: str
    #: What will happen.
    does: str
    #: What it may interrupt, and for how long.
    interrupts: str
    #: What becomes of it when the migration is cancelled.
    on_cancel: str
    #: Nothing may be copied from the source yet: it is changed under the copy's feet otherwise.
    before_replica: bool = False
    #: What it takes away, costs or interrupts can't be had back: to move the source gives no right
    #: to that.
    approvers_only: bool = False

    @property
    def who_may(self) -> str:
        """Who may press its button."""
        if self.approvers_only:
            return "For approvers only."
        return "For approvers, and for whoever moves the source."


REPLICA_IDENTITY = "replica-identity"
DROP_SLOTS = "drop-slots"
SET_LOGGED = "set-logged"
BACKUPS = "enable-backups"
ENLARGE_STORAGE = "enlarge-storage"
REBOOT_IN_WINDOW = "reboot-in-window"
REBOOT_NOW = "reboot-now"

REMEDIES: tuple[Remedy, ...] = (
    Remedy(
        REPLICA_IDENTITY,
        ("replica-identity", "way-back-identity"),
        "Give replica identities",
        "Tables get a unique index without nulls as their replica identity, or FULL where there "
        "is none, which writes more WAL.",
        "Each is locked for a moment: it waits 2 s for that at most, others behind it.",
        "A cancel sets them back, but for tables that are published by then.",
    ),
    Remedy(
        DROP_SLOTS,
        ("unread-logical-slots",),
        "Drop unread slots",
        "The slots are dropped if nobody reads them still and they stand where they stood.",
        "No client notices. A consumer that comes back later has lost its place for good.",
        "A cancel can't bring them back.",
        approvers_only=True,
    ),
    Remedy(
        SET_LOGGED,
        ("unlogged-tables",),
        "Set tables logged",
        "Each table is rewritten, and its writes are logged from then on, which slows them down.",
        "Nobody reads or writes a table while it is rewritten; it waits 2 s for the lock at most.",
        "A cancel leaves them logged: going back would be another rewrite.",
        approvers_only=True,
    ),
    Remedy(
        BACKUPS,
        ("backups",),
        "Turn backups on",
        "Automated backups are turned on at once, and kept for a week.",
        "This interrupts the database: AWS takes it away for a moment, sessions may end.",
        "A cancel leaves them on: turning them off would interrupt it again.",
        before_replica=True,
    ),
    Remedy(
        ENLARGE_STORAGE,
        ("storage-headroom",),
        "Enlarge the storage",
        "The storage is enlarged at once, and costs more from then on.",
        "Nothing is interrupted. AWS takes no other change of it for 6 h or longer.",
        "It can't be made smaller again, by a cancel or otherwise.",
        before_replica=True,
        approvers_only=True,
    ),
    Remedy(
        REBOOT_IN_WINDOW,
        ("parameters-in-force",),
        "Reboot in its window",
        "It is rebooted once its next maintenance window opens; until then this can be called off.",
        "Every session ends then, and nobody can connect for a minute or longer.",
        "A cancel calls it off while it waits.",
        before_replica=True,
        approvers_only=True,
    ),
    Remedy(
        REBOOT_NOW,
        ("parameters-in-force",),
        "Reboot now",
        "It is rebooted at once, so that the parameters of its group come into force.",
        "Every session ends now, and nobody can connect for a minute or longer.",
        "A cancel changes nothing about it.",
        before_replica=True,
        approvers_only=True,
    ),
)
BY_NAME = {remedy.name: remedy for remedy in REMEDIES}


def is_for_approvers_only(name: str) -> bool:
    """Whether nobody but an approver may have it done; of one that is not known nobody else may."""
    remedy = BY_NAME.get(name)
    return remedy is None or remedy.approvers_only


def of_check(check: str) -> tuple[Remedy, ...]:
    """The remedies of one check."""
    return tuple(remedy for remedy in REMEDIES if check in remedy.checks)


@dataclass(frozen=True)
class Offer:
    """A remedy as it stands under what was found: what it would be done to."""

    remedy: str
    #: For people, one a thing.
    on: tuple[str, ...]
    #: The same for who does it: it is done to nothing else.
    params: Facts
    #: How long it may take, in seconds; None: a moment.
    seconds: float | None = None

    @property
    def mark(self) -> str:
        """Another one wherever anything else would be done: a button carries what was shown."""
        told = json.dumps([self.remedy, self.on, self.params], sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class RunState(StrEnum):
    """Where a remedy that was asked for stands."""

    ASKED = "asked for"
    DONE = "done"
    FAILED = "failed"
    SET_BACK = "set back"
    #: Before anything was done.
    CALLED_OFF = "called off"


@dataclass(frozen=True)
class Change:
    """One thing that was changed: written before the act, and marked when it is done."""

    what: str
    before: str
    after: str
    #: Unix seconds.
    at: float
    details: Facts = field(default_factory=dict)
    done: bool = False
    #: When that was seen, in unix seconds.
    done_at: float = 0.0

    def __str__(self) -> str:
        return f"{self.what}: {self.before} → {self.after}"


@dataclass(frozen=True)
class RemedyRun:
    """A remedy that somebody asked for: the record of who, what, and before and after.

    Times are unix seconds.
    """

    id: str
    source: str
    check: str
    offer: Offer
    by: str
    asked_at: float
    #: The look whose button was pressed: it is looked anew afterwards.
    check_run: str
    #: The migration that was under way then; empty: none.
    migration: str = ""
    #: Grows by one with every save.
    version: int = 1
    state: RunState = RunState.ASKED
    changes: tuple[Change, ...] = ()
    #: What it waits for.
    waiting: str = ""
    #: Why it failed, and what to do.
    problem: str = ""
    attempts: int = 0
    ended_at: float = 0.0
    #: Who called it off.
    called_off_by: str = ""
    #: Whether the source was looked at after its end.
    looked_again: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more is done."""
        return self.state is not RunState.ASKED

    @property
    def can_be_called_off(self) -> bool:
        """Whether it waits for its time, and nothing was begun."""
        waits = self.offer.remedy == REBOOT_IN_WINDOW
        return waits and not self.ended and not self.changes

    @property
    def remedy(self) -> Remedy | None:
        """What is known of it; None for one of another version of Daybreak."""
        return BY_NAME.get(self.offer.remedy)

    @property
    def done_changes(self) -> tuple[Change, ...]:
        """What was really changed."""
        return tuple(change for change in self.changes if change.done)


def lease_of(source: str) -> str:
    """What is held by whoever mends this source."""
    return f"remedy-of-{source}"


def to_be_set_back(runs: Iterable[RemedyRun]) -> tuple[RemedyRun, ...]:
    """Of a source's: those that changed something, the latest first.

    One that failed half-way has changed what it had come to.
    """
    found = [
        run
        for run in runs
        if run.state is not RunState.SET_BACK and run.changes and run.offer.remedy in SET_BACK
    ]
    return tuple(sorted(found, key=lambda run: run.asked_at, reverse=True))


#: Those that a cancel sets back.
SET_BACK = frozenset({REPLICA_IDENTITY})

_STANDS = frozenset({Status.ACTIVE, Status.PAUSED, Status.WAITING_FOR_APPROVAL, Status.HALTED})


def why_not_now(remedy: Remedy, migration: Migration | None) -> str:
    """Why a migration under way stands against it; empty when nothing does."""
    if migration is None:
        return ""
    if (
        migration.status not in _STANDS
        or migration.cut_over_began is not None
        or migration.cancelled_by
    ):
        return (
            f"`{migration.id}` is {migration.status}: nothing else is changed on "
            f"`{migration.source}` meanwhile."
        )
    if migration.position > pivot_of(migration.plan):
        return f"`{migration.id}` is past its cut-over: `{migration.source}` is the way back."
    names = [step.name for step in migration.plan.steps]
    begins = names.index(CREATE_REPLICA) if CREATE_REPLICA in names else pivot_of(migration.plan)
    if remedy.before_replica and migration.position >= begins:
        return (
            f"`{migration.id}` is being copied: this is for before. Cancel or drop the replica "
            "first."
        )
    return ""
