"""What stands in a source's server, all databases together, against moving it."""

from collections.abc import Iterator

from migration.preflight import Level
from workers.postgres import inventory, slots
from workers.postgres.connect import value
from workers.postgres.slots import LogicalSlot
from workers.preflight.check import Check, Family, Found, Mode
from workers.preflight.subject import Subject
from workers.steps.findings import named

MIB = 2**20
# PostgreSQL's own emergency measures begin at this age; at 2^31 it takes no more writes.
WRAPAROUND_AGE = 1_600_000_000


def _prepared(subject: Subject) -> Iterator[Found]:
    prepared = inventory.prepared_transactions(subject.connection)
    if prepared:
        yield Found(
            "There are prepared transactions: "
            + named(f"{entry.gid} ({entry.owner}, {entry.database})" for entry in prepared)
            + "."
        )


def _long(subject: Subject) -> Iterator[Found]:
    seconds = subject.tools.settings.forgotten_transaction_seconds
    for entry in inventory.long_transactions(subject.connection, seconds):
        yield Found(
            f"A transaction of `{entry.user}` ({entry.application or 'no application name'}, "
            f"{entry.address or 'local'}) has been open for {entry.seconds / 3600:.1f} hours."
        )


def _unread_slots(subject: Subject) -> Iterator[Found]:
    for slot in inventory.slots(subject.connection):
        if slot.kind == "logical" and not slot.active:
            yield Found(
                f"Nobody reads the logical replication slot `{slot.name}` in `{slot.database}`"
                f"{_held(slot)}.",
                f"Start its consumer, or `SELECT pg_drop_replication_slot('{slot.name}')`.",
            )


def _unused_slots(subject: Subject) -> Iterator[Found]:
    for slot in inventory.slots(subject.connection):
        if slot.kind != "logical" and not slot.active:
            yield Found(f"Nobody uses the physical replication slot `{slot.name}`{_held(slot)}.")


def _held(slot: inventory.Slot | LogicalSlot) -> str:
    return f", which holds {slot.retained_bytes / MIB:.0f} MiB" if slot.retained_bytes else ""


def _read_slots(subject: Subject) -> Iterator[Found]:
    for slot in slots.logical(subject.connection):
        if not slot.active:
            # Another check says so.
            continue
        read = (
            f"The logical replication slot `{slot.name}` ({slot.plugin}, `{slot.database}`) is "
            f"read by {slot.consumer}{_held(slot)}"
        )
        if subject.options.recreate_slots and not slot.temporary:
            yield Found(
                f"{read}: it is made anew on the cluster before that opens.",
                "Have its consumer read on from the source up to the end that the cut-over "
                "reports, and from the new slot then.",
                Level.INFORMATION,
            )
        else:
            yield Found(f"{read}, and does not move.")


def _subscriptions(subject: Subject) -> Iterator[Found]:
    found = inventory.subscriptions(subject.connection)
    if found:
        yield Found(f"The source subscribes to others: {named(found)}.")


def _free_slot(subject: Subject) -> Iterator[Found]:
    if subject.replica_exists:
        return
    used = len(inventory.slots(subject.connection))
    most = int(inventory.settings(subject.connection)["max_replication_slots"].value)
    if used >= most:
        yield Found(f"All {most} replication slots are taken.")


def _free_sender(subject: Subject) -> Iterator[Found]:
    if subject.replica_exists:
        return
    senders = int(value(subject.connection, "SELECT count(*) FROM pg_stat_replication"))
    most = int(inventory.settings(subject.connection)["max_wal_senders"].value)
    if senders >= most:
        yield Found(f"All {most} WAL senders are busy.")


def _bounded(subject: Subject) -> Iterator[Found]:
    # An old server has no such setting: it keeps WAL without bound.
    bound = inventory.settings(subject.connection).get("max_slot_wal_keep_size")
    if bound and int(bound.value) >= 0:
        yield Found(f"`max_slot_wal_keep_size` is {bound.value} MB.")


def _collations(subject: Subject) -> Iterator[Found]:
    found = inventory.databases(subject.connection)
    changed = [base.name for base in found if base.collation_changed]
    if changed:
        yield Found(f"The collation library has changed under {named(changed)}.")


def _invalid_databases(subject: Subject) -> Iterator[Found]:
    found = inventory.invalid_databases(subject.connection)
    if found:
        yield Found(f"The databases {named(found)} are left over from a DROP that failed.")


def _closed_databases(subject: Subject) -> Iterator[Found]:
    found = inventory.databases(subject.connection)
    closed = [base.name for base in found if not base.connectable]
    if closed:
        yield Found(f"The databases {named(closed)} take no connections.")


