"""Turns what boto3 raises into our errors: what passes, what needs a person, and what to do."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from migration.errors import Permanent, Transient
from workers.aws import permissions

# Codes are those of `Error.Code`; the names in `client.exceptions` differ.
_NOT_FOUND = frozenset(
    {
        "DBInstanceNotFound",
        "DBInstanceNotFoundFault",
        "DBClusterNotFoundFault",
        "DBSnapshotNotFound",
        "DBSnapshotNotFoundFault",
        "DBClusterSnapshotNotFoundFault",
        "DBParameterGroupNotFound",
        "DBParameterGroupNotFoundFault",
        "DBClusterParameterGroupNotFound",
        "DBClusterParameterGroupNotFoundFault",
        "DBSubnetGroupNotFoundFault",
        "InvalidGroup.NotFound",
        "InvalidSubnetID.NotFound",
        "NotFoundException",
        "ResourceNotFoundException",
    }
)
_ALREADY_THERE = frozenset(
    {
        "DBClusterAlreadyExistsFault",
        "DBInstanceAlreadyExists",
        "DBSnapshotAlreadyExists",
        "DBClusterSnapshotAlreadyExistsFault",
        "DBParameterGroupAlreadyExists",
        "DBParameterGroupAlreadyExistsFault",
    }
)
_NOT_NOW = frozenset(
    {
        "InvalidDBInstanceState",
        "InvalidDBClusterStateFault",
        "InvalidDBSnapshotState",
        "InvalidDBClusterSnapshotStateFault",
        "InvalidDBParameterGroupState",
        "InsufficientDBInstanceCapacity",
        "InsufficientDBClusterCapacityFault",
        "InsufficientStorageClusterCapacity",
    }
)
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "PriorRequestNotComplete",
        "ServiceUnavailable",
        "InternalFailure",
        "InternalError",
        "InternalServiceError",
    }
)
_REMEDIES = {
    "DBClusterQuotaExceededFault": "Raise the quota of DB clusters in this Region, then retry.",
    "InstanceQuotaExceeded": "Raise the quota of DB instances in this Region, then retry.",
    "SnapshotQuotaExceeded": "Delete manual snapshots or raise their quota, then retry.",
    "StorageQuotaExceeded": "Raise the storage quota of this Region, then retry.",
    "DBParameterGroupQuotaExceeded": "Delete unused parameter groups or raise the quota, then "
    "retry.",
    "DBSubnetGroupDoesNotCoverEnoughAZs": "Add subnets in other Availability Zones to the subnet "
    "group, then retry.",
    "InvalidSubnet": "Mend the subnet group, then retry.",
    "InvalidVPCNetworkStateFault": "Mend the VPC's subnets and security groups, then retry.",
    "KMSKeyNotAccessibleFault": "Enable the key and let Daybreak's role use it (kms:CreateGrant, "
    "kms:DescribeKey), then retry.",
    "StorageTypeNotSupported": "Ask AWS which storage types this engine version takes.",
    "InvalidClientTokenId": "Daybreak's AWS credentials are not valid: renew them.",
    "UnrecognizedClientException": "Daybreak's AWS credentials are not valid: renew them.",
    "SignatureDoesNotMatch": "Daybreak's AWS credentials are not valid: renew them.",
    "ExpiredToken": "Daybreak's AWS credentials have expired: renew them.",
    "ExpiredTokenException": "Daybreak's AWS credentials have expired: renew them.",
}


class AwsUnavailable(Transient):
    """AWS does not answer, or asks us to come back later."""


class AwsRefused(Permanent):
    """AWS says no, and will say so again."""

    def __init__(self, action: str, code: str, words: str, tags: Collection[str] = ()) -> None:
        """Keep AWS's code and words, and say what to do."""
        self.code = code
        if code in permissions.DENIED:
            super().__init__(permissions.told(action, code, words, tags))
            return
        remedy = _REMEDIES.get(code, "Mend that, then retry.")
        super().__init__(f"AWS refused `{action}`: {words} ({code}). {remedy}")


class NotFound(AwsRefused):
    """What was asked about does not exist."""


class AlreadyThere(Transient):
    """It was created in the meantime, and is not shown yet; the next look finds it."""


class NotInThatState(Transient):
    """AWS can't do that in the resource's present state; it is tried again."""


@contextmanager
def asking(action: str, tags: Collection[str] = ()) -> Iterator[None]:
    """Run one call of AWS; `action` is the name that IAM has for it, `tags` names those it sets.

    Raises:
        NotFound: there is no such thing.
        AlreadyThere: there is such a thing already.
        NotInThatState: not while it is in this state.
        AwsUnavailable: throttled, a server error, no connection, no answer.
        AwsRefused: everything that AWS refuses for good.
    """
    try:
        yield
    except ClientError as error:
        raise _translated(action, error, tags) from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        words = "Daybreak has no AWS credentials. Give its processes a role or keys, then retry."
        raise Permanent(words) from error
    except ParamValidationError as error:
        raise AwsRefused(action, "InvalidParameter", str(error)) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise AwsUnavailable(f"AWS gave no answer to `{action}`: {error}") from error


def _translated(action: str, error: ClientError, tags: Collection[str]) -> Transient | Permanent:
    code, words = code_of(error), words_of(error)
    told = f"AWS answered `{action}` with {code}: {words}"
    if code in _NOT_FOUND:
        return NotFound(action, code, words)
    if code in _ALREADY_THERE:
        return AlreadyThere(told)
    if code in _NOT_NOW:
        return NotInThatState(told)
    if code in _THROTTLED or status_of(error) >= 500:
        return AwsUnavailable(told)
    return AwsRefused(action, code, words, tags)


def code_of(error: ClientError) -> str:
    """AWS's code of an error."""
    return str(_part(error, "Error").get("Code", "Unknown"))


def status_of(error: ClientError) -> int:
    """The HTTP status of an error; 0 where there was none."""
    return int(_part(error, "ResponseMetadata").get("HTTPStatusCode", 0))


def words_of(error: ClientError) -> str:
    """AWS's words, without the final full stop."""
    return str(_part(error, "Error").get("Message", "")).rstrip(". ") or "no message"


def _part(error: ClientError, name: str) -> dict[str, Any]:
    part: Any = error.response.get(name)
    return part if isinstance(part, dict) else {}
