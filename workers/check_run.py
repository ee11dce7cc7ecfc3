"""Carries a `/migrate check` out: every check once, nothing changed, the answer to the channel."""

import logging
from dataclasses import replace

from migration.errors import DaybreakError, StoreUnavailable
from migration.model import Migration
from migration.preflight import CheckRun, Report
from workers.app import Workbench
from workers.preflight import run as preflight
from workers.preflight.subject import Subject
from workers.remedies.offering import with_offers

log = logging.getLogger(__name__)


def carry_out(bench: Workbench, run_id: str) -> None:
    """Look, and answer; one that was answered already is left alone."""
    run = bench.checks.load(run_id)
    if run is not None and not run.answered:
        _answer(bench, run)


def carry_out_again(bench: Workbench, run_id: str) -> None:
    """Look anew, for the same place: something was mended, or could not be."""
    run = bench.checks.load(run_id)
    if run is not None:
        _answer(bench, run)


def _answer(bench: Workbench, run: CheckRun) -> None:
    try:
        answer = replace(run, report=_look(bench, run), problem="")
    except StoreUnavailable:
        # Nothing can be recorded: the reconciler asks again once Redis answers.
        raise
    except DaybreakError as error:
        answer = replace(run, problem=str(error))
    except Exception as error:  # a bug of ours or an answer nobody foresaw
        log.exception("The check of %s", run.source)
        words = f"Unexpected {type(error).__name__} in the check; see the worker's log."
        answer = replace(run, problem=words)
    bench.checks.answer(answer)


def _look(bench: Workbench, run: CheckRun) -> Report:
    instance = bench.tools.rds.instance(run.source)
    if instance is None:
        raise DaybreakError(f"There is no instance `{run.source}` in this account and Region.")
    migration = _under_way(bench, run.source)
    options = migration.options if migration else run.chosen
    subject = Subject(bench.tools, instance, options, migration)
    report = preflight.report(subject, preflight.look(subject, *preflight.EVERYTHING))
    return with_offers(subject, report)


def _under_way(bench: Workbench, source: str) -> Migration | None:
    """What a migration of it has made already does not stand against it."""
    return next((one for one in bench.store.under_way() if one.source == source), None)
