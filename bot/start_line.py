"""`/migrate start` in one line: what was typed behind it, and what to type for a plan; pure."""

import difflib
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.messages.draft import (
    ACCEPT,
    HOURS,
    INSTANCE_CLASS,
    LAG,
    LOGIN,
    METHOD,
    OUTAGE,
    PAUSE,
    RECREATE,
    SLOTS,
    TARGET,
    WAY_BACK,
    WITHOUT,
)
from migration.errors import InvalidOptions
from migration.identifiers import LONGEST_IDENTIFIER, is_identifier
from migration.model import Method, Options, WayBack

TIME = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(ms|s|sec|m|min|h|d)?")
SECONDS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
MINUTE, HOUR = 60.0, 3600.0
#: What some keyboards make of two hyphens.
DASHES = re.compile(r"^[\u2013\u2014\u2015]")
#: Most unknown words that are answered.
MOST_UNKNOWN = 5

METHODS = {Method.READ_REPLICA: "replica", Method.SNAPSHOT: "snapshot"}
WAYS_BACK = {
    WayBack.NONE: "none",
    WayBack.IF_POSSIBLE: "if-possible",
    WayBack.REQUIRED: "required",
}

Read = Callable[[str], str]


def _one_of(option: str, words: Mapping[str, str]) -> Read:
    def read(typed: str) -> str:
        word = typed.lower()
        if word in words:
            return words[word]
        near = difflib.get_close_matches(word, words, n=1)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        raise ValueError(f"`{option}` takes {' or '.join(f'`{one}`' for one in words)}.{hint}")

    return read


def _time(option: str, unit: float, like: str, *, bare: float | None) -> Read:
    """A length of time, as the form's field has it; `bare` is what a number alone counts."""

    def read(typed: str) -> str:
        found = TIME.fullmatch(typed.lower())
        if not found or (found[2] is None and bare is None):
            raise ValueError(f"`{option}` takes a length of time, like `{like}`.")
        seconds = float(found[1]) * (SECONDS[found[2]] if found[2] else bare or 1.0)
        return number(seconds / unit)

    return read


