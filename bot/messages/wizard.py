"""The modal that asks what the plan needs to know."""

from bot.messages.modals import View, modal, notice, text_input
from bot.messages.text import context, plain, section
from migration.model import Options
from migration.ports import Inventory

CALLBACK = "start"
TITLE = "Move to Aurora"

# A field is called what the core calls the option (`InvalidOptions.field`).
SOURCE = "source"
TARGET = "target"
INSTANCE_CLASS = "instance_class"
LAG = "lag_threshold_seconds"
PAUSE = "max_write_pause_seconds"
ACCEPT = "accept_backup_interruption"

HINT = 300
DEFAULTS = Options(target="")


def default_target(source: str) -> str:
    """The cluster's name when nobody chose one."""
    return f"{source}-aurora"


def loading() -> View:
    """Shown at once: what follows is read from the store and from Slack."""
    return notice(TITLE, "Reading what can be moved …")


def refused(words: str) -> View:
    """Why there is nothing to fill in."""
    return notice(TITLE, words)


def form(source: str, channel: str, inventory: Inventory | None) -> View:
    """The fields, with what is known filled in."""
    return modal(
        TITLE,
        [
            section(
                "A replica cluster is made beside the source and kept in step with it. Nothing "
                "stops before an approver other than you promotes it: then writes pause while the "
                "cluster takes over, and applications go on with it."
            ),
            text_input(SOURCE, "Source instance", value=source, hint=_known(inventory), most=63),
            text_input(
                TARGET,
                "Target cluster name",
                value=default_target(source) if source else "",
                hint="Left empty: the source's name with “-aurora”.",
                optional=True,
                most=63,
            ),
            text_input(
                INSTANCE_CLASS,
                "Instance class",
                placeholder="db.r6g.large",
                hint="Left empty: the source's class.",
                optional=True,
                most=63,
            ),
            text_input(
                LAG,
                "Lag threshold (seconds)",
                value=f"{DEFAULTS.lag_threshold_seconds:g}",
                hint="With more lag than this nobody can promote.",
            ),
            text_input(
                PAUSE,
                "Longest write pause (seconds)",
                value=f"{DEFAULTS.max_write_pause_seconds:g}",
                hint="Not promoted by then, the cut-over goes back and the source takes writes.",
            ),
            text_input(
                ACCEPT,
                "Accept that enabling backups interrupts the database",
                hint="Only for a source without automated backups: a replica needs them, and "
                "RDS interrupts the database to enable them. Type the source's name to accept.",
                optional=True,
                most=63,
            ),
            context(f"Shown in <#{channel}>."),
        ],
        callback=CALLBACK,
        submit="Start",
        close="Cancel",
        metadata={"c": channel},
    )


def _known(inventory: Inventory | None) -> str:
    if inventory is None or not inventory.sources:
        return "An RDS for PostgreSQL instance of this account and Region."
    names = ", ".join(source.identifier for source in inventory.sources)
    return plain(f"Known: {names}", HINT)
