"""Approvals one by one: each a commit, the last begins; what counts no more is said and dropped."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from builders import ADAM, OSCAR, RITA, House, at_the_gate, bad_evidence, good_evidence

from migration.adapters.json_codec import EVENT, MIGRATION
from migration.approvals import Click, Decision, Person, Reason
from migration.approving import REMEMBER_SECONDS, hash_of
from migration.errors import Conflict
from migration.events import (
    ApprovalRefused,
    ApprovalsVoided,
    Approved,
    DropRequested,
    MigrationStarted,
)
from migration.model import Method, Migration, Options, Status, WayBack
from migration.plan import CUT_OVER, ROLL_BACK, plan_for
from migration.plan import hash_of as hash_of_record
from migration.policy import Policy, Rule
from migration.ports import Inventory, Source
from migration.service import Service
from migration.voiding import void_approvals
from migration.windows import Window

ANNA, OLAF = "U-ANNA", "U-OLAF"
PEOPLE = frozenset({ADAM, ANNA, OLAF})
TWO = Rule(PEOPLE, "production", tags={"env": ("prod",)}, approvals=2, reason_required=True)
PROD = {"env": "prod"}
#: A window on no day at all.
NEVER = Window(frozenset(), time(1), time(2))


def of_day(at: float) -> time:
    """The time of day in UTC."""
    return datetime.fromtimestamp(at, UTC).time()


class TwoPeople(House):
    """A house whose production takes two approvals."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.under(TWO)

    def under(self, *rules: Rule) -> None:
        """The bot is started anew with these rules."""
        self.service = Service(self.store, self.clock, Policy(PEOPLE, rules))

    def at_the_gate(self, **changes: object) -> Migration:
        """One of production, with good evidence of now."""
        migration = self.with_migration(at_the_gate(tags=PROD, **changes))
        self.store.save_evidence(migration.id, good_evidence(self.clock.now()))
        return migration

    def approves(
        self, user: str, *others: str, reason: str = "planned", break_glass: bool = False
    ) -> tuple[Decision, Migration]:
        """That person's click on what is shown now."""
        migration = self.store.load("orders-0001")
        click = Click("promote", migration.version, break_glass)
        people = [Person(one, checked_at=self.clock.now()) for one in others]
        person = Person(user, checked_at=self.clock.now())
        return self.service.approve(migration.id, click, person, "orders", reason, "OPS-1", people)

    def happened(self) -> list[object]:
        """All of it."""
        return [entry.event for entry in self.store.events("orders-0001")]


@pytest.fixture
def house() -> TwoPeople:
    """One with a migration at its gate."""
    made = TwoPeople()
    made.at_the_gate()
    return made


def test_the_cut_over_begins_with_the_last_approval_only(house: TwoPeople) -> None:
    """The first is recorded, with all that it was given for; the second begins, on both."""
    first, waiting = house.approves(ADAM)
    queued = list(house.engine.submitted)
    house.clock.time += 60
    second, after = house.approves(ANNA, ADAM)

    assert first.granted
    assert second.granted
    assert (waiting.status, queued) == (Status.WAITING_FOR_APPROVAL, [])
    assert (after.status, after.version) == (Status.CUTTING_OVER, waiting.version + 1)
    assert [one.by for one in after.given] == [ADAM, ANNA]
    assert after.approval == after.given[-1]
    assert [work.step for work in house.engine.submitted] == [CUT_OVER]
    events = house.happened()
    assert [(one.by, one.number, one.wanted) for one in events] == [(ADAM, 1, 2), (ANNA, 2, 2)]
    recorded = events[0]
    assert isinstance(recorded, Approved)
    assert (recorded.reason, recorded.ticket) == ("planned", "OPS-1")
    assert recorded.plan_hash == hash_of(after) != ""
    assert recorded.evidence == good_evidence()
    assert recorded.expires_at == recorded.at + 900
    assert recorded.rule == TWO.told()


