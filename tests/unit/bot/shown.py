"""Migrations in every state that a channel can show, and texts that mean harm."""

from dataclasses import replace
from datetime import date

from migration.cool_off import BEHIND, RETAINED, SECONDS_BEHIND
from migration.model import (
    WENT_BACK,
    Approval,
    Check,
    Evidence,
    Freeze,
    Method,
    Migration,
    Options,
    Pause,
    Problem,
    Reading,
    Status,
    Waiting,
    WayBack,
)
from migration.plan import (
    CUT_OVER,
    FREEZE,
    KEEP_WAY_BACK,
    PROMOTE,
    RESTORE_SNAPSHOT,
    RETIRE_SOURCE,
    ROLL_BACK,
    VALIDATE_COPY,
    plan_for,
)
from migration.policy import Rule
from migration.service import Snapshot
from migration.terms import Terms, gate_of
from migration.windows import ChangeFreeze, Shut

NOW = 1_800_000_600.0
APPROVERS = frozenset({"S0DBAONCALL", "UADAM"})
RITA, ADAM = "URITA", "UADAM"
LAG = tuple(
    Reading("lag", value, "s", "pg_stat_replication", NOW - 60 + 10 * index)
    for index, value in enumerate((8.0, 4.0, 1.5, 0.4, 0.4))
)
GOOD = Evidence(
    (
        Check("replication lag", ok=True, detail="0.4 s, at most 5 s"),
        Check("long transactions", ok=True, detail="none"),
    ),
    LAG[-1:],
    NOW - 3,
)
BAD = Evidence(
    (
        Check("replication lag", ok=False, detail="12 s, at most 5 s"),
        Check("long transactions", ok=True, detail="none"),
    ),
    LAG[-1:],
    NOW - 3,
)
APPROVAL = Approval(PROMOTE, ADAM, NOW - 120, GOOD)
BACK_GOOD = Evidence((Check("Source follows", ok=True, detail="0.3 s behind"),), (), NOW - 3)
BACK = Approval(ROLL_BACK, ADAM, NOW - 60, BACK_GOOD)
FACTS = {
    "check_source": {"engine_version": "15.4", "backups": True, "findings": ["none"]},
    "create_replica": {"cluster": "orders-aurora"},
}
CUT_OVER_FACTS = {
    CUT_OVER: {
        "orchestrator_ms": 142.4,
        "probe": {
            "clients": 2,
            "writes": 90,
            "errors": 0,
            "longest_wait_ms": 161.8,
            "gap_ms": 97.3,
        },
        "phases_ms": {"pause": 12.3, "fence": 30.1, "promote": 80.7, "open": 19.3},
        "checked": {"sequences": 3, "roles": 5},
    }
}
ROLL_BACK_FACTS = {
    "epoch": 2,
    "started_at": NOW - 30,
    "ended_at": NOW - 29.8,
    "orchestrator_ms": 130.2,
    "probe": {"clients": 2, "errors": 0, "longest_wait_ms": 141.0, "gap_ms": 88.8},
    "phases_ms": {"pause": 11.0, "fence": 25.5, "drain": 20.1, "open": 15.0},
    "checked": {"sequences": 3, "tables": 7},
    "sessions_ended": ["psql of <dba> from 10.0.0.9"],
    "roles_fenced": ["app"],
}
RETIRED = {
    "source_kept": True,
    "final_snapshot": "daybreak-orders-0001-final",
    "deletion_protection": True,
    "tags": {"daybreak:retired-by": "orders-0001"},
    "by_hand": [
        "Delete `orders` when nobody needs it.",
        "Remove its alarms & <dashboards>.",
    ],
}


def a_migration(status: Status = Status.ACTIVE, **changes: object) -> Migration:
    """A migration of `orders`, asked for by Rita."""
    options = Options(target="orders-aurora")
    plain = Migration(
        id="orders-0001",
        source="orders",
        requester=RITA,
        channel="CMIGRATIONS",
        options=options,
        plan=plan_for("orders", options),
        created_at=NOW - 600,
        updated_at=NOW - 600,
    )
    return replace(plain, status=status, **changes)


def position_of(step: str) -> int:
    """Where a step stands in the plan."""
    return [one.name for one in a_migration().plan.steps].index(step)


def at_the_gate(**changes: object) -> Migration:
    """A migration that waits for its promotion to be approved."""
    return a_migration(Status.WAITING_FOR_APPROVAL, position=position_of(CUT_OVER), **changes)


def snapshot(migration: Migration, evidence: Evidence | None = None) -> Snapshot:
    """How the channel sees it."""
    return Snapshot(migration, LAG, evidence, NOW)


