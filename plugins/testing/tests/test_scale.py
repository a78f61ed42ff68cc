"""The kit at scale finds what a sample may miss, and passes what keeps its promises."""

from __future__ import annotations

import pytest

from agentgym_testing import ScaleConformance
from agentgym_testing.check import CheckFailed

pytestmark = pytest.mark.usefixtures("announced")
TESTS = sorted(name for name in vars(ScaleConformance) if name.startswith("test_"))


def run(environment: str, test: str) -> None:
    made = type("TestMade", (ScaleConformance,), {"environment": environment, "episodes": 20})
    made.setup_class()
    try:
        getattr(made(), test)()
    finally:
        made.teardown_class()


@pytest.mark.parametrize("test", TESTS)
def test_the_right_environment_passes(test: str) -> None:
    run("lock", test)


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