def number(value: float) -> str:
    """As people type it, and as it is read again: at most six decimals."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _name(option: str) -> Read:
    def read(typed: str) -> str:
        if not typed:
            raise ValueError(f"`{option}` needs a name behind it.")
        if len(typed) > LONGEST_IDENTIFIER:
            raise ValueError(f"`{option}` takes at most {LONGEST_IDENTIFIER} characters.")
        return typed.lower()

    return read


@dataclass(frozen=True)
class Option:
    """An option with a value: which field it fills in, how it is read, and how it is told."""

    field: str
    read: Read
    takes: str
    tells: str
    #: What it means with no value behind it; most mean nothing then.
    alone: str = ""


OPTIONS: Mapping[str, Option] = {
    "--method": Option(
        METHOD,
        _one_of("--method", {word: method.value for method, word in METHODS.items()}),
        "replica|snapshot",
        "how the data gets there",
    ),
    "--target": Option(TARGET, _name("--target"), "NAME", "the cluster's name"),
    "--instance-class": Option(
        INSTANCE_CLASS, _name("--instance-class"), "CLASS", "of the cluster's instance"
    ),
    "--max-lag": Option(
        LAG, _time("--max-lag", 1.0, "5s", bare=1.0), "TIME", "with more nobody can promote"
    ),
    "--max-pause": Option(
        PAUSE,
        _time("--max-pause", 1.0, "300s", bare=1.0),
        "TIME",
        "not promoted by then, the cut-over goes back",
    ),
    "--max-outage": Option(
        OUTAGE,
        _time("--max-outage", MINUTE, "90min", bare=None),
        "TIME",
        "of the snapshot method: the source reopens by then",
    ),
    "--way-back": Option(
        WAY_BACK,
        _one_of("--way-back", {word: way.value for way, word in WAYS_BACK.items()}),
        "none|if-possible|required",
        "after the cut-over",
        alone=WAYS_BACK[WayBack.REQUIRED],
    ),
    "--way-back-hours": Option(
        HOURS,
        _time("--way-back-hours", HOUR, "72", bare=HOUR),
        "HOURS",
        "for so long it is kept",
    ),
    "--accept-backup-interruption": Option(
        ACCEPT,
        _name("--accept-backup-interruption"),
        "INSTANCE",
        "where backups are off: its name, to accept an interruption",
    ),
}
#: Options without a value: the field, what it then holds, and how it is told.
FLAGS: Mapping[str, tuple[str, str, str]] = {
    "--recreate-slots": (SLOTS, RECREATE, "logical slots are made anew on the cluster"),
    "--without-login": (LOGIN, WITHOUT, "Daybreak never logs in to the database"),
}
#: As they were typed before there were options.
WORDS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("without-login", "login=no"), (LOGIN, WITHOUT)),
    **dict.fromkeys(("way-back", "way-back=yes"), (WAY_BACK, WayBack.REQUIRED.value)),
    **dict.fromkeys(("by-snapshot", "method=snapshot"), (METHOD, Method.SNAPSHOT.value)),
    **dict.fromkeys(("by-replica", "method=replica"), (METHOD, Method.READ_REPLICA.value)),
    **dict.fromkeys(("recreate-slots", "recreate-slots=yes"), (SLOTS, RECREATE)),
}
KNOWN_WORDS = (*OPTIONS, *FLAGS, *WORDS)


@dataclass(frozen=True)
class Unknown:
    """A word that means nothing here, and the nearest that does; empty for none."""

    word: str
    nearest: str


@dataclass(frozen=True)
class Line:
    """What was typed behind `start`."""

    source: str = ""
    #: As the form's fields hold it, by field.
    values: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[Unknown, ...] = ()
    #: Options that are known, and whose values are not: mrkdwn.
    wrong: tuple[InvalidOptions, ...] = ()

    @property
    def says_more(self) -> bool:
        """Whether it is more than a name: whoever types it wants no other form."""
        return bool(self.values or self.wrong)


def parse(typed: str) -> Line:
    """Take a line apart: options in any order, `--name value` or `--name=value`, words of old."""
    return _Reading(_words(typed)).line()


def _words(typed: str) -> Iterator[str]:
    """Without the backticks that come with what is copied, and with hyphens for dashes."""
    for word in typed.replace("`", " ").split():
        yield DASHES.sub("--", word)


class _Reading:
    """One line while it is read, word by word."""

    def __init__(self, words: Iterator[str]) -> None:
        self._words = deque(words)
        self._plain: list[str] = []
        self._values: dict[str, str] = {}
        self._unknown: list[str] = []
        self._wrong: list[InvalidOptions] = []

    def line(self) -> Line:
        """All of it."""
        while self._words:
            self._read(self._words.popleft())
        source = " ".join(self._plain).lower()
        if self._plain and is_identifier(self._plain[0].lower()):
            # What stands behind a name that can be one is no part of it.
            source = self._plain[0].lower()
            self._unknown += self._plain[1:]
        unknown = tuple(Unknown(word, _nearest(word)) for word in self._unknown[:MOST_UNKNOWN])
        return Line(source, self._values, unknown, tuple(self._wrong))

    def _read(self, word: str) -> None:
        known = FLAGS.get(word.lower()) or WORDS.get(word.lower())
        name, _, value = word.partition("=")
        option = OPTIONS.get(name.lower())
        if known is not None:
            self._values[known[0]] = known[1]
        elif option is not None:
            self._take(option, value or self._value(option))
        elif word.startswith("--") and len(word) > len("--"):
            self._unknown.append(word)
        else:
            self._plain.append(word)

    def _value(self, option: Option) -> str:
        """The word behind it, unless another option stands there."""
        if self._words and not self._words[0].startswith("--"):
            return self._words.popleft()
        return option.alone

    def _take(self, option: Option, value: str) -> None:
        try:
            self._values[option.field] = option.read(value)
        except ValueError as error:
            self._wrong.append(InvalidOptions(option.field, str(error)))


def _nearest(word: str) -> str:
    near = difflib.get_close_matches(word.lower().partition("=")[0], KNOWN_WORDS, n=1)
    return near[0] if near else ""


def written(source: str, options: Options) -> str:
    """The line that gives this very plan, to be typed behind `/migrate`."""
    return " ".join(["start", source, *_options(source, options)])


def _options(source: str, options: Options) -> Iterator[str]:
    yield from ("--target", options.target, "--method", METHODS[options.method])
    if options.instance_class:
        yield from ("--instance-class", options.instance_class)
    if options.method is Method.SNAPSHOT:
        yield from ("--max-outage", f"{number(options.longest_outage_seconds / MINUTE)}min")
    else:
        yield from ("--max-lag", f"{number(options.lag_threshold_seconds)}s")
        yield from ("--max-pause", f"{number(options.max_write_pause_seconds)}s")
    if options.way_back is not WayBack.NONE:
        yield from ("--way-back", WAYS_BACK[options.way_back])
        yield from ("--way-back-hours", number(options.way_back_hours))
    if options.recreate_slots:
        yield "--recreate-slots"
    if not options.login:
        yield "--without-login"
    if options.accept_backup_interruption:
        yield from ("--accept-backup-interruption", source)
