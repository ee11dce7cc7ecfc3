"""Whether Aurora takes what the source is set to and built on, by what AWS says beforehand.

What the target really offers, the replica itself tells: `validate_target` and the gate ask it.
"""

from collections.abc import Iterator

from migration.preflight import Level
from workers.postgres import inventory
from workers.preflight.check import Check, Family, Found
from workers.preflight.subject import Subject
from workers.steps.findings import named
from workers.steps.parameter_rules import (
    EXTENSIONS,
    PRELOADED,
    Families,
    library_names,
    refused,
)

# Candidates to be missing on Aurora, where AWS does not say what it has.
_DOUBTFUL_EXTENSIONS = frozenset({"mysql_fdw", "pg_transport", "plrust", "rds_tools"})


def _parameters(subject: Subject) -> Iterator[Found]:
    for blocker in refused(subject.parameter_rows):
        if PRELOADED not in blocker.what:
            yield Found(blocker.what, blocker.remedy)


def _preloaded(subject: Subject) -> Iterator[Found]:
    for blocker in refused(subject.parameter_rows):
        if PRELOADED in blocker.what:
            yield Found(blocker.what)
    families = subject.families
    there = families.find(PRELOADED) if families else None
    if families and (there is None or not there.allowed):
        yield Found(
            "AWS does not say which libraries Aurora can preload.",
            "Nothing: the validation of the target compares what is preloaded there.",
            Level.INFORMATION,
        )


def _extensions(subject: Subject) -> Iterator[Found]:
    used = inventory.extensions(subject.connection)
    offered = _offered(subject.families)
    if offered:
        missing = sorted(set(used) - offered)
        if missing:
            yield Found(
                f"Database `{subject.database}` uses {named(missing)}, which Aurora does not have."
            )
        return
    doubtful = sorted(set(used) & _DOUBTFUL_EXTENSIONS)
    if doubtful:
        yield Found(
            f"Database `{subject.database}` uses {named(doubtful)}, and AWS does not say whether "
            "Aurora has it.",
            "Ask AWS; the validation of the target tells for sure.",
            Level.WARNING,
        )


def _offered(families: Families | None) -> set[str]:
    there = families.find(EXTENSIONS) if families else None
    return set(library_names(there.value or "")) if there else set()


CHECKS = (
    Check(
        "standby-parameters",
        "Aurora takes the values that a standby needs",
        Level.BLOCKER,
        Family.CLOUD,
        "A replica that has less of them than its source stops replaying.",
        "Set them on the source to what Aurora takes, and reboot it.",
        _parameters,
    ),
    Check(
        "preloaded-libraries",
        "Aurora can preload the libraries that the source preloads",
        Level.BLOCKER,
        Family.CLOUD,
        "What needs such a library fails on the target.",
        "Take it out of `shared_preload_libraries`, and reboot the source.",
        _preloaded,
    ),
    Check(
        "extensions",
        "Aurora has every extension that it uses",
        Level.BLOCKER,
        Family.DATABASE,
        "The copy would have the extension's objects, and not its files.",
        "Drop it on the source, or stay on RDS.",
        _extensions,
    ),
)
