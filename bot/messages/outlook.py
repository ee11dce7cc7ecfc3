"""What will happen to a source, in words, before anybody starts anything."""

from bot.messages.choices import age
from bot.messages.draft import Draft, Known
from bot.messages.text import Block, context, quoted, safe, section, when
from bot.search import nearest_sources
from migration.ports import Source
from migration.recommendation import recommend

NAME = 63
VERSION = 40
REASON = 1000
# The collector reads it every half minute: something is wrong with what is so old.
OLD_SECONDS = 300.0

STEPS = (
    (
        "{name}, its network and its databases are looked at. What stands in the way is named, and "
        "it stops there until you have mended it."
    ),
    (
        "Parameters are copied, and a safety snapshot is taken, which may hold up the disk of an "
        "instance in one Availability Zone for a moment."
    ),
    (
        "{aurora} is made beside {name} as its replica: minutes to days, with the size of the "
        "data. Applications go on; WAL stays on the disk of {name} meanwhile, so it needs room."
    ),
    (
        "Once the replica keeps up and agrees with the source, *an approver has to press Promote*. "
        "{before} no session is ended."
    ),
    (
        "Then every write waits until the cluster has taken over. Sessions are ended once; clients "
        "that do not come through the poolers lose their connection for good. Not promoted in "
        "time, it goes back by itself and {name} takes writes again."
    ),
    "Applications go on with the cluster. {name} stays, closed to them; nothing deletes it.",
)
WITHOUT_LOGIN = (
    (
        "AWS is asked about {name} and its network; *nothing inside the database is looked at*. "
        "What stands in the way is named, and it stops there until you have mended it."
    ),
    STEPS[1],
    (
        "{aurora} is made beside {name} as its replica, closed to everybody until it takes over: "
        "minutes to days. Applications go on; WAL stays on the disk of {name} meanwhile."
    ),
    (
        "Once CloudWatch shows that the replica keeps up, *an approver has to press Promote*. "
        "{before} no session is ended."
    ),
    (
        "Then writes stand still *for minutes*: the security groups of {name} are swapped for one "
        "that lets nobody in, *{name} is rebooted*, and a whole cycle of its log has to prove that "
        "the replica has everything. Clients that wait longer than their pooler allows are refused "
        "with an error. What they wait is not measured by probes."
    ),
    (
        "If it goes back then, *the replica is deleted* before {name} takes writes again: a new "
        "migration copies anew."
    ),
    STEPS[5],
)
SNAPSHOT = (
    *STEPS[:2],
    (
        "Then *an approver has to press Freeze*, who reads how long it may take and when {name} "
        "reopens by itself. {before} no session is ended."
    ),
    (
        "{name} is closed: sessions are ended, and *applications are refused for as long as the "
        "copy takes*, minutes to hours with the size of the data. Clients wait only as long as "
        "their pooler lets them."
    ),
    (
        "A snapshot is taken, restored as {aurora}, and compared with {name}: definitions, rows, "
        "contents, sequences, roles. Not equal, not done in time, or failed: {name} reopens with "
        "everything, and the copy is void."
    ),
    STEPS[5],
)
BACKUPS = (
    "*Automated backups are turned on, which interrupts {name}* for some seconds: AWS makes no "
    "replica without them."
)
#: By whether backups are off.
BEFORE = {False: "Until then", True: "Until then, but for step 2,"}
NOT_UNDONE = (
    "Until the cut-over begins it can be cancelled: what was made is taken down, and {name} goes "
    "on as it is.{backups} Once the cluster takes writes nothing goes back to {name} by itself, "
    "and without a way back that would lose what was written."
)


def listed(known: Known) -> Block:
    """Where the menu's choices come from; a list that is missing, empty or old is said."""
    return context(_words_of_list(known))


