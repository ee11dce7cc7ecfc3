"""A cut-over's ground that is put back, for each test, to a migration that waits at its gate."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cutover_ground import Ground
from prepared_base import PreparedBase
from pytest import MonkeyPatch  # noqa: PT013 - not the one of the test that asks for it first

from migration.model import Migration
from sandbox.aws.scenario import Scenario


class GateGround(Ground):
    """Made once: the servers, and a replica that the product's own steps prepared."""

    def prepare(self) -> None:
        """Make the base; of the workbench and its settings nothing stays."""
        kept = self.stack
        with ExitStack() as self.stack, MonkeyPatch.context() as environment:
            for name, value in self.environment.items():
                environment.setenv(name, value)
            self.compose()
            migration = super().at_the_gate()
        self.stack = kept
        self.base = PreparedBase(self, migration)

    @contextmanager
    def once_more(self) -> Iterator[None]:
        """Everything as in the base, for one test; what the test adds ends with it."""
        kept, self.stack = self.stack, ExitStack()
        try:
            with self.stack:
                vars(self.cloud.scenario).update(vars(Scenario()))
                shutil.rmtree(self.folder / "failpoints", ignore_errors=True)
                self.compose()
                self.base.restore()
                yield
        finally:
            self.stack = kept

    def at_the_gate(self, **options: Any) -> Migration:
        """The base's migration, with other options where they are named."""
        found = self.store.load(self.base.migration.id)
        changed = replace(found.options, **options)
        ready = replace(found, options=changed, version=found.version + 1)
        self.store.commit(found, ready, [], quiet=True)
        return ready


@contextmanager
def gate_ground() -> Iterator[GateGround]:
    """One that is ready for its first test."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-gate-"))
        ground = GateGround(Path(folder), stack)
        ground.prepare()
        yield ground
