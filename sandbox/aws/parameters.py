"""The parameters of a group's family: what AWS lists, and what of it a customer may change."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sandbox.servers import account
from sandbox.servers.postgres import PostgresServer
from sandbox.servers.resolve import Program

ENGINES = ("postgres", "aurora-postgresql")
EXTENSIONS = "rds.extensions"
PRELOADED = "shared_preload_libraries"

# What RDS keeps for itself (archive): the server's files, network, TLS, archiving and recovery.
_NOT_MODIFIABLE_PREFIXES = (
    "archive_", "recovery_", "restore_", "primary_", "promote_", "ssl_", "unix_socket_",
    "logging_", "syslog_", "event_", "krb_", "data_", "dynamic_library", "local_preload",
)  # fmt: skip
_NOT_MODIFIABLE = {
    "allow_system_table_mods", "authentication_timeout", "bonjour", "bonjour_name", "cluster_name",
    "config_file", "external_pid_file", "fsync", "full_page_writes", "hba_file", "hot_standby",
    "ident_file", "listen_addresses", "log_directory", "log_file_mode", "log_truncate_on_rotation",
    "port", "ssl", "superuser_reserved_connections", "synchronous_standby_names", "wal_level",
    "wal_log_hints", "wal_sync_method", "zero_damaged_pages", "ignore_checksum_failure",
    "jit_provider", "restart_after_crash", "shared_memory_type", "dynamic_shared_memory_type",
}  # fmt: skip

# Aurora writes no WAL files and no checkpoints of its own, so its families have none of these.
_NOT_IN_AURORA_PREFIXES = ("archive_", "bgwriter_", "checkpoint_", "recovery_", "wal_")
_NOT_IN_AURORA = {
    "commit_delay", "commit_siblings", "fsync", "full_page_writes", "hot_standby", "max_wal_size",
    "min_wal_size", "primary_conninfo", "primary_slot_name", "promote_trigger_file",
    "restore_command", "max_slot_wal_keep_size",
}  # fmt: skip
# Settings of the whole cluster: an instance's group does not have them.
_CLUSTER_LEVEL = {
    "max_logical_replication_workers", "max_prepared_transactions", "max_replication_slots",
    "max_wal_senders", "max_worker_processes", "password_encryption", "rds.force_ssl",
    "rds.logical_replication", "shared_preload_libraries", "timezone",
}  # fmt: skip

# What AWS sets on top of the engine's defaults. A formula is answered as AWS writes it;
# what it comes to on a machine as small as this one stands in `FORMULA_VALUES`.
_SYSTEM_VALUES = {
    "autovacuum_max_workers": "GREATEST({DBInstanceClassMemory/64371566592},3)",
    "idle_in_transaction_session_timeout": "86400000",
    "log_rotation_age": "60",
    "max_connections": "LEAST({DBInstanceClassMemory/9531392},5000)",
    "max_replication_slots": "20",
    "max_wal_senders": "20",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "{DBInstanceClassMemory/32768}",
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "1",
    "wal_keep_size": "64",
}
# What may be preloaded: both engines have these, RDS some more.
_LIBRARIES = "auto_explain,pg_prewarm,pg_stat_statements"
_LIBRARIES_OF_RDS = f"{_LIBRARIES},pg_transport"
_AURORA_VALUES = {"shared_buffers": "SUM({DBInstanceClassMemory/12038},-50003)"}
FORMULA_VALUES = {
    "autovacuum_max_workers": "3",
    "max_connections": "100",
    "shared_buffers": "8192",  # 64 MB, in pages of 8 kB
}


@dataclass(frozen=True)
class Default:
    """What a running server says of a setting that nobody touched."""

    value: str
    choices: str | None


def defaults(server: PostgresServer) -> dict[str, Default]:
    """The engine's defaults, by the names that AWS uses, and which extensions it has files for."""
    rows = server.query("SELECT lower(name), coalesce(boot_val, ''), enumvals FROM pg_settings")
    found = {
        name: Default(value, ",".join(choices) if choices else None)
        for name, value, choices in rows
    }
    extensions = server.query("SELECT name FROM pg_available_extensions ORDER BY name")
    return found | {EXTENSIONS: Default(",".join(name for (name,) in extensions), None)}


