"""Why `recover` does not act."""

from migration.errors import Permanent


class NothingToRecover(Permanent):
    """No cut-over of Daybreak's has begun on this database."""


class WillNot(Permanent):
    """That would lose writes, so it is not done."""
