"""`/migrate start`: what the wizard asks, what it refuses at which field, what then stands."""

import pytest
from bot_ground import CHANNEL, Ground

from migration.model import Method, Migration, Options, Status
from sandbox.slack.people.person import Person, Submission
from sandbox.slack.people.reading import find_input, visible_text

SOURCE = "Source instance"
TARGET = "Target cluster name"
CLASS = "Target instance class"
OUTAGE = "Longest outage (minutes)"
ACCEPT = "Accept that enabling backups interrupts the database"


def submitted(person: Person, typed: str, **more: str) -> Submission:
    """What comes of `/migrate start ...` with these fields filled in."""
    assert person.type(CHANNEL, f"/migrate start {typed}").error is None
    person.wait_for_modal(saying=SOURCE)
    person.fill(more)
    return person.submit()


def under_way(ground: Ground, source: str) -> list[Migration]:
    """The migrations of that source."""
    return [one for one in ground.store.under_way() if one.source == source]


def test_a_wizard_becomes_a_migration_and_its_root(ground: Ground) -> None:
    """What was filled in is what is stored, and the channel shows it where it was typed."""
    source = ground.a_source()
    assert ground.rita.type(CHANNEL, f"/migrate start {source}").error is None
    modal = ground.rita.wait_for_modal(saying=SOURCE)
    assert find_input(modal, SOURCE)[1]["initial_option"]["value"] == source
    assert find_input(modal, TARGET)[1]["initial_value"] == f"{source}-aurora"
    ground.rita.fill(
        {
            "Lag threshold (seconds)": "2.5",
            "Longest write pause (seconds)": "30",
            CLASS: "db.r6g.xlarge",
        }
    )
    assert ground.rita.submit().closed
    (begun,) = under_way(ground, source)
    assert begun.status is Status.ACTIVE
    assert begun.requester == ground.rita.user
    assert begun.options == Options(f"{source}-aurora", 2.5, 30.0, "db.r6g.xlarge")
    root = ground.root(begun, "Under way")
    assert f"{source} → {source}-aurora" in visible_text(root)


@pytest.mark.parametrize("typed", ["method=snapshot", "--method snapshot"])
def test_the_snapshot_method_is_typed_and_asks_for_its_outage(ground: Ground, typed: str) -> None:
    """In minutes, and what will happen says that applications are refused; else it is a replica."""
    source = ground.a_source()
    assert ground.rita.type(CHANNEL, f"/migrate start {source} {typed}").error is None
    modal = ground.rita.wait_for_modal(saying="is closed: sessions are ended")
    assert find_input(modal, OUTAGE)[1]["initial_value"] == "240"
    ground.rita.fill({OUTAGE: "soon"})
    assert "A number of minutes" in str(ground.rita.submit().errors)
    ground.rita.fill({OUTAGE: "90"})
    assert ground.rita.submit().closed
    (begun,) = under_way(ground, source)
    assert begun.options.method is Method.SNAPSHOT
    assert begun.options.longest_outage_seconds == 5400.0
    assert "freeze" in [step.name for step in begun.plan.steps]


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        (TARGET, "Not A Name", "A cluster's name has"),
        ("Lag threshold (seconds)", "soon", "A number of seconds"),
        ("Lag threshold (seconds)", "nan", "A number of seconds"),
        ("Lag threshold (seconds)", "1000", "at most 60 seconds"),
        ("Longest write pause (seconds)", "0", "The longest write pause"),
        ("Lag threshold (seconds)", "1e3", "A number of seconds"),
        (TARGET, "<!channel>", "A cluster's name has"),
        (TARGET, "\u202eordered", "A cluster's name has"),
        (TARGET, "orders\N{PILE OF POO}", "A cluster's name has"),
    ],
)
def test_what_can_not_be_planned_is_said_at_its_field(
    ground: Ground, label: str, typed: str, said: str
) -> None:
    """The field that is wrong says so, the form stays, and nothing is started."""
    source = ground.a_source()
    before = len(ground.store.under_way())
    outcome = submitted(ground.rita, source, **{label: typed})
    assert list(outcome.errors) == [label]
    assert said in outcome.errors[label]
    assert outcome.view is not None
    assert len(ground.store.under_way()) == before
    ground.rita.close()


def test_backups_that_are_off_are_enabled_only_when_accepted_by_name(ground: Ground) -> None:
    """Enabling them interrupts the database: the form wants the source's name for it."""
    source = ground.a_source(retention=0)
    outcome = submitted(ground.rita, source)
    assert "interrupts the database" in outcome.errors[ACCEPT]
    assert not under_way(ground, source)
    ground.rita.fill({ACCEPT: source})
    assert ground.rita.submit().closed
    (begun,) = under_way(ground, source)
    assert begun.options.accept_backup_interruption
