"""`/migrate start`: what can be typed behind it, what it refuses, and what then stands."""

import pytest
from bot_ground import CHANNEL, Ground
from filling_in import (
    ACCEPT,
    CLASS,
    FIRST,
    FOURTH,
    LAG,
    LAST,
    LOGIN,
    METHOD,
    OUTAGE,
    PAUSE,
    SECOND,
    SLOTS,
    TARGET,
    WAY_BACK,
    chosen,
    following,
    opened,
    preceding,
    sent,
    to_the_limits,
    under_way,
    values,
)

from migration.events import MigrationStarted
from migration.model import Method, Options, Status, WayBack
from migration.plan import SHORT_HASH, hash_of, plan_hash
from sandbox.slack.people.reading import visible_text


def test_a_form_becomes_a_migration_and_its_root(ground: Ground) -> None:
    """What was filled in is what is stored, and the channel shows it where it was typed."""
    source = ground.a_source()
    opened(ground.rita, source, saying=SECOND)
    assert values(ground.rita)[TARGET] == f"{source}-aurora"
    ground.rita.fill({CLASS: "db.r6g.xlarge"})
    to_the_limits(ground.rita)
    ground.rita.fill({LAG: "2.5", PAUSE: "30"})
    following(ground.rita, LAST)
    assert ground.rita.submit().closed
    (begun,) = under_way(ground, source)
    assert begun.status is Status.ACTIVE
    assert begun.requester == ground.rita.user
    assert begun.options == Options(f"{source}-aurora", 2.5, 30.0, "db.r6g.xlarge")
    root = ground.root(begun, "Under way")
    assert f"{source} → {source}-aurora" in visible_text(root)


def test_the_line_of_the_last_step_gives_the_same_plan(ground: Ground) -> None:
    """Copied and typed it leads there at once; its hash is the one in the migration's record."""
    source = ground.a_source(retention=0)
    typed = (
        f"{source} --max-lag 2.5s --max-pause=1min --way-back required --way-back-hours 24 "
        f"--recreate-slots --target ours --accept-backup-interruption {source}"
    )
    modal = opened(ground.rita, typed, saying=LAST)
    text = visible_text(modal)
    line = text.split("```/migrate start ")[1].split("```")[0]
    assert line.startswith(f"{source} --target ours --method replica --instance-class db.r6g.large")
    ground.rita.close()

    again = visible_text(opened(ground.rita, line, saying=LAST))
    assert again.split("```/migrate start ")[1].split("```")[0] == line
    assert "*Being looked at* since" in again
    assert ground.rita.submit().closed
    (begun,) = under_way(ground, source)
    found = begun.options
    assert (found.lag_threshold_seconds, found.max_write_pause_seconds) == (2.5, 60.0)
    assert (found.way_back, found.way_back_hours) == (WayBack.REQUIRED, 24.0)
    assert (found.recreate_slots, found.accept_backup_interruption) == (True, True)
    (started,) = (
        one.event
        for one in ground.store.events(begun.id)
        if isinstance(one.event, MigrationStarted)
    )
    recorded = hash_of(started.planned)
    assert recorded == plan_hash(begun.plan, source, "ours", found)
    assert all(f"Plan `{recorded[:SHORT_HASH]}`" in shown for shown in (text, again))


@pytest.mark.parametrize("typed", ["method=snapshot", "--method snapshot", "by-snapshot"])
def test_the_snapshot_method_is_typed_and_says_its_outage(ground: Ground, typed: str) -> None:
    """In minutes, and what will happen says that applications are refused."""
    source = ground.a_source()
    opened(ground.rita, f"{source} {typed}", saying="is closed: sessions are ended")
    preceding(ground.rita, FOURTH)
    assert values(ground.rita) == {OUTAGE: "240"}
    ground.rita.fill({OUTAGE: "soon"})
    assert "A number of minutes" in ground.rita.submit().errors[OUTAGE]
    ground.rita.fill({OUTAGE: "90"})
    following(ground.rita, LAST)
    assert ground.rita.submit().closed
    (begun,) = under_way(ground, source)
    assert begun.options.method is Method.SNAPSHOT
    assert begun.options.longest_outage_seconds == 5400.0
    assert "freeze" in [step.name for step in begun.plan.steps]


def test_words_that_were_typed_before_mean_the_same(ground: Ground) -> None:
    """Without a login, a way back, slots."""
    source = ground.a_source()
    modal = opened(ground.rita, f"{source} without-login", saying="for minutes")
    assert f"`{source}` is rebooted" in visible_text(modal)
    ground.rita.close()
    opened(ground.rita, f"{source} way-back recreate-slots", saying=LAST)
    preceding(ground.rita, FOURTH)
    found = values(ground.rita)
    assert (found[WAY_BACK], found[SLOTS]) == ("required", "recreate")
    ground.rita.close()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--metod snapshot", "`--metod` means nothing here. Did you mean `--method`?"),
        ("witout-login", "`witout-login` means nothing here. Did you mean `without-login`?"),
        ("<!channel>", "`&lt;!channel&gt;` means nothing here."),
    ],
)
def test_a_word_that_means_nothing_is_answered_and_opens_nothing(
    ground: Ground, typed: str, said: str
) -> None:
    """With the nearest that does, to this person alone."""
    ground.rita.type(CHANNEL, f"/migrate start {ground.a_source()} {typed}")
    ground.rita.wait_for_ephemeral(CHANNEL, said)
    assert ground.rita.modal() is None


