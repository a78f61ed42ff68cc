"""Announces the right environment and every wrong one, as any plugin would: with strings."""

from __future__ import annotations

import ast
from pathlib import Path

from agentgym_core import AlgorithmSpec, EnvironmentSpec, PolicySpec, Requirement, RewardSpec, hookimpl


def _classes() -> dict[str, str]:
    """Check -> class name, read from the source: announcing must import nothing heavy."""
    tree = ast.parse((Path(__file__).parent / "wrong_environments.py").read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    marks = [(node.name, mark) for node in classes for mark in node.decorator_list if isinstance(mark, ast.Call)]
    return {ast.literal_eval(mark.args[0]): name for name, mark in marks}


CONFIGS = {"configuration_round_trips": "GrowingConfig", "unknown_keys_are_refused": "LaxConfig"}


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    right = EnvironmentSpec(id="lock", target="lock:Lock", config="lock:LockConfig", per_host=4)
    process = EnvironmentSpec(
        id="wrong.process_is_left_behind", target="wrong_environments:LeavesAProcess", config="lock:LockConfig"
    )
    order = EnvironmentSpec(
        id="wrong.order_of_tasks", target="wrong_environments:ListsTasksOfASet", config="lock:LockConfig"
    )
    wrong = [
        EnvironmentSpec(
            id=f"wrong.{check}",
            target=f"wrong_environments:{name}",
            config=f"wrong_environments:{CONFIGS[check]}" if check in CONFIGS else "lock:LockConfig",
            per_host=4,
        )
        for check, name in _classes().items()
    ]
    hosted = EnvironmentSpec(
        id="lock.hosted", target="engine:LockWithEngine", config="lock:LockConfig", placement="process", per_host=1
    )
    needy = EnvironmentSpec(
        id="lock.needy",
        target="lock:Lock",
        requires=(Requirement("executable", "no-such-tool-", "run: get no-such-tool"),),
    )
    return [right, process, order, hosted, needy, *wrong]


@hookimpl
def agentgym_rewards() -> list[RewardSpec]:
    names = {
        "test_values_stay_in_the_declared_range": "TooMuch",
        "test_parts_are_json": "NoJson",
        "test_it_is_pure": "Counts",
    }
    return [
        RewardSpec(id="wrong.reward_that_changes", target="wrong_others:Changes"),
        *(RewardSpec(id=f"wrong.{test}", target=f"wrong_others:{name}") for test, name in names.items()),
    ]


@hookimpl
def agentgym_policies() -> list[PolicySpec]:
    names = {
        "test_its_needs_are_announced": "Needy",
        "test_it_plays_many_episodes_at_once": "OneAtATime",
        "test_it_can_be_ended_and_closed_at_any_time": "ForgetsNobody",
        "test_its_weights_have_a_stable_digest": "EverNew",
    }
    return [PolicySpec(id=f"wrong.{test}", target=f"wrong_others:{name}") for test, name in names.items()]


@hookimpl
def agentgym_algorithms() -> list[AlgorithmSpec]:
    names = {
        "sound": "Sound",
        "test_its_result_is_data": "TellsNoJson",
        "test_what_was_learned_can_be_played": "LearnsNothing",
        "test_it_leaves_its_data_as_it_was": "ChangesData",
        "test_it_can_go_on_in_the_folder_of_another_run": "ForgetsItsFolder",
        "test_nothing_to_learn_from_is_no_crash": "NeedsData",
        "test_its_progress_can_be_shown": "BeyondTheEnd",
    }
    return [
        AlgorithmSpec(id=f"wrong.{test}", target=f"wrong_others:{name}", learner=True) for test, name in names.items()
    ]