def _creating() -> Migration:
    waiting = Waiting("the cluster is being created", NOW - 300, 0.25)
    position = position_of("create_replica")
    return a_migration(position=position, updated_at=NOW, facts=FACTS, waiting=waiting, version=9)


def _paused(step: str, **changes: object) -> Migration:
    pause = Pause(ADAM, NOW - 90)
    return a_migration(Status.PAUSED, position=position_of(step), paused=pause, **changes)


def _halted(**changes: object) -> Migration:
    problem = Problem("create_replica", "DBSubnetGroupNotFoundFault: no <such> group & zone", NOW)
    position = position_of("create_replica")
    known = a_migration(Status.HALTED, position=position, problem=problem, facts=FACTS)
    return replace(known, **changes)


def _after_cut_over(status: Status, step: str) -> Migration:
    facts = {**FACTS, **CUT_OVER_FACTS}
    return a_migration(status, position=position_of(step), facts=facts, approval=APPROVAL)


def _cutting_over(**changes: object) -> Migration:
    position = position_of(CUT_OVER)
    return a_migration(Status.CUTTING_OVER, position=position, approval=APPROVAL, **changes)


def readings(name: str, unit: str, *values: float) -> tuple[Reading, ...]:
    """What the step saw in its last looks, ten seconds apart."""
    first = NOW - 10 * len(values)
    return tuple(
        Reading(name, value, unit, "slot of orders-aurora", first + 10 * index)
        for index, value in enumerate(values)
    )


def cooling_off(
    migration: Migration, *seconds: float, evidence: Evidence | None = None
) -> Snapshot:
    """How the channel sees it while the way back is kept, so many seconds behind in each look."""
    behind = {
        SECONDS_BEHIND: readings(SECONDS_BEHIND, "s", *seconds),
        BEHIND: readings(BEHIND, "bytes", *(1_300_000 * one for one in seconds)),
        RETAINED: readings(RETAINED, "bytes", *(16 * 2**20 for _ in seconds)),
    }
    return Snapshot(migration, LAG, evidence, NOW, way_back=behind)


def kept(status: Status, *, opened: float = NOW - 3600, **changes: object) -> Migration:
    """A migration that was cut over an hour ago, and whose way back is kept for three days."""
    options = Options(target="orders-aurora", way_back=WayBack.REQUIRED)
    plan = plan_for("orders", options)
    position = [step.name for step in plan.steps].index(KEEP_WAY_BACK)
    cut_over = {**CUT_OVER_FACTS[CUT_OVER], "ended_at": opened}
    known = a_migration(
        status, position=position, facts={**FACTS, CUT_OVER: cut_over}, approval=APPROVAL
    )
    return replace(known, **{"options": options, "plan": plan, "updated_at": NOW, **changes})


def _with_facts(migration: Migration, **facts: object) -> Migration:
    return replace(migration, facts={**migration.facts, **facts})


def _after_keeping(status: Status, **changes: object) -> Migration:
    known = kept(status)
    return replace(known, position=known.position + 1, **changes)


def _cool_off_states() -> dict[str, Snapshot]:
    halted = Problem(
        KEEP_WAY_BACK,
        "Tables of source and target differ since the target was opened: `public.<orders>`. Make "
        "the same change on the source as Daybreak's role, or undo it on the target; then retry.",
        NOW,
    )
    begun = {"approval": BACK, "cut_over_began": NOW - 4, "epoch": 2}
    stuck = Problem(ROLL_BACK, "No pooler <answers>", NOW - 9)
    back = _with_facts(kept(Status.ACTIVE, approval=BACK), **{ROLL_BACK: ROLL_BACK_FACTS})
    term_over = kept(Status.ACTIVE, opened=NOW - 80 * 3600, asked_times=1, asked_at=NOW - 28_800)
    done = _with_facts(_after_keeping(Status.COMPLETED), **{RETIRE_SOURCE: RETIRED})
    return {
        "cooling_off_unseen": cooling_off(kept(Status.ACTIVE)),
        "cooling_off": cooling_off(kept(Status.ACTIVE), 0.4, 0.2, 0.3),
        "cooling_off_behind": cooling_off(kept(Status.ACTIVE, attempts=2), 1.0, 30.0, 75.0),
        "cooling_off_over": cooling_off(term_over, 0.4, 0.2, 0.3),
        "cooling_off_called_off": cooling_off(
            kept(Status.ACTIVE, aborted="a session did not end: psql & co", approval=None), 0.4
        ),
        "halted_in_cool_off": cooling_off(kept(Status.HALTED, problem=halted), 0.4, 30.0),
        "rolling_back": snapshot(kept(Status.ROLLING_BACK, approval=BACK)),
        "rolling_back_begun": snapshot(kept(Status.ROLLING_BACK, **begun)),
        "rolling_back_stuck": snapshot(kept(Status.ROLLING_BACK, problem=stuck, **begun)),
        "applications_back": snapshot(back),
        "rolled_back": snapshot(
            _with_facts(
                _after_keeping(Status.ROLLED_BACK, approval=BACK), **{ROLL_BACK: ROLL_BACK_FACTS}
            )
        ),
        "rolled_back_by_hand": snapshot(
            _with_facts(_after_keeping(Status.ROLLED_BACK), **{KEEP_WAY_BACK: {"ended": WENT_BACK}})
        ),
        "finishing": snapshot(kept(Status.ACTIVE, finishing_by=RITA)),
        "retiring": snapshot(_after_keeping(Status.ACTIVE, finishing_by=RITA)),
        "completed_after_finish": snapshot(replace(done, position=done.position + 1)),
    }


