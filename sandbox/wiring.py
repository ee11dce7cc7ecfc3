"""What the product is told of each part: settings by their names in the contract."""

from pathlib import Path

from psycopg.conninfo import make_conninfo

from sandbox import identities
from sandbox.access import Access
from sandbox.aws.cloud import Cloud
from sandbox.servers.pgbouncer import ADMIN, PgBouncer
from sandbox.settings import SOURCE
from sandbox.slack.cast import Cast
from sandbox.slack.workspace import Workspace

CHANNEL = "migrations"
APPROVERS = "dba-oncall"
#: The seed's group that lets nobody in.
QUARANTINE = "quarantine"


def slack(workspace: Workspace, transport: str, port: int) -> dict[str, str]:
    """How the bot reaches the workspace, and the workspace the bot."""
    tokens = workspace.tokens
    return {
        **people(workspace.cast),
        "SLACK_API_URL": workspace.api_url,
        "SLACK_BOT_TOKEN": tokens.bot,
        "SLACK_APP_TOKEN": tokens.app,
        "SLACK_SIGNING_SECRET": tokens.signing_secret,
        "DAYBREAK_SLACK_TRANSPORT": transport,
        "DAYBREAK_HTTP_PORT": str(port),
    }


def people(cast: Cast) -> dict[str, str]:
    """Who approves, and where a migration is shown when nowhere else."""
    return {
        "DAYBREAK_CHANNEL": next(room.id for room in cast.rooms if room.name == CHANNEL),
        "DAYBREAK_APPROVERS": next(group.id for group in cast.groups if group.handle == APPROVERS),
    }


def aws(cloud: Cloud, access: Access) -> dict[str, str]:
    """The account, and the application's login straight into the source."""
    names = [instance.identifier for instance in cloud.seed.instances]
    source = SOURCE if SOURCE in names else names[0]
    roles = cloud.seed.roles
    return {
        "AWS_ENDPOINT_URL": cloud.endpoint_url,
        "AWS_REGION": cloud.region,
        **identities.owner(),
        "DAYBREAK_RDS_CA_FILE": str(access.databases.certificate),
        "DAYBREAK_QUARANTINE_GROUP": QUARANTINE,
        "DAYBREAK_SOURCE_DSN": make_conninfo(
            host=cloud.address(source),
            port=cloud.port,
            dbname=roles.database,
            user=roles.application,
            password=cloud.password(source, roles.application),
            sslmode="verify-full",
            sslrootcert=str(access.databases.certificate),
        ),
    }


def pooler(
    pooler: PgBouncer, access: Access, agent_port: int, agent_config: Path
) -> dict[str, str]:
    """The pooler as applications and Daybreak come to it, and the agent beside it."""
    authority = access.team.certificate
    return {
        "DAYBREAK_APP_DSN": pooler.dsn(SOURCE, "app", access.application, authority),
        "DAYBREAK_PGBOUNCER_ADMIN_DSN": pooler.dsn("pgbouncer", ADMIN, access.console, authority),
        "DAYBREAK_AGENT_CONFIG": str(agent_config),
        "DAYBREAK_POOLERS": f"https://{pooler.host}:{agent_port}",
        "DAYBREAK_CERT_FILE": str(access.daybreak.certificate),
        "DAYBREAK_KEY_FILE": str(access.daybreak.key),
        "DAYBREAK_CA_FILE": str(authority),
        "DAYBREAK_PROBE_CERTIFICATES": str(access.application.certificate.parent),
    }
