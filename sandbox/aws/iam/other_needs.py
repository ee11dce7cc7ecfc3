"""What the actions of the other services need. A new action is a function in `NEEDS`."""

from collections.abc import Callable, Iterator, Mapping

from sandbox.aws.iam.call import Call
from sandbox.aws.iam.directory import Directory
from sandbox.aws.iam.need import ANYTHING, Need, request_tags

ZONE, CHANGE = "hostedzone", "change"
_RECORDS = "route53:ChangeResourceRecordSetsNormalizedRecordNames"


def _anything(call: Call, directory: Directory) -> Iterator[Need]:  # noqa: ARG001 - others ask
    """For actions that AWS has no resources for."""
    yield Need.of(call.name, ANYTHING)


def _nothing(call: Call, directory: Directory) -> Iterator[Need]:  # noqa: ARG001 - others ask
    """For what everybody may ask."""
    yield from ()


def _role(call: Call, directory: Directory) -> Iterator[Need]:  # noqa: ARG001 - its ARN is given
    yield Need.of(call.name, call.text("PolicySourceArn"))


def _alarm(call: Call, directory: Directory) -> Iterator[Need]:
    one = call.text("AlarmName")
    tags = {tag["Key"]: tag["Value"] for tag in call.parameters.get("Tags") or ()}
    for name in [one] if one else call.parameters.get("AlarmNames") or [ANYTHING]:
        arn = directory.arn("cloudwatch", "alarm", str(name))
        yield Need.of(call.name, arn, request_tags(tags))
        if tags:
            yield Need.of("cloudwatch:TagResource", arn, request_tags(tags))


def _key(call: Call, directory: Directory) -> Iterator[Need]:
    key = call.text("KeyId")
    yield Need.of(
        call.name, key if key.startswith("arn:") else directory.arn("kms", "key", key, "/")
    )


def _secret(call: Call, directory: Directory) -> Iterator[Need]:
    yield Need.of(call.name, directory.secret(call.text("SecretId")))


def _zone(call: Call, directory: Directory) -> Iterator[Need]:  # noqa: ARG001 - Route 53 is global
    names = tuple(str(name).lower().rstrip(".") for name in call.parameters.get("Names", ()))
    yield Need.of(
        call.name,
        f"arn:aws:route53:::{ZONE}/{call.text('HostedZoneId')}",
        {_RECORDS: names} if names else {},
    )


def _change(call: Call, directory: Directory) -> Iterator[Need]:  # noqa: ARG001 - see `_zone`
    yield Need.of(call.name, f"arn:aws:route53:::{CHANGE}/{call.text('Id')}")


def _object(call: Call, directory: Directory) -> Iterator[Need]:  # noqa: ARG001 - S3's ARNs name no account
    arn = f"arn:aws:s3:::{call.text('Bucket')}/{call.text('Key')}"
    yield Need.of(call.name, arn)
    if call.parameters.get("Held"):
        yield Need.of("s3:PutObjectRetention", arn)


NEEDS: Mapping[str, Callable[[Call, Directory], Iterator[Need]]] = {
    "cloudwatch:DeleteAlarms": _alarm,
    "cloudwatch:DescribeAlarms": _alarm,
    "cloudwatch:GetMetricData": _anything,
    "cloudwatch:PutMetricAlarm": _alarm,
    "ec2:DescribeSecurityGroups": _anything,
    "ec2:DescribeSubnets": _anything,
    "iam:SimulatePrincipalPolicy": _role,
    "kms:DescribeKey": _key,
    "route53:ChangeResourceRecordSets": _zone,
    "route53:GetChange": _change,
    "route53:ListResourceRecordSets": _zone,
    "s3:GetObject": _object,
    "s3:PutObject": _object,
    "secretsmanager:GetSecretValue": _secret,
    "sts:GetCallerIdentity": _nothing,
}
