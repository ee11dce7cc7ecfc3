"""What AWS does not carry over to the cluster: people have to make it anew, or to know it."""

from collections.abc import Callable, Iterator

from migration.preflight import Level
from workers.aws.resources import Instance
from workers.preflight.check import Check, Family, Found, of_instance
from workers.preflight.subject import Subject
from workers.steps.findings import named

STACK_TAG = "aws:cloudformation:stack-name"
OWN_TAGS = ("aws:", "daybreak:")


def _deletion(instance: Instance) -> Iterator[Found]:
    if not instance.deletion_protection:
        yield Found("Its deletion protection is off.")


def _secret(instance: Instance) -> Iterator[Found]:
    if instance.managed_secret:
        yield Found("RDS keeps the master user's password in a secret of its own.")


def _iam(instance: Instance) -> Iterator[Found]:
    if instance.iam_authentication:
        yield Found("IAM authentication is on, and policies name the instance's resource id.")


def _roles(instance: Instance) -> Iterator[Found]:
    if instance.roles:
        yield Found(f"Its IAM roles {named(instance.roles)} do not move.")


def _options(instance: Instance) -> Iterator[Found]:
    own = [name for name in instance.option_groups if not name.startswith("default:")]
    if own:
        yield Found(f"Its option group {named(own)} does not move: Aurora has none.")


def _domain(instance: Instance) -> Iterator[Found]:
    if instance.domains:
        yield Found(f"It is in the directory {named(instance.domains)} (Kerberos).")


def _activity_stream(instance: Instance) -> Iterator[Found]:
    if instance.activity_stream not in {"", "stopped"}:
        yield Found(f"Its database activity stream is `{instance.activity_stream}`.")


def _log_exports(instance: Instance) -> Iterator[Found]:
    if instance.log_exports:
        yield Found(f"Its logs {named(instance.log_exports)} go to CloudWatch; the target's won't.")


def _performance_insights(instance: Instance) -> Iterator[Found]:
    if instance.performance_insights:
        yield Found("Performance Insights is on; on the target it will be off.")


def _monitoring(instance: Instance) -> Iterator[Found]:
    if instance.monitoring_seconds:
        yield Found(
            f"Enhanced Monitoring is on (every {instance.monitoring_seconds} s); on the target it "
            "will be off."
        )


def _public(instance: Instance) -> Iterator[Found]:
    if instance.public:
        yield Found("It is reachable from the internet; the target will not be.")


def _dual_stack(instance: Instance) -> Iterator[Found]:
    if instance.network_type == "DUAL":
        yield Found("It has IPv6 addresses; the target will have none.")


def _stack(instance: Instance) -> Iterator[Found]:
    stack = instance.tags.get(STACK_TAG)
    if stack:
        yield Found(f"The CloudFormation stack `{stack}` made it, and knows nothing of the target.")


def _tags(instance: Instance) -> Iterator[Found]:
    own = sorted(name for name in instance.tags if not name.startswith(OWN_TAGS))
    if own:
        yield Found(f"Its tags {named(own)} are not put on the target.")


def _subscriptions(subject: Subject) -> Iterator[Found]:
    found = subject.tools.rds.event_subscriptions(subject.instance.id)
    if found:
        yield Found(f"The event subscriptions {named(found)} name it.")


def _warning(
    name: str, title: str, why: str, remedy: str, look: Callable[[Instance], Iterator[Found]]
) -> Check:
    return Check(name, title, Level.WARNING, Family.CLOUD, why, remedy, of_instance(look))


CHECKS = (
    _warning(
        "deletion-protection",
        "Its deletion protection is on",
        "It is the way back.",
        "Turn it on.",
        _deletion,
    ),
    _warning(
        "managed-secret",
        "Its master password is not managed by RDS",
        "The cluster takes the password, not the secret, and a rotation in between changes only "
        "one of both.",
        "Have it managed anew after the cut-over.",
        _secret,
    ),
    _warning(
        "iam-authentication",
        "IAM authentication is off",
        "The cluster has another resource id: logins by policy fail after the cut-over.",
        "Add the cluster's id to the policies before the cut-over.",
        _iam,
    ),
    _warning(
        "iam-roles",
        "It has no IAM roles",
        "Imports, exports and Lambda calls fail on the target.",
        "Add them to the cluster.",
        _roles,
    ),
    _warning(
        "option-group",
        "It has no option group of its own",
        "What the options did is missing on the target.",
        "See what of it is needed, and have it otherwise.",
        _options,
    ),
    _warning(
        "directory",
        "It is in no directory",
        "Kerberos logins fail on the target until it joins.",
        "Have the cluster join the directory before the cut-over.",
        _domain,
    ),
    _warning(
        "activity-stream",
        "It has no database activity stream",
        "The stream ends with the source, and with it the audit.",
        "Start one on the cluster.",
        _activity_stream,
    ),
    _warning(
        "log-exports",
        "Its logs are not exported",
        "Alarms and audits that read them go blind.",
        "Turn the export on for the cluster.",
        _log_exports,
    ),
    _warning(
        "performance-insights",
        "Performance Insights is off",
        "The first hours on Aurora are the ones to look at.",
        "Turn it on for the target's instance.",
        _performance_insights,
    ),
    _warning(
        "enhanced-monitoring",
        "Enhanced Monitoring is off",
        "Dashboards of the operating system end with the source.",
        "Turn it on for the target's instance.",
        _monitoring,
    ),
    _warning(
        "not-public",
        "It is not reachable from the internet",
        "Clients that come from outside would not reach the target.",
        "Lead them through the poolers, or open the target's instance yourselves.",
        _public,
    ),
    _warning(
        "ipv4",
        "It has IPv4 addresses only",
        "Clients that come by IPv6 would not reach the target.",
        "Change the cluster's network type before the cut-over.",
        _dual_stack,
    ),
    _warning(
        "no-stack",
        "No CloudFormation stack owns it",
        "The stack may change or delete the source, and does not know the target.",
        "Take it out of the stack, or import the cluster afterwards.",
        _stack,
    ),
    Check(
        "event-subscriptions",
        "No event subscription names it",
        Level.WARNING,
        Family.CLOUD,
        "Who is told of its failures will not be told of the target's.",
        "Add the cluster to them.",
        _subscriptions,
    ),
    Check(
        "tags",
        "It has no tags of its own",
        Level.INFORMATION,
        Family.CLOUD,
        "Costs, owners and backup plans go by tags; tools that stop databases at night do, too.",
        "Put those on the cluster that it should have.",
        of_instance(_tags),
    ),
)
