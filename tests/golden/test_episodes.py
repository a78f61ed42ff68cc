"""Fixed tasks, seeds and policies give the episodes that were recorded, byte for byte without their times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from golden.canon import body, case_key, first_difference, sha
from golden.cases import CONFIGS, ENGINES, Case, cases
from golden.playing import play

_KNOWN = list(cases())


def _marked(case: Case) -> Any:
    return pytest.param(case, id=case.name, marks=[pytest.mark.engine] if case.environment in ENGINES else [])


@pytest.mark.parametrize("case", [_marked(case) for case in _KNOWN])
def test_a_case(case: Case, need: Callable[[str], None], record: Callable[[str], Any]) -> None:
    need(case.environment)
    before = record(f"episodes-{case.environment}")[case.name]
    now = play(case)
    assert [each["key"]["task"] for each in now] == [each["task"] for each in before["episodes"]]
    for old, new in zip(before["episodes"], now, strict=True):
        if sha(body(new)) != old["sha256"]:
            pytest.fail(
                f"{case.name}, task {old['task']}, sample {old['sample']}: {first_difference(old, new)}\n"
                f"both in full: python tests/golden/record.py --difference {case.name} --old OLD_PYTHON"
            )
        told = (new["outcome"], new.get("score"), new["key"]["seed"], new["key"].get("sample", 0))
        assert told == (old["outcome"], old["score"], old["seed"], old["sample"])


@pytest.mark.parametrize("case", [_marked(case) for case in _KNOWN])
def test_the_keys_of_a_case(case: Case, need: Callable[[str], None], record: Callable[[str], Any]) -> None:
    """Another key would have every stored run played again."""
    need(case.environment)
    before = record(f"episodes-{case.environment}")[case.name]
    now = play(case)
    assert case_key(now) == before["key"]
    assert [each["id"] for each in now] == [each["id"] for each in before["episodes"]]


def test_every_record_is_compared(record: Callable[[str], Any]) -> None:
    recorded = {name for environment in CONFIGS for name in record(f"episodes-{environment}")}
    assert recorded == {case.name for case in _KNOWN}
