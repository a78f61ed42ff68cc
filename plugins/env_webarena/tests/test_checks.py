"""How a task is judged."""

from __future__ import annotations

import pytest

from agentgym_env_webarena.checks import passes, same_address
from agentgym_env_webarena.objective import Address, Answer, Check, Rows


def judged(check: Check, answer: str = "", address: str = "", rows: tuple[tuple[object, ...], ...] = ()) -> bool:
    return passes(check, answer, address, lambda *_: list(rows))


@pytest.mark.parametrize(
    ("check", "answer", "holds"),
    [
        (Answer(exact="AB-12"), ' "ab-12" ', True),
        (Answer(exact="AB-12"), "AB-123", False),
        (Answer(exact="AB-12"), "", False),
        (Answer(include=("red", "blue")), "Blue and red.", True),
        (Answer(include=("red", "blue")), "red", False),
    ],
)
def test_answers(check: Check, answer: str, holds: bool) -> None:
    assert judged(check, answer) is holds


@pytest.mark.parametrize(
    ("wanted", "given", "holds"),
    [
        ("http://a.test/x", "http://a.test/x/", True),
        ("http://a.test/x", "http://A.test/x?y=1#z", True),
        ("http://a.test/x", "http://b.test/x", False),
        ("http://a.test/x", "http://a.test/x/y", False),
        ("http://a.test/x?p=1&q=2", "http://a.test/x?q=2&r=3&p=1", True),
        ("http://a.test/x?p=1&q=2", "http://a.test/x?q=3&p=1", False),
        ("http://a.test/w/Ada%20B", "http://a.test/w/Ada B", True),
    ],
)
def test_addresses(wanted: str, given: str, holds: bool) -> None:
    assert same_address(wanted, given) is holds
    assert judged(Address(wanted), address=given) is holds


def test_rows_are_all_rows() -> None:
    assert judged(Rows("store", "q", ((1, "a"),)), rows=((1, "a"),))
    assert not judged(Rows("store", "q", ((1, "a"),)), rows=((1, "a"), (2, "b")))
    assert not judged(Rows("store", "q", ((1, "a"),)))
