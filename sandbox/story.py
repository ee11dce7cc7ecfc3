"""The demo's scripted people: one asks, one is refused, one decides, and may decide to go back.

They go by what they see.
"""

import time
from collections.abc import Callable
from textwrap import shorten
from typing import Any

from sandbox.settings import SOURCE
from sandbox.slack.cast import ADAM, OSCAR, RITA
from sandbox.slack.people import NotOnTheScreen, Person, Reply, WaitedInVain, buttons, visible_text
from sandbox.slack.people.reading import pressable
from sandbox.slack.workspace import Workspace
from sandbox.wiring import CHANNEL
from sandbox.words import names_of, plain

Json = dict[str, Any]
Tell = Callable[[str], None]

ROOM = f"#{CHANNEL}"
PROMOTE, FREEZE, ROLL_BACK = "Promote", "Freeze", "Roll back"
# The marks by which people see how far a migration is, in the root message.
DONE, STOPPED, CANCELLED, WENT_BACK = "Done", "Stopped", "Cancelled", "The last cut-over went back"
KEPT, ROLLED_BACK, CALLED_OFF = (
    "The way back is kept",
    "Rolled back",
    "The last roll back was called off",
)
# What Rita types to have one.
WAY_BACK = "way-back"
# Copying the data, watching the lag: generous, because a laptop may be slow.
PREPARATION_SECONDS = 900.0
CUT_OVER_SECONDS = 420.0
# Until a decision is offered that needs no copy: a look or two of a worker.
OFFER_SECONDS = 120.0
ANSWER_SECONDS = 30.0
# Its steps, one of them with a look at the source.
FORM_SECONDS = 90.0
# A cut-over that goes back has done no harm: a busy machine may be too slow for it once.
ATTEMPTS = 3
# Conditions come and go while somebody reads.
TRIES = 5
NOT_NOW = "Not now"
LOOKING = "being looked at"
# What is told of a step: which it is, and what was found.
TOLD = ("Step ", "Looked at", "Plan ")
# How long a person reads before they try again.
READING_SECONDS = 2.0
# Readings change all the time.
NUMBERS = ("Lag ", " is behind by ", " of WAL for ", "Way back: ")
NUMBERS_SECONDS = 3.0
# The thread has the whole history; a terminal needs its headlines.
THREAD_WIDTH = 140


class StoryError(Exception):
    """The story took another turn than it should have."""


