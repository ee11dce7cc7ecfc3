"""The key that a source is encrypted with: whether it can be used."""

from typing import TYPE_CHECKING

from workers.aws.errors import asking

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KmsGateway:
    """Reads keys; changes nothing. Raises what `workers.aws.errors.asking` raises."""

    def __init__(self, client: "KMSClient") -> None:
        """Over this client."""
        self._client = client

    def state(self, key: str) -> str:
        """AWS's word for a key's state; `Enabled` is the one in which it can be used."""
        with asking("kms:DescribeKey"):
            return str(self._client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])