@pytest.mark.parametrize("typed", ["help start", "start --help"])
def test_what_can_be_typed_is_shown(ground: Ground, typed: str) -> None:
    """Every option."""
    ground.rita.type(CHANNEL, f"/migrate {typed}")
    ground.rita.wait_for_ephemeral(CHANNEL, "--accept-backup-interruption INSTANCE")


@pytest.mark.table("values of a line", slices=3)
@pytest.mark.parametrize(
    ("typed", "step", "said"),
    [
        ("--max-lag soon", FOURTH, "`--max-lag` takes a length of time"),
        ("--max-lag 90s", FOURTH, "at most 60 seconds"),
        ("--way-back requird", FOURTH, "Did you mean `required`?"),
        ("--method snapshot --way-back required", FOURTH, "No way back is kept by snapshot"),
        ("--without-login --recreate-slots", FOURTH, "made anew without a login"),
        ("--method snapshot --without-login", SECOND, "The snapshot method needs a login"),
        ("--target Not_A_Name", SECOND, "A cluster's name has"),
        ("--instance-class db.r9z.large", SECOND, "can't be ordered with `db.r9z.large` here"),
        ("--instance-class big", SECOND, "A class of RDS's"),
    ],
)
def test_a_value_that_can_not_be_had_leads_to_its_step(
    ground: Ground, typed: str, step: str, said: str
) -> None:
    """With the reason above the fields, and the rest of the line filled in."""
    source = ground.a_source()
    modal = opened(ground.rita, f"{source} {typed}", saying=said)
    assert step in visible_text(modal)
    assert not under_way(ground, source)
    ground.rita.close()


@pytest.mark.table("fields that are wrong", slices=3)
@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        (TARGET, "Not A Name", "A cluster's name has"),
        (TARGET, "<!channel>", "A cluster's name has"),
        (TARGET, "\u202eordered", "A cluster's name has"),
        (TARGET, "orders\N{PILE OF POO}", "A cluster's name has"),
        (LAG, "soon", "A number of seconds"),
        (LAG, "nan", "A number of seconds"),
        (LAG, "1000", "at most 60 seconds"),
        (LAG, "1e3", "A number of seconds"),
        (PAUSE, "0", "The longest write pause"),
    ],
)
def test_what_can_not_be_planned_is_said_at_its_field(
    ground: Ground, label: str, typed: str, said: str
) -> None:
    """The field that is wrong says so, the form stays, and nothing is started."""
    source = ground.a_source()
    opened(ground.rita, source, saying=SECOND)
    if label != TARGET:
        to_the_limits(ground.rita)
    ground.rita.fill({label: typed})
    outcome = ground.rita.submit()
    assert list(outcome.errors) == [label]
    assert said in outcome.errors[label]
    assert outcome.view is not None
    assert not under_way(ground, source)
    ground.rita.close()


def test_a_method_that_needs_a_login_says_so_where_both_are_chosen(ground: Ground) -> None:
    """At the method's field."""
    opened(ground.rita, ground.a_source(), saying=SECOND)
    ground.rita.fill({LOGIN: "Without any login"})
    ground.rita.wait_for_modal(saying="for minutes")
    ground.rita.fill({METHOD: "By snapshot"})
    ground.rita.wait_for_modal(saying="is closed: sessions are ended")
    assert "needs a login" in ground.rita.submit().errors[METHOD]
    ground.rita.close()


def test_backups_that_are_off_are_enabled_only_when_accepted_by_name(ground: Ground) -> None:
    """Enabling them interrupts the database: the form wants the source's name for it."""
    source = ground.a_source(retention=0)
    opened(ground.rita, source, saying=SECOND)
    assert "interrupts the database" in ground.rita.submit().errors[ACCEPT]
    ground.rita.fill({ACCEPT: source})
    assert sent(ground.rita).closed
    (begun,) = under_way(ground, source)
    assert begun.options.accept_backup_interruption


def test_a_form_without_a_source_begins_with_it(ground: Ground) -> None:
    """And goes on with the rest of the line filled in."""
    opened(ground.rita, "--method snapshot", saying=FIRST)
    chosen(ground.rita, ground.a_source())
    following(ground.rita, SECOND)
    assert values(ground.rita)[METHOD] == "snapshot"
    ground.rita.close()
