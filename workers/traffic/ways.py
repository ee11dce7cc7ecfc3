"""The entries as PgBouncer has them now."""

from dataclasses import dataclass

from workers.traffic.console import Console, Row
from workers.traffic.port import Endpoint

CONSOLE_DATABASE = "pgbouncer"


@dataclass(frozen=True)
class Way:
    """An entry as PgBouncer has it."""

    name: str
    endpoint: Endpoint | None
    dbname: str
    user: str | None
    # of its own; None: as the configuration says for all
    pool_mode: str | None
    held: bool


async def read(console: Console) -> dict[str, Way]:
    """Every entry by its name, the console's own left out."""
    rows = await console.rows("DATABASES")
    return {row["name"]: _way(row) for row in rows if row["name"] != CONSOLE_DATABASE}


def _way(row: Row) -> Way:
    return Way(
        name=row["name"],
        endpoint=Endpoint(row["host"], int(row["port"])) if row["host"] else None,
        dbname=row["database"],
        user=row["force_user"],
        pool_mode=row["pool_mode"],
        held=bool(row["paused"]),
    )
