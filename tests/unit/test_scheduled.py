"""Approved for later: begins when its window opens, if all of it holds then; can be called off."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from builders import ADAM, RITA, House, at_the_gate, bad_evidence, good_evidence

from migration.approvals import Click, Decision, Person, Reason
from migration.approving import is_due
from migration.errors import Conflict, NotPossibleNow
from migration.events import ApprovalsVoided, Approved, ScheduledBegan
from migration.model import Approval, Evidence, Migration, Status
from migration.plan import CUT_OVER
from migration.policy import Policy, Rule
from migration.service import Service
from migration.terms import Terms, too_late_to_begin
from migration.voiding import void_approvals
from migration.windows import Shut, Window

ANNA = "U-ANNA"
PEOPLE = frozenset({ADAM, ANNA})
HOUR = 3600.0


def of_day(at: float) -> time:
    """The time of day in UTC."""
    return datetime.fromtimestamp(at, UTC).time()


class Tonight(House):
    """A house whose window opens in an hour, for two, and which takes two approvals."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.opens_at = self.clock.now() + HOUR
        window = Window(
            frozenset(range(7)), of_day(self.opens_at), of_day(self.opens_at + 2 * HOUR)
        )
        rule = Rule(PEOPLE, "tonight", approvals=2, windows=(window,))
        self.service = Service(self.store, self.clock, Policy(PEOPLE, (rule,)))
        self.with_migration(at_the_gate())
        self.sees()

    def sees(self, *, ok: bool = True) -> Evidence:
        """What the look at the gate does every few seconds."""
        now = self.clock.now()
        evidence = good_evidence(now) if ok else bad_evidence(now)
        self.store.save_evidence("orders-0001", evidence)
        void_approvals(self.store, self.clock, self.now_is(), evidence)
        return evidence

    def now_is(self) -> Migration:
        """As the store has it."""
        return self.store.load("orders-0001")

    def approves(self, user: str, *others: str, begins_at: float | None = None) -> Decision:
        """For the opening, unless something else is said."""
        at = self.opens_at if begins_at is None else begins_at
        click = Click("promote", self.now_is().version, begins_at=at)
        people = [self.person(one) for one in others]
        decision, _ = self.service.approve(
            "orders-0001", click, self.person(user), "orders", others=people
        )
        return decision

    def person(self, user: str) -> Person:
        """Looked up just now."""
        return Person(user, checked_at=self.clock.now())

    def begins(self, *people: str) -> Migration | None:
        """What the channel's worker does when it is due."""
        return self.service.begin_scheduled("orders-0001", [self.person(one) for one in people])

    def happened(self) -> list[object]:
        """All of it."""
        return [entry.event for entry in self.store.events("orders-0001")]


@pytest.fixture
def house() -> Tonight:
    """Approved by both, an hour before."""
    made = Tonight()
    assert made.approves(ADAM).granted
    assert made.approves(ANNA, ADAM).granted
    return made


def test_nothing_begins_before_its_time(house: Tonight) -> None:
    """Both have approved; it waits, and no job is queued, however often somebody looks."""
    assert house.begins(ADAM, ANNA) is None
    house.clock.time = house.opens_at - 1
    house.sees()
    assert house.begins(ADAM, ANNA) is None
    after = house.now_is()

    assert (after.status, len(after.given)) == (Status.WAITING_FOR_APPROVAL, 2)
    assert {one.expires_at for one in after.given} == {house.opens_at + 900}
    assert [one.begins_at for one in house.happened()] == [house.opens_at] * 2
    assert house.engine.submitted == []