class Story:
    """One migration as the people in the channel live through it."""

    def __init__(self, workspace: Workspace, tell: Tell, decision: str = PROMOTE) -> None:
        """Nobody has done anything yet; `decision` is the button that has to be pressed."""
        self._decision = decision
        self._names = names_of(workspace.cast)
        self._tell = tell
        self._said: set[str] = set()
        self._replies = 0
        self._numbers, self._numbers_told = "", 0.0
        self.rita = Person(workspace.base_url, RITA.id)
        self.oscar = Person(workspace.base_url, OSCAR.id)
        self.adam = Person(workspace.base_url, ADAM.id)
        self.root: Json = {}
        self._pressed = ""

    def ask(self, way: str = "", *, findings: bool = False) -> None:
        """Rita starts the migration with the form's defaults, and what she types behind it.

        With `findings` she waits for what the look at the source finds, and reads it.
        """
        command = f"/migrate start {SOURCE} {way}".strip()
        self._tell(f"rita types: {command}")
        reply = self.rita.type(ROOM, command)
        self._must_be_answered(reply)
        self._wait_for_form(self.rita)
        self._go_through_the_form(findings=findings)
        self.root = self.rita.wait_for_message(ROOM, SOURCE, ANSWER_SECONDS)

    def _go_through_the_form(self, *, findings: bool) -> None:
        """Next in each step, until the last one's Start has closed it."""
        deadline = time.monotonic() + FORM_SECONDS
        self._read_a_step(findings=findings)
        while not (submission := self.rita.submit()).closed:
            if time.monotonic() > deadline:
                raise StoryError(f"The form was not accepted: {self._words_of_the_form()}")
            if submission.errors or submission.note:
                # right after a start the reconciler has yet to read what there is
                said = ", ".join(submission.errors.values()) or submission.note
                self._tell(f"rita is told: {said}")
                time.sleep(READING_SECONDS)
            else:
                self._read_a_step(findings=findings)

    def _read_a_step(self, *, findings: bool) -> None:
        """Which step it is, and, if somebody waits for that, what a look at the source found."""
        if findings:
            self.rita.wait_until(
                lambda: LOOKING not in self._words_of_the_form().lower(),
                ANSWER_SECONDS,
                "what the look found",
            )
        lines = plain(self._words_of_the_form(), self._names).splitlines()
        told = [line for line in lines if any(words in line for words in TOLD)]
        self._tell(f"rita reads: {' '.join(told)}")

    def _words_of_the_form(self) -> str:
        view = self.rita.modal()
        return visible_text(view) if view else ""

    def wait_for_promote(self) -> None:
        """Watch the root message until it offers Promote."""
        self._wait_for(self._decision, PREPARATION_SECONDS)

    def _wait_for(self, caption: str, seconds: float) -> None:
        self._watch(lambda: caption in buttons(self.root), seconds)

    def be_refused(self, name: str) -> str:
        """Somebody presses Promote who must not; returns the words that only they see."""
        person: Person = getattr(self, name)
        before = len(person.ephemerals(ROOM))
        self._press(person, name, self._decision)
        refused = person.wait_until(
            lambda: person.ephemerals(ROOM)[before:], ANSWER_SECONDS, "a refusal"
        )
        words = plain(visible_text(refused[-1]), self._names)
        view = person.modal()
        if view is not None and view.get("submit"):
            raise StoryError(f"{name} was shown a form to promote with.")
        self._tell(f"only {name} sees: {words}")
        if view is not None:
            person.close(everything=True)
        return words

    def promote(self) -> None:
        """Adam approves; where the cut-over goes back, he does so again, as people would."""
        self._have_done(self._decision, (DONE, KEPT), WENT_BACK, "The cut-over went back")

    def roll_back(self) -> None:
        """Adam decides to go back; where that is called off, he does so again."""
        self._have_done(ROLL_BACK, (ROLLED_BACK,), CALLED_OFF, "The roll back was called off")

    def _have_done(
        self, caption: str, done: tuple[str, ...], failed: str, what_failed: str
    ) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            self._approve(caption)
            self._watch(
                lambda: self._says(*done) or self._failed(failed, caption), CUT_OVER_SECONDS
            )
            if not self._failed(failed, caption):
                return
            self._tell(f"{what_failed} (attempt {attempt} of {ATTEMPTS}).")
        raise StoryError(f"{what_failed} each time: " + " ".join(self._lines()))

    def _approve(self, caption: str) -> None:
        """Adam reads the evidence, types the source's name and submits."""
        for _ in range(TRIES):
            self._press(self.adam, "adam", caption)
            complaint = self._decide()
            if not complaint:
                return
            self._tell(f"adam is told: {complaint}")
            if self.adam.modal() is not None:
                self.adam.close(everything=True)
        raise StoryError(f"The approval was not accepted: {complaint}")

    def _decide(self) -> str:
        """Fill in the form that the button opens; why it was not taken, if it was not."""
        try:
            form = self._wait_for_form(self.adam)
        except StoryError as error:
            return str(error)
        (label,) = [b["label"]["text"] for b in form["blocks"] if b["type"] == "input"]
        self._tell(f"adam reads the evidence and fills in “{label}”: {SOURCE}")
        self.adam.fill({label: SOURCE})
        submission = self.adam.submit()
        return "" if submission.closed else f"{submission.errors or submission.note}"

    def _press(self, person: Person, name: str, caption: str) -> None:
        """Press it; Promote goes away while a condition does not hold, and comes again."""
        for _ in range(TRIES):
            first = caption == self._decision
            self._wait_for(caption, PREPARATION_SECONDS if first else OFFER_SECONDS)
            self._pressed = self._offered(caption)
            self._tell(f"{name} clicks {caption}")
            try:
                self._must_be_answered(person.click(self.root, caption))
            except NotOnTheScreen:
                continue
            return
        raise StoryError(f"{caption} was gone each time that {name} looked for it.")

    def _offered(self, caption: str) -> str:
        """What the button carries that is there now: another one for every question."""
        carried = [e["value"] for text, _, e, _ in pressable(self.root) if text == caption]
        return str(carried[0]) if carried else ""

    def _failed(self, mark: str, caption: str) -> bool:
        """Whether the last attempt did, and the next one can be asked for."""
        return self._says(mark) and self._offered(caption) not in {"", self._pressed}

    # watching

    def _watch(self, over: Callable[[], bool], seconds: float) -> None:
        def look() -> bool:
            self.root = self.rita.message(ROOM, self.root["ts"])
            self._tell_news()
            return over() or self._says(STOPPED, CANCELLED)

        self.rita.wait_until(look, seconds, "the migration to go on")
        if not over():
            raise StoryError("The migration stands still: " + " ".join(self._lines()))

    def _tell_news(self) -> None:
        """Each line of the root message and its thread that was not there before."""
        for line in self._lines():
            if any(words in line for words in NUMBERS):
                self._tell_numbers(line)
            elif line not in self._said:
                self._tell(f"  {line}")
                self._said.add(line)
        replies = self.rita.thread(ROOM, self.root["ts"])
        for reply in replies[self._replies :]:
            said = plain(visible_text(reply), self._names)
            self._tell(f"    in the thread: {shorten(said, THREAD_WIDTH, placeholder=' …')}")
        self._replies = len(replies)

    def _tell_numbers(self, line: str) -> None:
        if line != self._numbers and time.monotonic() - self._numbers_told > NUMBERS_SECONDS:
            self._tell(f"  {line}")
            self._numbers, self._numbers_told = line, time.monotonic()

    def _lines(self) -> list[str]:
        return [
            plain(line, self._names)
            for block in self.root.get("blocks", [])
            if block["type"] == "section" and "text" in block
            for line in block["text"]["text"].splitlines()
        ]

    def _says(self, *marks: str) -> bool:
        return any(line.startswith(marks) for line in self._lines())

    # answers

    def _must_be_answered(self, reply: Reply) -> None:
        if reply.error:
            raise StoryError(f"The app did not answer: {reply.error} {reply.note}")

    def _wait_for_form(self, person: Person) -> Json:
        """The modal that can be submitted; a loading view comes before it, or a refusal instead."""

        def look() -> Json | None:
            view = person.modal()
            shut = view is not None and NOT_NOW in visible_text(view)
            return view if view is not None and (shut or view.get("submit")) else None

        try:
            view = person.wait_until(look, ANSWER_SECONDS, "a form") or {}
        except WaitedInVain:
            view = person.modal() or {}
        if not view.get("submit"):
            seen = plain(visible_text(view), self._names) if view else "nothing"
            raise StoryError(f"No form came; there is: {seen}")
        return view
