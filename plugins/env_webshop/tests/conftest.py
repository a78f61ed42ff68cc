from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.rollout import make_environment
from agentgym_core.types import Step
from agentgym_env_webshop.catalogue import Catalogue, open_catalogue
from agentgym_env_webshop.config import WebShopConfig


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Catalogues are built here, and found here by the processes that the tests start."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("AGENTGYM_CACHE")
    os.environ["AGENTGYM_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["AGENTGYM_CACHE"]
    else:
        os.environ["AGENTGYM_CACHE"] = before


@pytest.fixture(scope="session")
def small() -> WebShopConfig:
    """A small catalogue of our own."""
    return WebShopConfig(products=600, train=200, eval=40)


@pytest.fixture(scope="session")
def catalogue(small: WebShopConfig, cache: Path) -> Iterator[Catalogue]:
    """That catalogue, open."""
    opened = open_catalogue(small.source)
    yield opened
    opened.close()


@pytest.fixture
def play() -> Callable[..., list[Step]]:
    """Plays actions in a task of the small catalogue: the steps, the opening first."""

    def play(task: str, actions: Sequence[str], **config: Any) -> list[Step]:
        settings = {"products": 600, "train": 200, "eval": 40} | config
        with make_environment("webshop", settings) as environment:
            opening = Step(environment.reset(task))
            return [opening, *(environment.step(action) for action in actions)]

    return play
