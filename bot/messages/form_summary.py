"""The last step of the form: the plan as it will be started, its hash, and the line that says it.

What other steps ask for is told here once: a step that is added to the form adds its fact to
`_facts`, and its option to `start_line.written`.
"""

from bot.messages.choices import age
from bot.messages.draft import (
    ACCEPT,
    HOURS,
    LAG,
    OUTAGE,
    PAUSE,
    SLOTS,
    WAY_BACK,
    Draft,
    Known,
)
from bot.messages.form_checks import in_short
from bot.messages.form_frame import frame
from bot.messages.modals import View
from bot.messages.outlook import about, movable, outlook
from bot.messages.text import context, duration, mentions, quoted, safe, section
from bot.start_line import written
from migration.identifiers import LONGEST_IDENTIFIER
from migration.model import Method, Options, WayBack
from migration.plan import SHORT_HASH, plan_for, plan_hash
from migration.ports import Source
from migration.preflight import CheckRun

NAME = LONGEST_IDENTIFIER
LINE = 700
WAYS_BACK = {
    WayBack.NONE: "none: going back once the cluster is open would lose writes",
    WayBack.IF_POSSIBLE: "if possible, for {hours}; else the cluster opens without one",
    WayBack.REQUIRED: "required, for {hours}; else the cut-over goes back",
}


def hash_of(draft: Draft, options: Options) -> str:
    """Of the plan that this would be; raises InvalidOptions where there is none."""
    plan = plan_for(draft.source, options)
    return plan_hash(plan, draft.source, options.target, options)


def draw(
    draft: Draft, known: Known, options: Options, run: CheckRun | None, note: str = ""
) -> View:
    """Everything that somebody has to have read who presses Start."""
    plan = hash_of(draft, options)
    answered = run is not None and run.answered
    return frame(
        draft,
        [
            *([] if movable(draft.source, known) else about(draft.source, known)),
            section("\n".join(_facts(draft, options))),
            section(in_short(run)),
            section("\n".join(_times(known.source(draft.source), options))),
            *outlook(draft, known),
            section(_line(draft, options)),
            section(f"*Who may approve*: {mentions(known.approvers)}. Not you."),
            context(_small_print(draft, known, plan)),
        ],
        note=note,
        submit="Start",
        look=run.id if run is not None and answered else "",
        plan=plan,
    )


def _facts(draft: Draft, options: Options) -> list[str]:
    """What was chosen, one line each."""
    source, target = quoted(draft.source, NAME), quoted(options.target, NAME)
    shown = quoted(options.instance_class, NAME) if options.instance_class else "the source's"
    lines = [
        f"*{source} → {target}*, by {safe(options.method, NAME)}",
        f"• Instance class: {shown}",
        f"• Login to the database: {'yes' if options.login else '*none*: it looks from outside'}",
    ]
    if options.method is Method.SNAPSHOT:
        outage = duration(options.longest_outage_seconds)
        lines.append(f"• Longest outage: {outage} from the approval on; then the source reopens")
    else:
        lines += [
            f"• Longest write pause: {duration(options.max_write_pause_seconds)}",
            f"• Most lag to promote with: {duration(options.lag_threshold_seconds)}",
        ]
    hours = duration(options.way_back_hours * 3600)
    lines.append(f"• Way back: {WAYS_BACK[options.way_back].format(hours=hours)}")
    slots = "made anew on the cluster" if options.recreate_slots else "left behind"
    lines.append(f"• Logical slots: {slots}")
    if options.accept_backup_interruption:
        lines.append("• *Automated backups are turned on*: the interruption is accepted")
    left = _without_effect(draft, options)
    if left:
        lines.append(f"• Chosen, and without effect in this way: {', '.join(left)}")
    return lines


def _without_effect(draft: Draft, options: Options) -> list[str]:
    """What somebody typed or chose that this method does not ask for."""
    snapshot = options.method is Method.SNAPSHOT
    kept = options.way_back is not WayBack.NONE
    told = {
        LAG: ("the lag threshold", not snapshot),
        PAUSE: ("the longest write pause", not snapshot),
        OUTAGE: ("the longest outage", snapshot),
        WAY_BACK: ("a way back", kept),
        HOURS: ("hours of a way back", kept),
        SLOTS: ("slots made anew", options.recreate_slots),
        ACCEPT: ("the interruption by backups", options.accept_backup_interruption),
    }
    return [words for name, (words, counts) in told.items() if draft.value(name) and not counts]


def _times(source: Source | None, options: Options) -> list[str]:
    """How long it may take, as far as that can be told now."""
    lines = ["*Expected times*"]
    copy = source.copy_seconds if source is not None else 0.0
    about_it = (
        f"about {duration(copy)} for {source.storage_gib} GiB"
        if source is not None and copy > 0
        else "not known yet; its size is read from CloudWatch"
    )
    if options.method is Method.SNAPSHOT:
        most = duration(options.longest_outage_seconds)
        outage = f"• The copy, and with it the outage: {about_it}; over after {most} in any case."
        return [*lines, outage]
    most = duration(options.max_write_pause_seconds)
    pause = "seconds" if options.login else "minutes, with a reboot"
    lines += [
        f"• Until it can be promoted: {about_it}, and the time to catch up.",
        f"• Writes stand still: {pause}; not promoted within {most}, it goes back.",
    ]
    if options.way_back is not WayBack.NONE:
        lines.append(f"• Cool-off: {duration(options.way_back_hours * 3600)}, then you are asked.")
    return lines


def _line(draft: Draft, options: Options) -> str:
    typed = written(draft.source, options)
    return f"*The same in one line*\n```/migrate {safe(typed.replace('`', ''), LINE)}```"


def _small_print(draft: Draft, known: Known, plan: str) -> str:
    read = f", with the list of {age(known.inventory, known.now)} ago" if known.inventory else ""
    return f"Plan `{plan[:SHORT_HASH]}`{read}. Shown in <#{draft.channel}>."