def test_the_plan_s_hash_is_the_audit_s() -> None:
    """Who approved what can be held against what was planned."""
    house = TwoPeople()
    migration = house.service.start("orders", RITA, "C1", Options(target="orders-aurora"))
    started = house.store.events(migration.id)[0].event

    assert isinstance(started, MigrationStarted)
    assert hash_of(migration) == hash_of_record(started.planned)
    changed = replace(migration, options=replace(migration.options, target="other"))
    assert hash_of(changed) != hash_of(migration)


def test_one_person_is_one_approval(house: TwoPeople) -> None:
    """However often they press."""
    house.approves(ADAM)
    again, after = house.approves(ADAM, ADAM)

    assert again.reason is Reason.APPROVED_ALREADY
    assert (after.status, len(after.given)) == (Status.WAITING_FOR_APPROVAL, 1)
    assert [type(one) for one in house.happened()] == [Approved, ApprovalRefused]


def at_once(house: TwoPeople, *people: str, before: str = "") -> list[object]:
    """They press in the same moment, on the same version: what each is told."""
    migration = house.store.load("orders-0001")
    click = Click("promote", migration.version)
    others = [Person(before)] if before else []
    ready = threading.Barrier(len(people))

    def approve(user: str) -> object:
        ready.wait()
        try:
            decision, _ = house.service.approve(
                migration.id, click, Person(user), "orders", "why", others=others
            )
        except Conflict:
            return Reason.STALE
        return decision.reason

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(approve, people))


LOST = {Reason.STALE, Reason.NOT_WAITING}


def test_of_two_first_approvals_at_once_one_has_to_look_again() -> None:
    """Neither is lost nor counted twice, and nothing begins on one."""
    for _ in range(20):
        house = TwoPeople()
        house.at_the_gate()
        told = at_once(house, ADAM, ANNA)
        after = house.store.load("orders-0001")

        assert len(after.given) == 1
        assert after.status is Status.WAITING_FOR_APPROVAL
        assert [one for one in told if one not in LOST] == [Reason.GRANTED]


def test_of_two_last_approvals_at_once_one_begins() -> None:
    """One job, whoever was first."""
    for _ in range(20):
        house = TwoPeople()
        house.at_the_gate()
        house.approves(ADAM)
        told = at_once(house, ANNA, OLAF, before=ADAM)
        after = house.store.load("orders-0001")

        assert after.status is Status.CUTTING_OVER
        assert [one for one in told if one not in LOST] == [Reason.GRANTED]
        assert [work.step for work in house.engine.submitted] == [CUT_OVER]


def test_an_approval_that_is_over_is_said_and_not_counted(house: TwoPeople) -> None:
    """The second begins nothing then: it is the first now."""
    house.approves(ADAM)
    house.clock.time += 900
    house.store.save_evidence("orders-0001", good_evidence(house.clock.now()))
    decision, after = house.approves(ANNA, ADAM)

    assert decision.granted
    assert after.status is Status.WAITING_FOR_APPROVAL
    assert [one.by for one in after.given] == [ANNA]
    assert [type(one) for one in house.happened()] == [Approved, ApprovalsVoided, Approved]
    assert house.engine.submitted == []


def test_who_is_no_approver_any_more_does_not_count(house: TwoPeople) -> None:
    """Whether somebody is one is asked again for the last approval."""
    house.approves(ADAM)
    migration = house.store.load("orders-0001")
    click = Click("promote", migration.version)
    gone = Person(ADAM, member=False)
    _, after = house.service.approve(migration.id, click, Person(ANNA), "orders", "why", "", [gone])

    assert (after.status, [one.by for one in after.given]) == (Status.WAITING_FOR_APPROVAL, [ANNA])


def test_an_approval_nobody_vouches_for_does_not_count(house: TwoPeople) -> None:
    """Who was not looked up is not counted."""
    house.approves(ADAM)
    _, after = house.approves(ANNA)

    assert (after.status, [one.by for one in after.given]) == (Status.WAITING_FOR_APPROVAL, [ANNA])


def test_another_rule_takes_what_was_given_under_the_old_one(house: TwoPeople) -> None:
    """A policy that was changed meanwhile counts as it stands."""
    house.approves(ADAM)
    house.under(replace(TWO, expires_seconds=60.0))
    _, after = house.approves(ANNA, ADAM)

    assert [one.by for one in after.given] == [ANNA]


