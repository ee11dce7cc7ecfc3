"""Whether Daybreak's role in the source can do what the cut-over needs, and is its alone."""

from collections.abc import Iterator

from migration.preflight import Level
from workers.postgres import fence, inventory, roles
from workers.postgres.connect import APPLICATION_NAME, Connection, rows, value
from workers.preflight.check import Check, Family, Found
from workers.preflight.subject import Subject
from workers.steps.findings import named

# From this version on, CREATEROLE alone does not allow altering another's role.
_ADMIN_OPTION_NEEDED = 160000
_SCRIPT = "Run docs/daybreak-role.sql as the master user."


def _membership(subject: Subject) -> Iterator[Found]:
    member = value(
        subject.connection,
        "SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles "
        "WHERE rolname = 'rds_superuser'",
    )
    if not member:
        yield Found("Daybreak's role is not in `rds_superuser`.")


def _createrole(subject: Subject) -> Iterator[Found]:
    connection = subject.connection
    if not value(connection, "SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user"):
        yield Found("Daybreak's role has no CREATEROLE, so it can't close the source to others.")


def _superusers(subject: Subject) -> Iterator[Found]:
    superusers = roles.foreign_superusers(subject.connection)
    if superusers:
        yield Found(f"These superusers can't be kept out: {named(superusers)}.")


def _logins(subject: Subject) -> Iterator[Found]:
    beyond = _beyond_our_power(subject.connection)
    if beyond:
        yield Found(f"Daybreak's role may not take the login from {named(beyond)}.")


def _beyond_our_power(connection: Connection) -> list[str]:
    logins = list(roles.login_roles(connection))
    if inventory.server_version(connection) >= _ADMIN_OPTION_NEEDED:
        found = rows(
            connection,
            "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) "
            "AND NOT pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION') ORDER BY 1",
            logins,
        )
    else:
        # "must be superuser to alter replication roles"
        found = rows(
            connection,
            "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND rolreplication ORDER BY 1",
            logins,
        )
    return [name for (name,) in found]


def _schema(subject: Subject) -> Iterator[Found]:
    connection = subject.connection
    owned = rows(
        connection,
        "SELECT pg_get_userbyid(nspowner), pg_has_role(current_user, nspowner, 'USAGE') "
        "FROM pg_namespace WHERE nspname = 'daybreak'",
    )
    if owned:
        owner, is_ours = owned[0]
        if not is_ours:
            yield Found(f"The schema `daybreak` belongs to `{owner}`.")
    elif not value(connection, "SELECT has_database_privilege(current_database(), 'CREATE')"):
        yield Found(
            "Daybreak's role may not create its schema in "
            f"`{value(connection, 'SELECT current_database()')}`.",
            _SCRIPT,
        )


def _fence(subject: Subject) -> Iterator[Found]:
    if not value(
        subject.connection,
        "SELECT pg_has_role(current_user, nspowner, 'USAGE') FROM pg_namespace "
        "WHERE nspname = 'daybreak'",
    ):
        # There is none, or another check tells whose it is.
        return
    try:
        found = fence.read(subject.connection)
    except fence.NoFence:
        return
    if found.state is not fence.State.OPEN:
        yield Found(
            f"The source is `{found.state}` by `{found.migration}`, under epoch {found.epoch}."
        )


def _shared(subject: Subject) -> Iterator[Found]:
    others = inventory.sessions_of_own_role(subject.connection, APPLICATION_NAME)
    if others:
        who = named(
            f"{entry.application or 'no application name'} from {entry.address or 'local'}"
            for entry in others
        )
        yield Found(f"Others log in as Daybreak's role: {who}.")


CHECKS = (
    Check(
        "role-membership",
        "Daybreak's role is in `rds_superuser`",
        Level.BLOCKER,
        Family.SERVER,
        "Without it, it can neither end sessions nor see replication.",
        _SCRIPT,
        _membership,
    ),
    Check(
        "role-createrole",
        "Daybreak's role may take logins from others",
        Level.BLOCKER,
        Family.SERVER,
        "That is how the source is closed while it is cut over.",
        _SCRIPT,
        _createrole,
    ),
    Check(
        "superusers",
        "There is no superuser but the provider's",
        Level.BLOCKER,
        Family.SERVER,
        "The fence would not keep it out.",
        "Take the attribute from them.",
        _superusers,
    ),
    Check(
        "logins",
        "Daybreak's role may take the login from every role",
        Level.BLOCKER,
        Family.SERVER,
        "A role that keeps its login could write to the source behind the cut-over.",
        "As the master user grant it each of them `WITH ADMIN OPTION` (PostgreSQL 16 and up), "
        "and take the attribute REPLICATION from them (below 16).",
        _logins,
    ),
    Check(
        "own-schema",
        "The schema `daybreak` is Daybreak's, or can be made",
        Level.BLOCKER,
        Family.SERVER,
        "Daybreak keeps its marker there.",
        "Rename it, or give it to Daybreak's role.",
        _schema,
    ),
    Check(
        "no-fence",
        "No fence stands on it",
        Level.BLOCKER,
        Family.SERVER,
        "A cut-over before this one did not end as it should.",
        "Have an engineer look: docs/on-call.md.",
        _fence,
    ),
    Check(
        "role-alone",
        "Nobody else logs in as Daybreak's role",
        Level.BLOCKER,
        Family.SERVER,
        "The fence would not keep them out.",
        "Give them a role of their own, and change the password.",
        _shared,
    ),
)
