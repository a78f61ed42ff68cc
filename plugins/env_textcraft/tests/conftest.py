"""What the tests of this plugin share."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentgym_env_textcraft.book import Book, load_book
from agentgym_env_textcraft.commands import Reader
from agentgym_env_textcraft.expert import Planner

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "reference" / "agenttraj" / "textcraft.jsonl.gz"


@pytest.fixture(scope="session")
def book() -> Book:
    return load_book(None)


@pytest.fixture(scope="session")
def reader(book: Book) -> Reader:
    return Reader(book)


@pytest.fixture(scope="session")
def planner(book: Book) -> Planner:
    return Planner(book)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The recorded episodes of AgentTraj, which the project does not ship."""
    if not RECORDED.is_file():
        pytest.skip("AgentTraj's TextCraft file is not beside this checkout")
    return RECORDED