def test_what_fails_after_an_approval_voids_it_at_once(house: TwoPeople) -> None:
    """The look at the gate says so, by the condition's name; a good look changes nothing."""
    house.approves(ADAM)
    migration = house.store.load("orders-0001")
    void_approvals(house.store, house.clock, migration, good_evidence(house.clock.now() + 1))
    assert house.store.load("orders-0001") == migration
    void_approvals(house.store, house.clock, migration, bad_evidence(house.clock.now() + 1))
    after = house.store.load("orders-0001")

    assert (after.given, after.version) == ((), migration.version + 1)
    void = house.happened()[-1]
    assert isinstance(void, ApprovalsVoided)
    assert (void.people, void.gate) == ((ADAM,), "promote")
    assert void.reason == "A condition does not hold any more: lag: 12 s."


def test_a_look_at_the_gate_says_what_has_expired(house: TwoPeople) -> None:
    """Good evidence does not lengthen it."""
    house.approves(ADAM)
    house.clock.time += 900
    migration = house.store.load("orders-0001")
    void_approvals(house.store, house.clock, migration, good_evidence(house.clock.now()))

    assert house.store.load("orders-0001").given == ()


def test_a_decision_that_came_first_is_not_undone_by_a_late_look(house: TwoPeople) -> None:
    """The look's commit is upon what it saw."""
    house.approves(ADAM)
    seen = house.store.load("orders-0001")
    _, after = house.approves(ANNA, ADAM)
    void_approvals(house.store, house.clock, seen, bad_evidence(house.clock.now() + 1))

    assert house.store.load("orders-0001") == after


def test_dropping_the_replica_voids_what_was_approved(house: TwoPeople) -> None:
    """It was given for the replica that is gone."""
    house.approves(ADAM)
    after = house.service.drop_replica("orders-0001", RITA)

    assert after.given == ()
    assert [type(one) for one in house.happened()[-2:]] == [DropRequested, ApprovalsVoided]


def test_cancelled_or_gone_back_nothing_is_left_of_it(house: TwoPeople) -> None:
    """To try again takes approvals anew."""
    house.approves(ADAM)
    _, begun = house.approves(ANNA, ADAM)
    again = house.recorder.cut_over_aborted(begun, "a session did not end")

    assert again.given == ()
    house.approves(ADAM)
    assert house.service.cancel("orders-0001", RITA).given == ()


def test_breaking_the_glass_begins_alone_and_is_marked(house: TwoPeople) -> None:
    """By the requester too, where they are an approver; the event says that it was one."""
    house.under(replace(TWO, approvers=PEOPLE | {RITA}, windows=(NEVER,)))
    assert house.approves(RITA)[0].reason is Reason.IS_REQUESTER
    assert house.approves(ADAM)[0].reason is Reason.OUTSIDE_WINDOW
    decision, after = house.approves(RITA, break_glass=True)

    assert decision.granted
    assert after.status is Status.CUTTING_OVER
    assert after.approval is not None
    assert after.approval.break_glass
    event = house.happened()[-1]
    assert isinstance(event, Approved)
    assert (event.break_glass, event.reason, event.number, event.wanted) == (True, "planned", 1, 2)


def test_no_approval_outlives_its_window(house: TwoPeople) -> None:
    """A job that is late must not begin behind it."""
    now = house.clock.now()
    window = Window(frozenset(range(7)), of_day(now - 60), of_day(now + 300))
    house.under(replace(TWO, windows=(window,)))
    house.approves(ADAM)
    given = house.store.load("orders-0001").given

    assert given[0].expires_at == now + 300


def test_how_the_source_is_tagged_is_stored_when_it_is_begun() -> None:
    """A tag that is taken away meanwhile relaxes nothing; one that is added counts."""
    house = TwoPeople()
    house.lists(tags=PROD)
    migration = house.service.start("orders", RITA, "C1", Options(target="orders-aurora"))
    house.lists(tags={})
    house.clock.time += REMEMBER_SECONDS
    assert migration.tags == PROD
    assert house.service.rule_for("orders", migration).name == "production"
    untagged = replace(migration, tags={})
    assert house.service.rule_for("orders", untagged).name == "default"
    house.lists(tags=PROD)
    house.clock.time += REMEMBER_SECONDS
    assert house.service.rule_for("orders", untagged).name == "production"