def _wraparound(subject: Subject) -> Iterator[Found]:
    for name, age in inventory.oldest_databases(subject.connection, WRAPAROUND_AGE):
        yield Found(f"Database `{name}` has not been frozen for {age:,} transactions.")


def _autovacuum(subject: Subject) -> Iterator[Found]:
    if inventory.settings(subject.connection)["autovacuum"].value == "off":
        yield Found("`autovacuum` is off.")


def _tablespaces(subject: Subject) -> Iterator[Found]:
    found = inventory.tablespaces(subject.connection)
    if found:
        yield Found(f"It has the tablespaces {named(found)}.")


CHECKS = (
    Check(
        "prepared-transactions",
        "There is no prepared transaction",
        Level.BLOCKER,
        Family.SERVER,
        "They hold locks, and would come alive on both sides.",
        "`COMMIT PREPARED` or `ROLLBACK PREPARED` each in its database.",
        _prepared,
    ),
    Check(
        "forgotten-transactions",
        "No transaction has been forgotten",
        Level.WARNING,
        Family.SERVER,
        "It holds back vacuum now, and the cut-over later.",
        "End it before the cut-over.",
        _long,
    ),
    Check(
        "unread-logical-slots",
        "Every logical slot is read",
        Level.BLOCKER,
        Family.SERVER,
        "WAL piles up behind it, and its lag hides the replica's.",
        "Start its consumer, or drop it.",
        _unread_slots,
    ),
    Check(
        "unused-physical-slots",
        "Every physical slot is used",
        Level.WARNING,
        Family.SERVER,
        "WAL piles up behind it.",
        "Drop it if nobody comes back for it.",
        _unused_slots,
    ),
    Check(
        "logical-slots",
        "Nobody reads changes through a logical slot",
        Level.WARNING,
        Family.SERVER,
        "Slots stay behind: a consumer that goes on at the target misses what is written before "
        "it has a new one.",
        "Start with `recreate-slots`: they are made anew before the first write there. Or have "
        "consumers backfill.",
        _read_slots,
    ),
    Check(
        "subscriptions",
        "It subscribes to nobody",
        Level.BLOCKER,
        Family.SERVER,
        "After the promotion both copies would read the same slots.",
        "Drop the subscriptions, and make them anew on the cluster.",
        _subscriptions,
    ),
    Check(
        "free-slot",
        "A replication slot is free",
        Level.BLOCKER,
        Family.SERVER,
        "The replica takes one.",
        "Raise `max_replication_slots` and reboot, or drop slots.",
        _free_slot,
        Mode.BY_REPLICA,
    ),
    Check(
        "free-sender",
        "A WAL sender is free",
        Level.BLOCKER,
        Family.SERVER,
        "The replica takes one.",
        "Raise `max_wal_senders` and reboot.",
        _free_sender,
        Mode.BY_REPLICA,
    ),
    Check(
        "slots-unbounded",
        "Slots keep WAL without bound",
        Level.WARNING,
        Family.SERVER,
        "A replica that falls further behind is lost and has to be made anew.",
        "Set it to -1 until the source has moved, and watch the free storage.",
        _bounded,
        Mode.BY_REPLICA,
    ),
    Check(
        "collations",
        "The collation library is the one that its databases were made with",
        Level.WARNING,
        Family.SERVER,
        "Indexes on text may be out of order already.",
        "Check them with `amcheck`.",
        _collations,
    ),
    Check(
        "invalid-databases",
        "No database is left over from a DROP that failed",
        Level.WARNING,
        Family.SERVER,
        "Nobody can log in to it, and it takes room on both sides.",
        "`DROP DATABASE` it again.",
        _invalid_databases,
    ),
    Check(
        "databases-open",
        "Every database takes connections",
        Level.WARNING,
        Family.SERVER,
        "What is in it is neither checked nor compared.",
        "`ALTER DATABASE ... ALLOW_CONNECTIONS true`, or drop it.",
        _closed_databases,
    ),
    Check(
        "wraparound",
        "No database is near the wraparound of transaction ids",
        Level.BLOCKER,
        Family.SERVER,
        "At 2,147,483,648 it takes no more writes; its vacuum would fall into the migration.",
        "`VACUUM (FREEZE)` it first.",
        _wraparound,
        at_gate=True,
    ),
    Check(
        "autovacuum",
        "Autovacuum is on",
        Level.WARNING,
        Family.SERVER,
        "The target starts with this setting, and with statistics that nobody has gathered.",
        "Turn it on.",
        _autovacuum,
    ),
    Check(
        "tablespaces",
        "It has no tablespace of its own",
        Level.INFORMATION,
        Family.SERVER,
        "On RDS and Aurora they are names only: all data lies in one place.",
        "Nothing.",
        _tablespaces,
    ),
)
