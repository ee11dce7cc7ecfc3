"""One base for every error of ours; a class's docstring is its default message."""

import inspect


class DaybreakError(Exception):
    """Something in Daybreak went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))


class Transient(DaybreakError):
    """It did not work this time; it is tried again."""


class Permanent(DaybreakError):
    """It will not work until a person changes something."""


class NoSuchMigration(DaybreakError):
    """There is no migration of that id. `/migrate list` shows those there are."""


class SourceBusy(DaybreakError):
    """Another migration of this source is under way."""

    def __init__(self, source: str, migration_id: str) -> None:
        self.source = source
        self.migration_id = migration_id
        super().__init__(
            f"`{source}` is already being migrated by `{migration_id}`. One at a time: "
            f"`/migrate status {migration_id}` shows it, and how it can be ended."
        )


class Conflict(DaybreakError):
    """Somebody else changed this migration in the meantime; look at it again."""


class IllegalTransition(DaybreakError):
    """A migration can't go from this status to that one."""


class NotPossibleNow(DaybreakError):
    """That can't be done in the migration's present state."""


class TooLateToCancel(NotPossibleNow):
    """The promotion was decided before: the cut-over goes forward, or back by itself."""

    def __init__(self, promoting_since: float) -> None:
        super().__init__()
        #: Unix seconds.
        self.promoting_since = promoting_since


class StoreUnavailable(DaybreakError):
    """Redis does not answer, or takes no writes. Nothing was recorded; try again in a moment."""


class OutcomeUnknown(StoreUnavailable):
    """Redis went away meanwhile: this may be recorded or not. Look before you try again."""


class RecordUnreadable(DaybreakError):
    """A record in Redis is damaged, or of another version of Daybreak."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"`{key}` in Redis can't be read: another version of Daybreak may have written it, "
            "and can read it. It is left as it is."
        )


class UnsafeStore(DaybreakError):
    """Redis is not set up to keep what it is told."""


class InvalidOptions(DaybreakError):
    """What was asked for can't be planned."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)