def test_a_source_that_is_not_on_the_list_is_held_to_the_stricter_rule() -> None:
    """Begun by an older Daybreak, and gone from the list: nobody knows its tags."""
    house = TwoPeople()
    other = Source("other", "postgres", "15.4", "available", "db.r6g.large", 7)
    house.store.save_inventory(Inventory((other,), house.clock.now()))

    assert house.service.rule_for("orders", at_the_gate()).name == "production"


STAGED = replace(TWO, approvals=1, rehearsed_on=("*-staging",))


def rehearsed(house: TwoPeople, **changes: object) -> Migration:
    """A migration of another source that is over."""
    known = at_the_gate(id="before-0001", source="orders-staging")
    return house.with_migration(replace(known, **{"status": Status.COMPLETED, **changes}))


def test_without_its_rehearsal_nobody_approves_not_even_in_an_emergency() -> None:
    """It counts as the evidence does; once it is there, it stands in the approval."""
    house = TwoPeople()
    house.under(STAGED)
    house.at_the_gate()
    assert house.approves(ADAM)[0].reason is Reason.NOT_REHEARSED
    assert house.approves(ADAM, break_glass=True)[0].reason is Reason.NOT_REHEARSED
    rehearsed(house)
    decision, after = house.approves(ADAM)

    assert decision.granted
    assert after.status is Status.CUTTING_OVER
    event = house.happened()[-1]
    assert isinstance(event, Approved)
    assert event.rehearsal == "before-0001"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.ROLLED_BACK},
        {"status": Status.CANCELLED},
        {"status": Status.ACTIVE},
        {"source": "orders-test"},
        {"plan": plan_for("x", Options(target="y", method=Method.SNAPSHOT))},
        {"plan": plan_for("x", Options(target="y", login=False))},
        {"plan": plan_for("x", Options(target="y", way_back=WayBack.REQUIRED))},
    ],
)
def test_what_ended_otherwise_or_went_another_way_is_no_rehearsal(
    changes: dict[str, object],
) -> None:
    """Nor is one of a source that the rule does not name."""
    house = TwoPeople()
    house.under(STAGED)
    house.at_the_gate()
    rehearsed(house, **changes)

    assert house.approves(ADAM)[0].reason is Reason.NOT_REHEARSED


def test_going_back_takes_one_approval() -> None:
    """Whatever the rule says of a promotion."""
    house = TwoPeople()
    terms = house.service.terms(at_the_gate(tags=PROD), ROLL_BACK)

    assert (terms.rule.name, terms.wanted) == ("production", 1)


def test_an_outsider_s_approval_is_refused_under_a_rule_too(house: TwoPeople) -> None:
    """And recorded."""
    assert house.approves(OSCAR)[0].reason is Reason.NOT_AN_APPROVER
    assert house.approves(RITA)[0].reason is Reason.NOT_AN_APPROVER
    assert house.approves(ADAM, reason=" ")[0].reason is Reason.NO_REASON
    assert [type(one) for one in house.happened()] == [ApprovalRefused] * 3


def test_what_an_older_daybreak_stored_is_read_as_before() -> None:
    """Without approvals, tags and rules."""
    now = MIGRATION.dump_python(at_the_gate(), mode="json")
    old = {name: value for name, value in now.items() if name not in {"given", "tags"}}
    event = {"at": 1.0, "gate": "promote", "by": ADAM, "kind": "approved"}
    evidence = {"checks": [], "readings": [], "at": 1.0}

    read = MIGRATION.validate_python(old)
    assert (read.given, read.tags) == ((), None)
    approved = EVENT.validate_python({**event, "evidence": evidence})
    assert isinstance(approved, Approved)
    assert (approved.number, approved.wanted, approved.rule) == (1, 1, {})