@dataclass(frozen=True)
class Parameter:
    """One parameter as DescribeDBParameters answers it."""

    name: str
    description: str
    static: bool
    data_type: str
    allowed: str | None
    value: str | None
    source: str
    modifiable: bool

    def with_default(self, default: "Default | None") -> "Parameter":
        """The same with the engine's own default, where AWS has set nothing over it."""
        if default is None:
            return self
        value = {"on": "1", "off": "0"}.get(default.value, default.value)
        keep = self.value is not None or (self.data_type != "boolean" and not default.value)
        allowed = self.allowed if self.allowed is not None else default.choices
        return replace(self, value=self.value if keep else value, allowed=allowed)

    def answer(self, user: Mapping[str, str] | None = None) -> dict[str, object]:
        """The API's shape; `user` holds the value and method a customer set."""
        value = (user or {}).get("ParameterValue", self.value)
        return {
            "ParameterName": self.name,
            "Description": self.description,
            "Source": "user" if user else self.source,
            "ApplyType": "static" if self.static else "dynamic",
            "DataType": self.data_type,
            "IsModifiable": self.modifiable,
            "ApplyMethod": (user or {}).get("ApplyMethod", "pending-reboot"),
            **({"ParameterValue": value} if value is not None else {}),
            **({"AllowedValues": self.allowed} if self.allowed is not None else {}),
        }

    def accepts(self, value: str) -> bool:
        """Whether AWS takes this value (a formula only where the sandbox can evaluate it)."""
        if "{" in value:
            return self.name in FORMULA_VALUES
        if self.allowed is None:
            return True
        if self.data_type == "list":
            return set(value.split(",")) <= set(self.allowed.split(","))
        if self.data_type in {"boolean", "string"}:
            return value in self.allowed.split(",")
        low, _, high = self.allowed.rpartition("-")
        try:
            return float(low) <= float(value) <= float(high)
        except ValueError:
            return False


_RDS_OWN = (
    Parameter(
        "rds.force_ssl", "Force SSL connections.", False, "boolean", "0,1", "1", "system", True
    ),
    Parameter(
        "rds.logical_replication", "Enables logical decoding.", True, "boolean", "0,1", "0",
        "engine-default", True,
    ),
    Parameter(
        EXTENSIONS, "List of extensions provided by RDS.", False, "list", None, None, "system",
        False,
    ),
    Parameter(
        "rds.log_retention_period", "Minutes that logs are kept.", False, "integer", "1440-10080",
        "4320", "system", True,
    ),
)  # fmt: skip


def log_parameters(segment_mb: int, cycle_seconds: int) -> dict[str, Parameter]:
    """How RDS cuts its log: what AWS lists and nobody may change."""
    fixed = {
        "archive_timeout": ("Seconds after which a new segment is begun.", cycle_seconds),
        "wal_segment_size": ("The size of a segment in bytes.", segment_mb * 1024 * 1024),
    }
    return {
        name: Parameter(name, text, False, "integer", None, str(value), "system", False)
        for name, (text, value) in fixed.items()
    }


_TYPES = {
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "REAL": "float",
    "STRING": "string",
    "ENUM": "string",
}


def _from_engine(line: str) -> Parameter | None:
    # The value in the fifth column is no default: this mode of the server does not compute them.
    name, context, _, kind, _, low, high, description, *_ = line.split("\t")
    if context == "internal":
        return None
    name = name.lower()  # AWS lists TimeZone as `timezone`
    if name == PRELOADED:
        return Parameter(
            name, description, True, "list", _LIBRARIES_OF_RDS, _SYSTEM_VALUES[name], "system", True
        )
    fixed = name in _NOT_MODIFIABLE or name.startswith(_NOT_MODIFIABLE_PREFIXES)
    system = _SYSTEM_VALUES.get(name)
    allowed = "0,1" if kind == "BOOLEAN" else f"{low}-{high}" if low and high else None
    return Parameter(
        name=name,
        description=description,
        static=context == "postmaster",
        data_type=_TYPES[kind],
        allowed=allowed,
        value=system,
        source="system" if system is not None else "engine-default",
        modifiable=not fixed,
    )


@lru_cache
def _engine_parameters(postgres: str, library_path: str) -> tuple[Parameter, ...]:
    said = subprocess.run(
        [postgres, "--describe-config"],
        capture_output=True,
        text=True,
        check=True,
        env={"LD_LIBRARY_PATH": library_path},
        **account.popen_options(),
    ).stdout
    found = [_from_engine(line) for line in said.splitlines() if line.count("\t") >= 7]
    # pg_stat_statements is preloaded, so AWS lists its settings too.
    extension = Parameter(
        "pg_stat_statements.track", "Selects which statements are tracked.", False, "string", None,
        "top", "engine-default", True,
    )  # fmt: skip
    return (*(entry for entry in found if entry is not None), extension, *_RDS_OWN)


def catalogue(program: Program, family: str, *, cluster: bool = False) -> dict[str, Parameter]:
    """The parameters of a family, by name; raises KeyError for a family that does not exist."""
    engine = next((e for e in ENGINES if family.removeprefix(e).isdigit()), None)
    if engine is None:
        raise KeyError(family)
    library_path = program.environment.get("LD_LIBRARY_PATH", "")
    everything = _engine_parameters(program.path("postgres"), library_path)
    if engine == "postgres":
        return {entry.name: entry for entry in everything}
    listed = {}
    for entry in everything:
        gone = entry.name in _NOT_IN_AURORA or entry.name.startswith(_NOT_IN_AURORA_PREFIXES)
        if gone or (not cluster and entry.name in _CLUSTER_LEVEL):
            continue
        own = _AURORA_VALUES.get(entry.name)
        listed[entry.name] = replace(entry, value=own) if own is not None else entry
        if entry.name == PRELOADED:
            listed[entry.name] = replace(entry, allowed=_LIBRARIES)
    return listed
