"""One look asks for each thing once, also where two of its checks ask at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from migration.errors import Transient
from workers.moment import _Once

SECONDS = 30.0


class Gateway:
    """Answers once all who may ask have had the time to; refuses while told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refuses = False
        self.go = threading.Event()

    def login(self, name: str) -> str:
        """One of them."""
        self.asked.append(name)
        if self.refuses:
            raise Transient
        assert self.go.wait(SECONDS)
        return f"login of {name}"


def test_who_asks_while_it_is_being_read_gets_that_answer() -> None:
    """Nobody asks AWS twice for what another check is being told; other things do not wait."""
    gateway = Gateway()
    once = _Once(gateway, "login")
    with ThreadPoolExecutor(3) as threads:
        both = [threads.submit(once.login, "orders") for _ in range(2)]
        other = threads.submit(once.login, "billing")
        while len(gateway.asked) < 2:
            threading.Event().wait(0.01)
        gateway.go.set()
        said = {one.result(SECONDS) for one in (*both, other)}

    assert said == {"login of orders", "login of billing"}
    assert sorted(gateway.asked) == ["billing", "orders"]


def test_an_error_is_no_answer() -> None:
    """The next one asks anew."""
    gateway = Gateway()
    once = _Once(gateway, "login")
    gateway.refuses = True
    with pytest.raises(Transient):
        once.login("orders")
    gateway.refuses = False
    gateway.go.set()
    assert once.login("orders") == "login of orders"