def by_snapshot(status: Status, step: str, **changes: object) -> Migration:
    """One whose source is closed while it is copied, at that step of it."""
    options = Options(target="orders-aurora", method=Method.SNAPSHOT)
    plan = plan_for("orders", options)
    position = [one.name for one in plan.steps].index(step)
    known = a_migration(status, position=position, facts=FACTS, approval=APPROVAL, epoch=3)
    return replace(known, **{"options": options, "plan": plan, **changes})


OUTAGE_FACTS = {
    "mode": "snapshot",
    "outage_began_at": NOW - 1500,
    "ended_at": NOW - 60,
    "outage_ended_at": NOW - 59,
    "orchestrator_ms": 210.0,
    "phases_ms": {"pause": 12.3, "claim": 30.1, "open": 19.3},
    "checked": {"sequences": 3, "roles": 5},
    "refused_after_seconds": 45.0,
    "compared": {
        "app": {"tables_summed": 4, "rows": 1203, "not_counted": ["public.<events>"]},
        "odd": "not what it should be",
    },
}
FREEZE_UNDER_WAY = Freeze(reopen_by=NOW + 7200, began_at=NOW - 300)


RULE = Rule(APPROVERS, "production", approvals=2)
GIVEN = replace(APPROVAL, expires_at=NOW + 780)


def under(snapshot: Snapshot, **changes: object) -> Snapshot:
    """The same where production takes two approvals."""
    terms = Terms(gate_of(snapshot.migration), RULE, "0123456789abcdef" * 4)
    return replace(snapshot, terms=replace(terms, **changes))


FROZEN_UNTIL = ChangeFreeze(date(2027, 1, 14), date(2027, 1, 16), "UTC", "the <big> sale")


def _under_a_policy() -> dict[str, Snapshot]:
    gate = snapshot(at_the_gate(), GOOD)
    by_two = (replace(GIVEN, by="UANNA"), GIVEN)
    glass = replace(GIVEN, break_glass=True)
    later = tuple(replace(one, begins_at=NOW + 3600, expires_at=NOW + 4500) for one in by_two)
    return {
        "waiting_for_two": under(gate),
        "waiting_one_of_two": under(gate, given=(GIVEN,)),
        "waiting_outside_window": under(gate, shut=Shut(None, NOW + 3600)),
        "waiting_scheduled": under(gate, given=later, shut=Shut(None, NOW + 3600)),
        "waiting_one_of_two_scheduled": under(gate, given=later[:1], shut=Shut(None, NOW + 3600)),
        "waiting_due": under(gate, given=later),
        "waiting_in_a_freeze": under(gate, shut=Shut(FROZEN_UNTIL, NOW + 86_400)),
        "cutting_over_by_two": under(snapshot(replace(_cutting_over(), given=by_two))),
        "cutting_over_glass_broken": under(snapshot(replace(_cutting_over(), approval=glass))),
    }


def _cancelling(status: Status, position: int) -> Migration:
    return a_migration(status, position=position, facts=FACTS, cancelled_by=RITA, updated_at=NOW)


