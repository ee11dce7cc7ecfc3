"""Files in a bucket that are written once and never changed, held for a time where asked to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from migration.errors import Permanent
from workers.aws.errors import AwsRefused, asking

#: S3's answer to a conditional write of what is there already.
THERE = frozenset({"PreconditionFailed", "412"})
#: S3's answer to a retention where the bucket has no Object Lock.
NO_LOCK = "InvalidRequest"
#: S3's names of the two ways to hold an object.
MODES = {"governance": "GOVERNANCE", "compliance": "COMPLIANCE"}


class S3Client(Protocol):
    """What is used of boto3's client."""

    def put_object(self, **arguments: Any) -> dict[str, Any]:
        """`s3:PutObject`."""

    def get_object(self, **arguments: Any) -> dict[str, Any]:
        """`s3:GetObject`."""


@dataclass(frozen=True)
class Hold:
    """Until when nobody may delete or overwrite it (unix seconds), and how strictly."""

    until: float
    mode: Literal["governance", "compliance"]


class NoObjectLock(Permanent):
    """The bucket has no Object Lock, and a retention is asked for."""

    def __init__(self, bucket: str, words: str) -> None:
        super().__init__(
            f"The bucket `{bucket}` takes no retention: {words}. Enable Object Lock on it, or take "
            "DAYBREAK_AUDIT_RETENTION_DAYS out of the workers' settings."
        )


class AnotherFile(Permanent):
    """There is another file under that name; neither is touched."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"`{place}` is there already and says something else: somebody wrote it, or changed "
            "the history. It is not touched. Look at both with `python -m migration.audit verify`, "
            "and move it away if it is not what happened."
        )


class Vault:
    """One bucket; every method raises what `workers.aws.errors.asking` raises."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        """Over this client."""
        self._client = client
        self._bucket = bucket

    def place(self, key: str) -> str:
        """Where it stands, for people."""
        return f"s3://{self._bucket}/{key}"

    def keep(self, key: str, text: str, hold: Hold | None, *, same: bool = True) -> None:
        """Write it unless it is there: a second time, after a crash say, changes nothing.

        Raises:
            AnotherFile: `same` is asked for, and what is there is not this text.
            NoObjectLock: the bucket can hold nothing.
        """
        body = text.encode()
        locked = (
            {
                "ObjectLockMode": MODES[hold.mode],
                "ObjectLockRetainUntilDate": datetime.fromtimestamp(hold.until, UTC),
            }
            if hold
            else {}
        )
        try:
            with asking("s3:PutObject"):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=body,
                    ContentType="text/plain; charset=utf-8",
                    # S3 demands one where objects are locked, and checks what arrived by it.
                    ChecksumAlgorithm="SHA256",
                    IfNoneMatch="*",
                    **locked,
                )
        except AwsRefused as error:
            if error.code == NO_LOCK and hold and "lock" in str(error).lower():
                raise NoObjectLock(self._bucket, "it has no Object Lock") from error
            if error.code not in THERE:
                raise
            if same and self._found(key) != body:
                raise AnotherFile(self.place(key)) from error

    def _found(self, key: str) -> bytes:
        with asking("s3:GetObject"):
            body: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return body
