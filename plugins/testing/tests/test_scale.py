"""The kit at scale finds what a sample may miss, and passes what keeps its promises."""

from __future__ import annotations

from contextlib import suppress

import pytest

from agentgym_core.actions import FORMATS
from agentgym_testing import ScaleConformance
from agentgym_testing.check import CheckFailed

pytestmark = pytest.mark.usefixtures("announced")
TESTS = sorted(name for name in vars(ScaleConformance) if name.startswith("test_"))


def run(environment: str, test: str, *arguments: str) -> None:
    made = type("TestMade", (ScaleConformance,), {"environment": environment, "episodes": 20})
    made.setup_class()
    try:
        getattr(made(), test)(*arguments)
    finally:
        made.teardown_class()


@pytest.mark.parametrize("test", TESTS)
def test_the_right_environment_passes(test: str) -> None:
    run("lock", test, *(["react"] if "read" in test else []))


@pytest.mark.parametrize(
    ("environment", "test", "says"),
    [
        ("wrong.expert_reaches_its_score", "test_the_expert_solves_every_task_in_time", "does not solve in time"),
        ("wrong.hash_seeds_do_not_matter", "test_hash_seeds_do_not_matter", "PYTHONHASHSEED"),
        ("wrong.instances_keep_apart", "test_episodes_played_at_once_are_as_played_alone", "alone and beside"),
    ],
)
def test_a_wrong_environment_is_found(environment: str, test: str, says: str) -> None:
    with pytest.raises(CheckFailed, match=says):
        run(environment, test)


def test_a_move_that_a_format_changes_is_found() -> None:
    failed = []
    for form in FORMATS:
        with suppress(CheckFailed):
            run("wrong.formats_agree", "test_the_expert_is_read_as_it_was_meant", form)
            continue
        failed.append(form)
    assert failed
