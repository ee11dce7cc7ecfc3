"""Adds to what a look found what Daybreak can mend of it at the press of a button."""

import logging
from dataclasses import replace

from migration.errors import DaybreakError, StoreUnavailable
from migration.preflight import Report, Result, State
from migration.remedies import Offer, of_check
from workers.preflight.subject import Subject
from workers.remedies.registry import MENDERS

log = logging.getLogger(__name__)


def with_offers(subject: Subject, report: Report) -> Report:
    """The same report; each remedy stands under the worst of its checks alone."""
    offers: dict[str, tuple[Offer, ...]] = {}
    seen: set[str] = set()
    for result in report.worst_first:
        if result.state is State.FOUND:
            offers[result.check] = _offers(subject, result, seen)
    return replace(
        report,
        results=tuple(
            replace(result, offers=offers.get(result.check, ())) for result in report.results
        ),
    )


def _offers(subject: Subject, result: Result, seen: set[str]) -> tuple[Offer, ...]:
    found = []
    for remedy in of_check(result.check):
        if remedy.name in seen:
            continue
        seen.add(remedy.name)
        offer = _offer(subject, remedy.name)
        if offer is not None:
            found.append(offer)
    return tuple(found)


def _offer(subject: Subject, name: str) -> Offer | None:
    """What can't be found out is not offered: the finding stands all the same."""
    try:
        return MENDERS[name].offer(subject)
    except StoreUnavailable:
        raise
    except DaybreakError as error:
        log.warning("%s of %s is not offered: %s", name, subject.instance.id, error)
        return None
