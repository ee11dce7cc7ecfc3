"""What the way without a login needs: a group that lets nobody in, and a cycle of the log."""

from collections.abc import Iterator

from migration.preflight import Level
from workers.preflight.check import Check, Family, Found, Mode
from workers.preflight.subject import Subject
from workers.steps.without_login import log_cycle, quarantine
from workers.steps.without_login.log_cycle import CycleUnknown


def _quarantine(subject: Subject) -> Iterator[Found]:
    for blocker in quarantine.findings(subject.tools, subject.instance):
        yield Found(blocker.what, blocker.remedy)


def _cycle(subject: Subject) -> Iterator[Found]:
    try:
        cycle = log_cycle.read(subject.tools, subject.instance)
    except CycleUnknown as error:
        yield Found(str(error))
        return
    subject.seen |= {
        "wal_segment_bytes": cycle.segment_bytes,
        "wal_segment_size_from": cycle.origin,
        "archive_timeout_seconds": cycle.seconds,
    }
    least = cycle.least_pause(subject.tools.settings.datapoint_seconds)
    most = subject.options.max_write_pause_seconds
    if most < least:
        yield Found(
            f"The longest write pause is {most:g} s, and without a login the proof of the "
            f"catch-up alone takes {least:g} s: a whole cycle of `archive_timeout` "
            f"({cycle.seconds:g} s) by CloudWatch. The reboot comes on top.",
            "Cancel, and start again with a longer one.",
        )


CHECKS = (
    Check(
        "quarantine-group",
        "Its VPC has a security group that lets nobody in",
        Level.BLOCKER,
        Family.NETWORK,
        "Without a login a database is closed by its groups and a reboot.",
        "docs/without-login.md says how.",
        _quarantine,
        Mode.WITHOUT_LOGIN,
    ),
    Check(
        "log-cycle",
        "The longest write pause holds a cycle of its log",
        Level.BLOCKER,
        Family.CLOUD,
        "Without a login only the saw-tooth of its log shows that the replica has everything.",
        "docs/without-login.md says how.",
        _cycle,
        Mode.WITHOUT_LOGIN,
    ),
)
