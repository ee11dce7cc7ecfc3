"""From parameter groups to a server's configuration file."""

from collections.abc import Mapping

from sandbox.aws.parameters import FORMULA_VALUES, Parameter
from sandbox.servers.postgres import PostgresServer

# A standby with less of one of these than its primary stops replaying: RDS overrides them too.
_AT_LEAST_AS_ON_SOURCE = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
)
_PROVIDERS_OWN = {
    # Room for what is not the customer's: the sandbox's sessions, backups, the replica.
    "superuser_reserved_connections": "6",
    "wal_keep_size": "64",
    "log_line_prefix": "%m [%p] %q%u@%d/%a ",
}


def applied(
    catalogue: Mapping[str, Parameter], user: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """What a group sets: AWS's own values and the customer's over them."""
    values = {p.name: p.value for p in catalogue.values() if p.source == "system" and p.value}
    values |= {name: entry["ParameterValue"] for name, entry in user.items()}
    return {name: str(value) for name, value in values.items() if value is not None}


def server_settings(values: Mapping[str, str]) -> dict[str, str]:
    """The lines of postgresql.conf for these parameter values."""
    settings = {
        name: FORMULA_VALUES.get(name, value) if "{" in value else value
        for name, value in values.items()
    }
    logical = settings.get("rds.logical_replication") == "1"
    settings["rds.logical_replication"] = "on" if logical else "off"
    settings["wal_level"] = "logical" if logical else "replica"
    return {**settings, **_PROVIDERS_OWN}


def replica_minimums(source: PostgresServer, settings: Mapping[str, str]) -> dict[str, str]:
    """The settings that have to be raised on a standby of `source`."""
    rows = source.query(
        "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
        (list(_AT_LEAST_AS_ON_SOURCE),),
    )
    raised = {}
    for name, setting in rows:
        own = settings.get(name)
        if own is None or int(own) < int(setting):
            raised[name] = str(setting)
    return raised


def static_part(catalogue: Mapping[str, Parameter], settings: Mapping[str, str]) -> dict[str, str]:
    """The part that only a restart applies; while it differs a group is `pending-reboot`."""
    names = {p.name for p in catalogue.values() if p.static} | {"wal_level"}
    return {name: value for name, value in settings.items() if name in names}
