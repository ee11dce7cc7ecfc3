"""What stands in a source's databases against moving it, or should be known before."""

from collections.abc import Iterator, Mapping

from workers.postgres import fence, inventory, roles
from workers.postgres.connect import APPLICATION_NAME, Connection, rows, value
from workers.steps.findings import Blocker, Caution, Finding, named

# Candidates to be missing on Aurora; the target itself tells for sure later on.
_DOUBTFUL_EXTENSIONS = frozenset({"mysql_fdw", "pg_transport", "plrust", "rds_tools"})
# From this version on, CREATEROLE alone does not allow altering another's role.
_ADMIN_OPTION_NEEDED = 160000
# Idle in a transaction for so long, it has been forgotten.
_LONG_SECONDS = 3600.0


def findings_of_server(connection: Connection) -> Iterator[Finding]:
    """What concerns the server as a whole."""
    yield from _transactions(connection)
    yield from _slots(connection)
    yield from _subscriptions(connection)
    yield from _room_for_a_replica(connection)
    yield from _collations(connection)


def findings_of_role(connection: Connection) -> Iterator[Finding]:
    """Whether Daybreak's role can do what the cut-over needs; said on its own database."""
    yield from _membership(connection)
    yield from _power_over_logins(connection)
    yield from _own_schema(connection)
    yield from _used_by_others(connection)


def findings_of_database(name: str, connection: Connection) -> Iterator[Finding]:
    """What concerns one database."""
    unlogged = inventory.unlogged_tables(connection)
    if unlogged:
        yield Blocker(
            f"Database `{name}` has unlogged tables, which arrive empty: {named(unlogged)}.",
            "`ALTER TABLE ... SET LOGGED` them (rewrites and locks the table), or drop them.",
        )
    invalid = inventory.invalid_indexes(connection)
    if invalid:
        yield Caution(f"Database `{name}` has invalid indexes: {named(invalid)}.")
    unreadable = inventory.unreadable_tables(connection)
    if unreadable:
        yield Caution(
            f"Daybreak's role may not read {named(unreadable)} in `{name}`, so their rows will "
            "not be compared. Grant it `pg_read_all_data` to have them counted."
        )
    yield from _extensions(name, inventory.extensions(connection))


def _extensions(name: str, installed: Mapping[str, str]) -> Iterator[Finding]:
    doubtful = sorted(set(installed) & _DOUBTFUL_EXTENSIONS)
    if doubtful:
        yield Caution(
            f"Database `{name}` uses {named(doubtful)}, which Aurora may not have: the validation "
            "of the target tells."
        )
    if "pg_cron" in installed:
        yield Caution(
            f"Database `{name}` has pg_cron jobs: see that they do not run on both sides after "
            "the cut-over."
        )


def _transactions(connection: Connection) -> Iterator[Finding]:
    prepared = inventory.prepared_transactions(connection)
    if prepared:
        yield Blocker(
            "There are prepared transactions: "
            + named(f"{entry.gid} ({entry.owner}, {entry.database})" for entry in prepared)
            + ". They hold locks, and would come alive on both sides.",
            "`COMMIT PREPARED` or `ROLLBACK PREPARED` each in its database.",
        )
    for entry in inventory.long_transactions(connection, _LONG_SECONDS):
        yield Caution(
            f"A transaction of `{entry.user}` ({entry.application or 'no application name'}, "
            f"{entry.address or 'local'}) has been open for {entry.seconds / 3600:.1f} hours. It "
            "has to be over before the cut-over."
        )


def _slots(connection: Connection) -> Iterator[Finding]:
    found = inventory.slots(connection)
    for slot in found:
        if slot.active:
            continue
        held = f", which holds {slot.retained_bytes / 2**20:.0f} MiB" if slot.retained_bytes else ""
        if slot.kind == "logical":
            yield Blocker(
                f"Nobody reads the logical replication slot `{slot.name}` in `{slot.database}`"
                f"{held}: WAL piles up behind it, and its lag hides the replica's.",
                f"Start its consumer, or `SELECT pg_drop_replication_slot('{slot.name}')`.",
            )
        else:
            yield Caution(f"Nobody uses the physical replication slot `{slot.name}`{held}.")
    read = [slot.name for slot in found if slot.active and slot.kind == "logical"]
    if read:
        yield Caution(
            f"The logical replication slots {named(read)} do not move: their consumers need new "
            "ones on the cluster, made before the first write there, or a backfill."
        )


