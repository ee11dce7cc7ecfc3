"""AWS's clock: what it dates itself is never held against a clock of ours."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from migration.errors import Permanent

# The header has whole seconds: what happened so much later happened after the answer.
RESOLUTION = timedelta(seconds=1)


class NoDate(Permanent):
    """AWS's answer does not say when it was given: nothing that AWS dates can be judged by it."""


def told_at(answer: Mapping[str, Any]) -> datetime:
    """When AWS gave this answer (boto3's, with its metadata), to the second below.

    Raises:
        NoDate: something on the way took the date out.
    """
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except ValueError as error:
        raise NoDate from error
    return date if date.tzinfo else date.replace(tzinfo=UTC)