def test_it_begins_when_its_window_opens_upon_what_is_so_then(house: Tonight) -> None:
    """On both approvals, with those who gave them looked up again."""
    house.clock.time = house.opens_at + 5
    seen = house.sees()
    after = house.begins(ADAM, ANNA)

    assert after is not None
    assert after.status is Status.CUTTING_OVER
    assert after.approval is not None
    assert after.approval.evidence == seen
    assert [one.checked_at for one in after.given] == [house.clock.now()] * 2
    assert too_late_to_begin(after, house.clock.now() + 60) == ""
    assert [work.step for work in house.engine.submitted] == [CUT_OVER]
    assert [type(one) for one in house.happened()] == [Approved, Approved, ScheduledBegan]


def test_it_begins_on_nothing_that_was_seen_before_its_time(house: Tonight) -> None:
    """A look of a minute before says nothing of now."""
    house.clock.time = house.opens_at - 1
    house.sees()
    house.clock.time = house.opens_at + 1

    assert house.begins(ADAM, ANNA) is None


def test_what_fails_before_its_time_takes_nothing_away(house: Tonight) -> None:
    """Lag may come and go for an hour: what is so then counts."""
    house.clock.time += 600
    house.sees(ok=False)
    assert len(house.now_is().given) == 2
    house.clock.time = house.opens_at
    house.sees()

    assert house.begins(ADAM, ANNA) is not None


def test_what_fails_at_its_time_voids_it_and_nothing_begins(house: Tonight) -> None:
    """And says which condition."""
    house.clock.time = house.opens_at
    house.sees(ok=False)
    house.sees()

    assert house.begins(ADAM, ANNA) is None
    assert house.now_is().given == ()
    void = house.happened()[-1]
    assert isinstance(void, ApprovalsVoided)
    assert void.reason == "A condition does not hold any more: lag: 12 s."


def test_without_a_worker_or_slack_it_expires(house: Tonight) -> None:
    """A quarter of an hour after its time nothing begins any more."""
    house.clock.time = house.opens_at + 900
    house.sees()

    assert house.begins(ADAM, ANNA) is None
    assert house.now_is().given == ()


@pytest.mark.parametrize("people", [(ADAM,), (ADAM, "U-OTHER"), ()])
def test_who_is_no_approver_then_is_void_and_it_waits(
    house: Tonight, people: tuple[str, ...]
) -> None:
    """What is left of the others stays."""
    house.clock.time = house.opens_at
    house.sees()
    after = house.begins(*people)

    assert after is not None
    assert (after.status, house.engine.submitted) == (Status.WAITING_FOR_APPROVAL, [])
    assert [one.by for one in after.given] == [one for one in (ADAM, ANNA) if one in people]
    assert isinstance(house.happened()[-1], ApprovalsVoided)


AT = 1_800_003_600.0
GIVEN = Approval("promote", ADAM, AT - HOUR, good_evidence(AT - HOUR), AT + 900, begins_at=AT)
TERMS = Terms("promote", Rule(PEOPLE), given=(GIVEN,))


@pytest.mark.parametrize(
    ("due", "changes", "evidence", "now"),
    [
        (True, {}, good_evidence(AT), AT),
        (True, {}, good_evidence(AT + 5), AT + 10),
        (False, {}, good_evidence(AT + 5), AT + 4),
        (False, {}, good_evidence(AT), AT + 301),
        (False, {}, good_evidence(AT - 1), AT + 1),
        (False, {}, bad_evidence(AT), AT),
        (False, {}, Evidence((), (), AT), AT),
        (False, {}, None, AT),
        (False, {"shut": Shut(None, AT + HOUR)}, good_evidence(AT), AT),
        (False, {"rule": Rule(PEOPLE, rehearsed_on=("x",))}, good_evidence(AT), AT),
        (False, {"rule": Rule(PEOPLE, approvals=2)}, good_evidence(AT), AT),
        (False, {"given": ()}, good_evidence(AT), AT),
        (False, {"given": (replace(GIVEN, begins_at=0.0),)}, good_evidence(AT), AT),
        (
            False,
            {"given": (GIVEN, replace(GIVEN, by=ANNA, begins_at=AT + 60))},
            good_evidence(AT),
            AT,
        ),
    ],
)
def test_what_is_due_is_approved_open_and_holds_as_of_now(
    due: bool, changes: dict[str, object], evidence: Evidence | None, now: float
) -> None:
    """By each of these alone."""
    assert is_due(replace(TERMS, **changes), evidence, now) is due


