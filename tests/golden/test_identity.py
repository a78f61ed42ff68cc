"""Ids, digests of configurations, and the tasks of every split are those that were recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from golden import house
from golden.canon import tasks_record
from golden.cases import CONFIGS, ENGINES

_ALL = [
    pytest.param(environment, index, id=f"{environment}-{index}", marks=[pytest.mark.engine] * (environment in ENGINES))
    for environment, configs in CONFIGS.items()
    for index in range(len(configs))
]


@pytest.mark.parametrize(("environment", "index"), _ALL)
def test_an_environment(
    environment: str, index: int, need: Callable[[str], None], record: Callable[[str], Any]
) -> None:
    need(environment)
    before = record(f"identity-{environment}")[index]
    config = CONFIGS[environment][index]
    assert config == before["config"], "the records were made with another configuration"
    canonical, digest, splits = house.identity(environment, config)
    assert canonical == before["canonical"]
    assert {split: tasks_record(tasks) for split, tasks in splits.items()} == before["splits"]
    assert digest == before["digest"], "every stored run of this configuration would be played again"