def _subscriptions(connection: Connection) -> Iterator[Finding]:
    found = inventory.subscriptions(connection)
    if found:
        yield Blocker(
            f"The source subscribes to others: {named(found)}. After the promotion both copies "
            "would read the same slots.",
            "Drop the subscriptions, and make them anew on the cluster.",
        )


def _room_for_a_replica(connection: Connection) -> Iterator[Finding]:
    settings = inventory.settings(connection)
    used = len(inventory.slots(connection))
    most = int(settings["max_replication_slots"].value)
    if used >= most:
        yield Blocker(
            f"All {most} replication slots are taken.",
            "Raise `max_replication_slots` and reboot, or drop slots.",
        )
    senders = int(value(connection, "SELECT count(*) FROM pg_stat_replication"))
    most = int(settings["max_wal_senders"].value)
    if senders >= most:
        yield Blocker(f"All {most} WAL senders are busy.", "Raise `max_wal_senders` and reboot.")
    # An old server has no such setting: it keeps WAL without bound.
    bound = settings.get("max_slot_wal_keep_size")
    if bound and int(bound.value) >= 0:
        yield Caution(
            f"`max_slot_wal_keep_size` is {bound.value} MB: a replica that falls further behind is "
            "lost and has to be made anew."
        )


def _collations(connection: Connection) -> Iterator[Finding]:
    changed = [base.name for base in inventory.databases(connection) if base.collation_changed]
    if changed:
        yield Caution(
            f"The collation library has changed under {named(changed)}: indexes on text may be "
            "out of order already. Check them with `amcheck`."
        )


def _membership(connection: Connection) -> Iterator[Finding]:
    member = value(
        connection,
        "SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles "
        "WHERE rolname = 'rds_superuser'",
    )
    if not member:
        yield Blocker(
            "Daybreak's role is not in `rds_superuser`, so it can neither end sessions nor see "
            "replication.",
            "Run docs/daybreak-role.sql as the master user.",
        )


def _power_over_logins(connection: Connection) -> Iterator[Finding]:
    if not value(connection, "SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user"):
        yield Blocker(
            "Daybreak's role has no CREATEROLE, so it can't close the source to others.",
            "Run docs/daybreak-role.sql as the master user.",
        )
    superusers = roles.foreign_superusers(connection)
    if superusers:
        yield Blocker(
            f"These superusers can't be kept out: {named(superusers)}.",
            "Take the attribute from them.",
        )
    beyond = _beyond_our_power(connection)
    if beyond:
        yield Blocker(
            f"Daybreak's role may not take the login from {named(beyond)}.",
            "As the master user grant it each of them `WITH ADMIN OPTION` (PostgreSQL 16 and up), "
            "and take the attribute REPLICATION from them (below 16).",
        )


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


def _own_schema(connection: Connection) -> Iterator[Finding]:
    owned = rows(
        connection,
        "SELECT pg_get_userbyid(nspowner), pg_has_role(current_user, nspowner, 'USAGE') "
        "FROM pg_namespace WHERE nspname = 'daybreak'",
    )
    if owned:
        owner, is_ours = owned[0]
        if not is_ours:
            yield Blocker(
                f"The schema `daybreak` belongs to `{owner}`.",
                "Rename it, or give it to Daybreak's role: Daybreak keeps its marker there.",
            )
            return
        yield from _still_fenced(connection)
    elif not value(connection, "SELECT has_database_privilege(current_database(), 'CREATE')"):
        yield Blocker(
            "Daybreak's role may not create its schema in "
            f"`{value(connection, 'SELECT current_database()')}`.",
            "Run docs/daybreak-role.sql as the master user.",
        )


def _still_fenced(connection: Connection) -> Iterator[Finding]:
    try:
        found = fence.read(connection)
    except fence.NoFence:
        return
    if found.state is not fence.State.OPEN:
        yield Blocker(
            f"The source is `{found.state}` by `{found.migration}`, under epoch {found.epoch}.",
            "Have an engineer look: docs/cut-over.md.",
        )


def _used_by_others(connection: Connection) -> Iterator[Finding]:
    others = inventory.sessions_of_own_role(connection, APPLICATION_NAME)
    if others:
        who = named(
            f"{entry.application or 'no application name'} from {entry.address or 'local'}"
            for entry in others
        )
        yield Blocker(
            f"Others log in as Daybreak's role: {who}. The fence would not keep them out.",
            "Give them a role of their own, and change the password.",
        )