COOL_OFF = _cool_off_states()
STATES = {
    "active": snapshot(_creating()),
    "active_failed_once": snapshot(replace(_creating(), attempts=2, waiting=None)),
    "paused_preparing": snapshot(_paused("copy_parameters")),
    "paused": snapshot(_paused("watch_lag", facts=FACTS)),
    "active_after_cut_over": snapshot(_after_cut_over(Status.ACTIVE, "protect_target")),
    "waiting_unseen": snapshot(at_the_gate()),
    "waiting_shut": snapshot(at_the_gate(), BAD),
    "waiting_open": snapshot(at_the_gate(), GOOD),
    "waiting_old_evidence": snapshot(at_the_gate(), replace(GOOD, at=NOW - 301)),
    "waiting_after_abort": snapshot(at_the_gate(aborted="sessions did not end: psql & co"), BAD),
    "cutting_over": snapshot(_cutting_over()),
    "cutting_over_begun": snapshot(_cutting_over(cut_over_began=NOW - 4)),
    "cutting_over_promoting": snapshot(
        _cutting_over(cut_over_began=NOW - 4, promoting_since=NOW - 3)
    ),
    "cutting_over_cancelled": snapshot(_cutting_over(cut_over_began=NOW - 4, cancelled_by=RITA)),
    "cutting_over_stuck": snapshot(
        _cutting_over(
            cut_over_began=NOW - 400,
            promoting_since=NOW - 390,
            problem=Problem(CUT_OVER, "No connection to <orders>:5432", NOW - 9),
        )
    ),
    **_under_a_policy(),
    **COOL_OFF,
    "freeze_open": snapshot(by_snapshot(Status.WAITING_FOR_APPROVAL, FREEZE, approval=None), GOOD),
    "freeze_approved": snapshot(
        by_snapshot(Status.CUTTING_OVER, FREEZE, freeze=Freeze(reopen_by=NOW + 7200))
    ),
    "frozen": snapshot(
        by_snapshot(
            Status.FROZEN,
            RESTORE_SNAPSHOT,
            freeze=FREEZE_UNDER_WAY,
            waiting=Waiting("RDS is restoring cluster `orders-aurora`", NOW - 60, 0.25),
        )
    ),
    "frozen_asked": snapshot(
        by_snapshot(
            Status.FROZEN,
            VALIDATE_COPY,
            freeze=FREEZE_UNDER_WAY,
            problem=Problem(VALIDATE_COPY, "not equal:\n• `app`: table <a> & b differs", NOW),
        )
    ),
    "completed_by_snapshot": snapshot(
        by_snapshot(Status.COMPLETED, "protect_target", facts={**FACTS, CUT_OVER: OUTAGE_FACTS})
    ),
    "reopening": snapshot(
        by_snapshot(
            Status.CUTTING_OVER,
            RESTORE_SNAPSHOT,
            freeze=replace(FREEZE_UNDER_WAY, reopening="AWS said <no> & failed."),
            cut_over_began=NOW - 300,
        )
    ),
    "halted": snapshot(_halted()),
    "halted_after_cut_over": snapshot(
        replace(
            _after_cut_over(Status.HALTED, "protect_target"),
            problem=Problem("protect_target", "AccessDenied", NOW),
        )
    ),
    "halted_at_the_gate": snapshot(
        replace(
            at_the_gate(problem=Problem(CUT_OVER, "the target was promoted", NOW), facts=FACTS),
            status=Status.HALTED,
        )
    ),
    "dropping": snapshot(
        a_migration(Status.DROPPING, position=position_of("create_replica"), dropping_by=RITA)
    ),
    "dropped": snapshot(
        _halted(dropped_by=RITA, problem=Problem("create_replica", "`orders` has no slot", NOW))
    ),
    "halted_cancelling": snapshot(_halted(cancelled_by=RITA)),
    "cancelling": snapshot(_cancelling(Status.CANCELLING, 3)),
    "cancelled": snapshot(_cancelling(Status.CANCELLED, 0)),
    "completed": snapshot(_after_cut_over(Status.COMPLETED, "protect_target")),
}

# What AWS, SQL or a person may have said: mentions, links, entities, length, what turns a line.
HARM = [
    "<!channel> <@U0EVERYONE> & <https://evil.example|click>",
    "&" * 5000,
    "<" * 5000,
    "ü" * 5000,
    "a\nb\r\n\tc\x00\x07 \u202egnihton",
    "*bold* `code` ~x~ &amp; &lt;",
    "",
]


def harmful(harm: str) -> Snapshot:
    """Every place that holds foreign words holds these."""
    checks = tuple(Check(harm, ok=False, detail=harm) for _ in range(40))
    reading = Reading(harm, 1.0, harm, harm, NOW)
    evidence = Evidence(checks, (reading,) * 40, NOW)
    migration = at_the_gate(
        aborted=harm,
        options=Options(target="orders-aurora"),
        facts={"check_source": {harm: harm, "list": [harm] * 40}},
    )
    return snapshot(migration, evidence)
