"""Migrations in every state that a channel can show, and texts that mean harm."""

from dataclasses import replace

from migration.model import (
    Approval,
    Check,
    Evidence,
    Migration,
    Options,
    Problem,
    Reading,
    Status,
    Waiting,
    WayBack,
)
from migration.plan import CUT_OVER, KEEP_WAY_BACK, PROMOTE, plan_for
from migration.service import Snapshot

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


def _halted(**changes: object) -> Migration:
    problem = Problem("create_replica", "DBSubnetGroupNotFoundFault: no <such> group & zone", NOW)
    position = position_of("create_replica")
    return a_migration(Status.HALTED, position=position, problem=problem, facts=FACTS, **changes)


def _after_cut_over(status: Status, step: str) -> Migration:
    facts = {**FACTS, **CUT_OVER_FACTS}
    return a_migration(status, position=position_of(step), facts=facts, approval=APPROVAL)


def _cutting_over(**changes: object) -> Migration:
    position = position_of(CUT_OVER)
    return a_migration(Status.CUTTING_OVER, position=position, approval=APPROVAL, **changes)


def _kept(status: Status, **changes: object) -> Migration:
    options = Options(target="orders-aurora", way_back=WayBack.REQUIRED)
    plan = plan_for("orders", options)
    position = [step.name for step in plan.steps].index(KEEP_WAY_BACK)
    facts = {**FACTS, **CUT_OVER_FACTS}
    known = a_migration(status, position=position, facts=facts, approval=APPROVAL)
    return replace(known, **{"options": options, "plan": plan, **changes})


def _cancelling(status: Status, position: int) -> Migration:
    return a_migration(status, position=position, facts=FACTS, cancelled_by=RITA, updated_at=NOW)


STATES = {
    "active": snapshot(_creating()),
    "active_failed_once": snapshot(replace(_creating(), attempts=2, waiting=None)),
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
    "rolling_back": snapshot(_kept(Status.ROLLING_BACK)),
    "rolled_back": snapshot(_kept(Status.ROLLED_BACK)),
    "halted": snapshot(_halted()),
    "halted_after_cut_over": snapshot(
        replace(
            _after_cut_over(Status.HALTED, "protect_target"),
            problem=Problem("protect_target", "AccessDenied", NOW),
        )
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
