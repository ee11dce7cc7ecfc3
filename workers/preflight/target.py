"""Whether the target could be made: a version, a class, free names, room in the quotas."""

from collections.abc import Iterator, Mapping
from functools import partial

from migration.preflight import Level
from workers.preflight.check import Check, Family, Found
from workers.preflight.subject import Subject
from workers.steps import marks
from workers.steps.aurora_choice import Choice, check_class
from workers.steps.findings import Blocker

# By AWS's name of the quota: what Daybreak makes of it for one migration.
NEEDED: Mapping[str, int] = {
    "DBClusters": 1,
    "DBInstances": 1,
    "DBClusterParameterGroups": 1,
    "DBParameterGroups": 1,
    "ManualSnapshots": 1,
}


def _version(subject: Subject) -> Iterator[Found]:
    if isinstance(subject.choice, Blocker):
        yield Found(subject.choice.what, subject.choice.remedy)


def _class(subject: Subject) -> Iterator[Found]:
    choice = subject.choice
    if not isinstance(choice, Choice):
        # Another check says so.
        return
    refusal = check_class(
        subject.target_class,
        bool(subject.options.instance_class),
        choice.version,
        subject.tools.rds.orderable_classes(choice.version),
    )
    if refusal:
        yield Found(refusal.what, refusal.remedy)


def _names(subject: Subject) -> Iterator[Found]:
    rds, migration = subject.tools.rds, subject.migration
    cluster = rds.cluster(subject.options.target)
    if cluster and not (migration and marks.ours(migration, cluster.tags)):
        yield Found(f"There is a cluster `{cluster.id}` already.")
    name = marks.first_instance(subject.options.target)
    member = rds.instance(name)
    if member and not (migration and marks.ours(migration, member.tags)):
        yield Found(
            f"There is an instance `{name}` already, and the target's first instance needs that "
            "name."
        )


def _quota(name: str, subject: Subject) -> Iterator[Found]:
    if subject.replica_exists:
        # Ours is counted already.
        return
    quota = subject.quotas.get(name)
    if quota and quota.used + NEEDED[name] > quota.most:
        yield Found(f"The quota `{name}` is used up: {quota.used} of {quota.most}.")


def _quota_check(name: str, what: str, remedy: str) -> Check:
    return Check(
        f"quota-{what.replace(' ', '-')}",
        f"The quota of {what} has room",
        Level.BLOCKER,
        Family.CLOUD,
        "AWS would refuse to make it when everything before it is there already.",
        remedy,
        partial(_quota, name),
    )


CHECKS = (
    Check(
        "aurora-version",
        "This Region offers an Aurora version that can replicate it",
        Level.BLOCKER,
        Family.CLOUD,
        "Aurora replicates the same major version, in the same or a higher minor.",
        "Wait until AWS offers one.",
        _version,
    ),
    Check(
        "instance-class",
        "Aurora can be ordered with the target's class",
        Level.BLOCKER,
        Family.CLOUD,
        "AWS would make the cluster and refuse its instance.",
        "Cancel, and start again with another class.",
        _class,
    ),
    Check(
        "names-free",
        "The names of the target are free",
        Level.BLOCKER,
        Family.CLOUD,
        "Daybreak finds its own work by name and tag, and touches nobody else's.",
        "Cancel, and start again with another name for the target.",
        _names,
    ),
    _quota_check("DBClusters", "clusters", "Raise it, or delete clusters that nobody needs."),
    _quota_check("DBInstances", "instances", "Raise it, or delete instances that nobody needs."),
    _quota_check(
        "DBClusterParameterGroups",
        "cluster parameter groups",
        "Raise it, or delete groups that nobody uses.",
    ),
    _quota_check(
        "DBParameterGroups", "parameter groups", "Raise it, or delete groups that nobody uses."
    ),
    _quota_check(
        "ManualSnapshots", "manual snapshots", "Raise it, or delete snapshots that nobody needs."
    ),
)
