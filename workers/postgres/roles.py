"""Who may log in: the roles that a fence switches off, and those that it leaves alone."""

from workers.postgres.connect import Connection, rows

# Roles of RDS's own: they stay, for replication and recovery are theirs.
# An explicit list: a customer's role may begin with `rds`, too.
PROVIDER_ROLES = (
    "rdsadmin",
    "rdsrepladmin",
    "rdsproxyadmin",
    "rdstopmgr",
    "rdswriteforwarduser",
)


def login_roles(connection: Connection) -> tuple[str, ...]:
    """Every role that may log in, but ours and the provider's."""
    found = rows(
        connection,
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper "
        "AND rolname <> current_user AND rolname <> ALL (%s) ORDER BY rolname",
        list(PROVIDER_ROLES),
    )
    return tuple(name for (name,) in found)


def foreign_superusers(connection: Connection) -> tuple[str, ...]:
    """Superusers that are not the provider's: RDS has none, and none could be fenced."""
    found = rows(
        connection,
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolsuper AND rolname <> ALL (%s)",
        list(PROVIDER_ROLES),
    )
    return tuple(name for (name,) in found)