def _words_of_list(known: Known) -> str:
    inventory = known.inventory
    if inventory is None:
        return (
            ":warning: The list of instances has not been read from AWS yet. Try again in a "
            "moment; if this goes on, the reconciler is not running."
        )
    if not inventory.sources:
        return (
            ":warning: AWS lists no RDS for PostgreSQL instance in this account and Region "
            f"(read at {when(inventory.at)})."
        )
    count = len(inventory.sources)
    listed = f"{count} {'instance' if count == 1 else 'instances'}, as AWS listed them at"
    if known.now - inventory.at > OLD_SECONDS:
        return (
            f":warning: {listed} {when(inventory.at)}, {age(inventory, known.now)} ago: the "
            "reconciler is not running, or AWS does not answer it. Newer ones are missing."
        )
    return f"{listed} {when(inventory.at)}."


def about(name: str, known: Known) -> list[Block]:
    """The chosen source: what it is, or why it can't be moved."""
    if not name:
        return [section("Choose a source, and what is known of it is said here.")]
    shown, source = quoted(name, NAME), known.source(name)
    busy = known.busy.get(name)
    if busy:
        link = f" <{busy.link}|The live message>" if busy.link else ""
        return [
            section(
                f":no_entry: {shown} is being moved already, by `{busy.migration}`. One at a time."
                + link
            )
        ]
    if source is None:
        return [section(f":warning: {shown} is not in the list.{_likely(name, known)}")]
    if source.obstacle:
        return [
            _about(source),
            section(f":no_entry: {shown} can't be moved as it is. {safe(source.obstacle, REASON)}"),
        ]
    return [_about(source)]


def movable(name: str, known: Known) -> bool:
    """Whether nothing that is known by the list stands against moving it."""
    source = known.source(name)
    return source is not None and not source.obstacle and name not in known.busy


def outlook(draft: Draft, known: Known) -> list[Block]:
    """What will happen to it, in the way that is chosen; nothing where it can't be moved."""
    source = known.source(draft.source)
    if source is None or not movable(draft.source, known):
        return []
    steps = STEPS if draft.login else WITHOUT_LOGIN
    return [_outlook(source, SNAPSHOT if draft.by_snapshot else steps)]


def recommended(source: Source | None, allowed_seconds: float | None) -> list[Block]:
    """Which method suits it, and why; nothing while too little is known."""
    if source is None or allowed_seconds is None:
        return []
    found = recommend(source, allowed_seconds)
    if found is None:
        return []
    return [
        context(
            f"*Recommended: by {safe(found.method, NAME)}*. {safe(_capital(found.why), REASON)}."
        )
    ]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _likely(name: str, known: Known) -> str:
    near = nearest_sources(known.inventory.sources if known.inventory else (), name)
    return f" Did you mean {quoted(near[0].identifier, NAME)}?" if near else ""


def _about(source: Source) -> Block:
    """What the list of instances says of it."""
    days = source.backup_retention_days
    facts = (
        f"PostgreSQL {safe(source.engine_version, VERSION)}",
        quoted(source.instance_class, NAME),
        f"status {quoted(source.status, VERSION)}",
        f"backups kept for {days} day{'s' * (days != 1)}" if days else "*automated backups off*",
    )
    return section(f"*{safe(source.identifier, NAME)}*: {', '.join(facts)}.")


def _outlook(source: Source, steps: tuple[str, ...]) -> Block:
    """The steps, what each interrupts, where people are needed, and what is not undone."""
    name = quoted(source.identifier, NAME)
    version = safe(source.target_version, VERSION)
    aurora = f"Aurora PostgreSQL {version}" if version else "Aurora PostgreSQL"
    off = source.backup_retention_days == 0
    steps = (steps[0], BACKUPS, *steps[1:]) if off else steps
    lines = [
        f"{number}. {words.format(name=name, aurora=aurora, before=BEFORE[off])}"
        for number, words in enumerate(steps, start=1)
    ]
    undone = NOT_UNDONE.format(name=name, backups=" Automated backups stay on." if off else "")
    return section("\n".join(["*What will happen*", *lines, undone]))
