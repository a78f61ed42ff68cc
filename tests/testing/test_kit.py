"""The kit is held to its own word: every check has an environment that fails it, and only it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from agentgym_core.testing import CHECKS, Sizes, Subject
from agentgym_core.testing.check import NotApplicable

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
    assert set(failed) == {check}, failed
    assert f"wrong.{check}" in failed[check] or check == "listing_is_lazy", "the message must name the environment"


@pytest.mark.slow
@pytest.mark.parametrize("check", sorted(CHECKS))
def test_no_other_environment_fails_the_checks_that_start_processes(check: str) -> None:
    assert set(failures(f"wrong.{check}", IN_PROCESSES)) == IN_PROCESSES & {check}


def test_a_process_left_behind_is_found_as_a_thread_is() -> None:
    failed = failures("wrong.process_is_left_behind", {"nothing_is_left_behind"})
    assert "process" in failed["nothing_is_left_behind"]
    assert "cat" in failed["nothing_is_left_behind"]


def test_a_process_started_while_listing_is_found() -> None:
    assert "subprocess.Popen" in failures("wrong.listing_is_busy", {"listing_is_lazy"})["listing_is_lazy"]
