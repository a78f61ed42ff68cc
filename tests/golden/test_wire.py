"""Recorded requests get the answers that were recorded, dialect by dialect. Only the words of errors may be others."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

for _name in ("aiohttp", "websockets"):
    pytest.importorskip(_name, reason="what the server needs is not installed")

from golden import house  # noqa: E402
from golden.canon import canonical  # noqa: E402
from golden.dialogues import DIALECTS  # noqa: E402
from golden.serving import comparable, converse, running  # noqa: E402

_ALL = [
    pytest.param(dialect, name, id=f"{dialect}-{name}")
    for dialect, conversations in DIALECTS.items()
    for name in conversations()
]


@pytest.fixture(scope="module")
def port(installed: set[str]) -> Iterator[Callable[[str], int]]:
    """Starts a server when the first test asks for it."""
    with ExitStack() as stack:
        ports: dict[str, int] = {}

        def of(name: str) -> int:
            if name not in ports:
                here = [each for each in house.SERVERS[name][0] if each in installed]
                ports[name] = stack.enter_context(running(name, here))
            return ports[name]

        yield of


@pytest.mark.parametrize(("dialect", "name"), _ALL)
def test_a_conversation(
    dialect: str,
    name: str,
    port: Callable[[str], int],
    need: Callable[[str], None],
    record: Callable[[str], Any],
) -> None:
    conversation = record(f"wire-{dialect}")[name]
    need(conversation["environment"])
    module = conversation.get("module")
    if module and importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    answers = converse(port(conversation["server"]), conversation)
    for number, (exchange, answer) in enumerate(zip(conversation["exchanges"], answers, strict=True)):
        before = exchange["answer"]
        where = f"{dialect} {name}, exchange {number}: {canonical(_asked(exchange))}"
        if exchange.get("only") == "metrics":
            # There may be more of them.
            assert set(before["body"]) <= set(answer["body"]), where
        else:
            assert comparable(answer) == comparable(before), where


def _asked(exchange: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in exchange.items() if key != "answer"}


def test_the_record_holds_the_conversations(record: Callable[[str], Any]) -> None:
    for dialect, conversations in DIALECTS.items():
        recorded = record(f"wire-{dialect}")
        asked = {
            name: {**each, "exchanges": [_asked(exchange) for exchange in each["exchanges"]]}
            for name, each in recorded.items()
        }
        assert asked == conversations()