def test_one_of_two_begins_nothing(house: Tonight) -> None:
    """Whoever comes in the window is the second, and begins it at once."""
    alone = Tonight()
    assert alone.approves(ADAM).granted
    alone.clock.time = alone.opens_at + 60
    alone.sees()
    assert alone.begins(ADAM) is None
    assert alone.approves(ANNA, ADAM, begins_at=0.0).granted

    assert alone.now_is().status is Status.CUTTING_OVER


def test_it_is_for_the_time_that_was_read(house: Tonight) -> None:
    """Another one, or one that has come meanwhile, is out of date."""
    late = Tonight()
    assert late.approves(ADAM, begins_at=late.opens_at + 60).reason is Reason.STALE
    assert late.approves(ADAM, begins_at=0.0).reason is Reason.OUTSIDE_WINDOW
    late.clock.time = late.opens_at
    late.sees()
    assert late.approves(ADAM).reason is Reason.STALE


def test_it_can_be_called_off_until_it_begins(house: Tonight) -> None:
    """All of it is void then, and it is said who did it."""
    after = house.service.call_off("orders-0001", RITA)
    house.clock.time = house.opens_at
    house.sees()

    assert after.given == ()
    assert house.begins(ADAM, ANNA) is None
    event = house.happened()[-1]
    assert isinstance(event, ApprovalsVoided)
    assert (event.by, event.people) == (RITA, (ADAM, ANNA))
    with pytest.raises(NotPossibleNow, match="Nothing is scheduled"):
        house.service.call_off("orders-0001", RITA)


def test_of_calling_off_and_beginning_one_wins(house: Tonight) -> None:
    """Each is a commit upon what was seen."""
    house.clock.time = house.opens_at
    house.sees()
    seen = house.now_is()
    assert house.begins(ADAM, ANNA) is not None
    with pytest.raises(NotPossibleNow):
        house.service.call_off("orders-0001", RITA)
    with pytest.raises(Conflict):
        house.store.commit(seen, seen.to(Status.WAITING_FOR_APPROVAL, given=()), [])


def test_cancelled_or_dropped_it_does_not_begin(house: Tonight) -> None:
    """Nothing of it is left at the gate."""
    house.service.cancel("orders-0001", RITA)
    house.clock.time = house.opens_at
    house.store.save_evidence("orders-0001", good_evidence(house.opens_at))

    assert house.begins(ADAM, ANNA) is None
    assert house.now_is().status is Status.CANCELLING


def test_breaking_the_glass_does_not_wait_for_it(house: Tonight) -> None:
    """It begins now."""
    click = Click("promote", house.now_is().version, break_glass=True)
    decision, after = house.service.approve(
        "orders-0001", click, house.person(ADAM), "orders", "it burns"
    )

    assert decision.granted
    assert after.status is Status.CUTTING_OVER


def test_two_workers_begin_it_once(house: Tonight) -> None:
    """The second finds nothing to do."""
    house.clock.time = house.opens_at
    house.sees()

    assert house.begins(ADAM, ANNA) is not None
    assert house.begins(ADAM, ANNA) is None
    assert len(house.engine.submitted) == 1


def test_a_rule_that_was_changed_meanwhile_takes_it(house: Tonight) -> None:
    """A freeze that was announced since then, say."""
    rule = replace(Rule(PEOPLE, "tonight", approvals=2), expires_seconds=60.0)
    house.service = Service(house.store, house.clock, Policy(PEOPLE, (rule,)))
    house.clock.time = house.opens_at
    house.sees()
    after = house.begins(ADAM, ANNA)

    assert after is None or after.status is Status.WAITING_FOR_APPROVAL
    assert house.engine.submitted == []
