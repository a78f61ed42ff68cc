"""The kit is held to its own word: every check has an environment that fails it, and only it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from agentgym_testing import CHECKS, Sizes, Subject
from agentgym_testing.check import NotApplicable
from agentgym_testing.checks_episodes import ODD_TEXTS, odd_texts

HERE = Path(__file__).resolve().parent
IN_PROCESSES = {"listing_is_lazy", "hash_seeds_do_not_matter", "nothing_is_left_behind"}
pytestmark = pytest.mark.usefixtures("announced")


def failures(environment: str, checks: set[str]) -> dict[str, str]:
    """The names of the checks that an environment fails, with what they say."""
    failed = {}
    with Subject(environment, sizes=Sizes(patience=0.3)) as subject:
        for name, check in CHECKS.items():
            if name not in checks:
                continue
            try:
                check.run(subject)
            except NotApplicable:
                continue
            except Exception as error:
                failed[name] = f"{type(error).__name__}: {error}"
    return failed


def test_every_check_has_an_environment_that_fails_it() -> None:
    tree = ast.parse((HERE / "wrong_environments.py").read_text())
    named = {
        ast.literal_eval(mark.args[0])
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call)
    }
    assert named | {"listing_is_lazy"} == set(CHECKS)


def test_the_right_environment_passes_every_check() -> None:
    assert failures("lock", set(CHECKS)) == {}


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_a_wrong_environment_fails_its_check_and_no_other(check: str) -> None:
    failed = failures(f"wrong.{check}", set(CHECKS) - IN_PROCESSES | {check})
    # What a step may hold is checked before any check of the kit sees it: every check that takes a step fails.
    others = {"order_is_guarded", "turn_limit_truncates"} if check == "steps_are_well_formed" else set()
    assert {check} <= set(failed) <= {check} | others, failed
    assert f"wrong.{check}" in failed[check] or check == "listing_is_lazy", "the message must name the environment"


@pytest.mark.slow
@pytest.mark.parametrize("check", sorted(CHECKS))
def test_no_other_environment_fails_the_checks_that_start_processes(check: str) -> None:
    assert set(failures(f"wrong.{check}", IN_PROCESSES)) == IN_PROCESSES & {check}


def test_an_order_of_tasks_that_hash_seeds_decide_is_found() -> None:
    failed = failures("wrong.order_of_tasks", {"hash_seeds_do_not_matter"})
    assert "the order of tasks" in failed["hash_seeds_do_not_matter"]


def test_a_process_left_behind_is_found_as_a_thread_is() -> None:
    failed = failures("wrong.process_is_left_behind", {"nothing_is_left_behind"})
    assert "process" in failed["nothing_is_left_behind"]
    assert "cat" in failed["nothing_is_left_behind"]


def test_a_process_started_while_listing_is_found() -> None:
    assert "subprocess.Popen" in failures("wrong.listing_is_busy", {"listing_is_lazy"})["listing_is_lazy"]


def test_an_environment_with_an_engine_in_hosts_passes_every_check() -> None:
    assert failures("lock.hosted", set(CHECKS)) == {}


def test_the_engine_is_opened_once_and_closed_at_the_end() -> None:
    with Subject("lock.hosted") as subject:
        CHECKS["episodes_repeat"].run(subject)
        CHECKS["close_is_safe"].run(subject)
        events = sys.modules["engine"].EVENTS
        assert events[-1] == "opened"
        opened = events.count("opened")
        CHECKS["nothing_solves_nothing"].run(subject)
        assert events.count("opened") == opened
    assert events[-1] == "closed"
    assert events.count("closed") == opened


def test_an_engine_is_not_opened_by_checks_that_need_none() -> None:
    with Subject("lock.hosted") as subject:
        before = list(getattr(sys.modules.get("engine"), "EVENTS", []))
        for name in ("description_is_sound", "counts_are_as_declared", "ids_are_unique", "tasks_cross_as_ids"):
            CHECKS[name].run(subject)
        assert before == sys.modules["engine"].EVENTS


def test_odd_actions_are_the_same_every_time() -> None:
    with Subject("lock") as one, Subject("lock") as other:
        texts = list(odd_texts(one))
        assert texts == list(odd_texts(other))
        assert len(texts) == len(ODD_TEXTS) + one.sizes.fuzz


def test_restricted_splits_are_all_that_is_tried() -> None:
    with Subject("lock", splits=["eval"], sizes=Sizes(tasks=2)) as subject:
        assert [task.id for task in subject.tasks] == ["eval-0", "eval-3"]
        with pytest.raises(NotApplicable):
            CHECKS["evaluation_is_kept_apart"].run(subject)
