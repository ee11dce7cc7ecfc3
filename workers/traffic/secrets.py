"""The applications' logins, from Secrets Manager: the agent is the only one that reads them."""

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from workers.traffic.errors import SecretUnavailable
from workers.traffic.settings import InvalidAgentConfig, explain

# A pooler waits for this with its hands full: better to say so soon than to hang.
CONNECT_SECONDS = 3
READ_SECONDS = 5
ATTEMPTS = 2
# What would add a line of somebody's choosing to the pooler's files.
BREAKS = frozenset("\x00\r\n")


class Login(BaseModel):
    """What the secret of an entry holds (RDS's own form; further keys are left alone)."""

    model_config = ConfigDict(frozen=True)

    username: str = Field(pattern=r"^[^\x00\r\n]+$", max_length=63)
    dbname: str = Field(pattern=r"^[^\x00\r\n]+$", max_length=63)
    password: SecretStr


class Secrets:
    """Reads logins; blocking, so called from a thread."""

    def __init__(self, region: str | None) -> None:
        """Build the client; credentials and AWS_ENDPOINT_URL are boto3's business."""
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        )
        try:
            self._client = boto3.client("secretsmanager", region_name=region or None, config=config)
        except BotoCoreError as error:
            raise InvalidAgentConfig(f"AWS cannot be used: {error} Set AWS_REGION.") from error

    def login(self, secret: str) -> Login:
        """Username, password and dbname; raises `SecretUnavailable`."""
        try:
            answer = self._client.get_secret_value(SecretId=secret)
        except (BotoCoreError, ClientError) as error:
            raise SecretUnavailable(
                f"The secret `{secret}` cannot be read ({_code(error)}): check its name, and that "
                "the agent's role may call secretsmanager:GetSecretValue on it "
                "(docs/iam/pooler-agent.json)."
            ) from error
        try:
            login = Login.model_validate_json(answer.get("SecretString") or "")
        except ValidationError as error:
            # not chained: the cause would carry the secret's text into a log
            raise SecretUnavailable(
                f"The secret `{secret}` must be JSON with username, password and dbname: "
                f"{explain(error)}."
            ) from None
        if BREAKS & set(login.password.get_secret_value()):
            raise SecretUnavailable(f"The password in `{secret}` has a line break in it.")
        return login


def _code(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"]
    return type(error).__name__
