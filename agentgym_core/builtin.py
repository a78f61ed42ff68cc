"""Core's own components, announced through the same door as anyone's."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec, ExtensionSpec, PlacementSpec, PolicySpec, RewardSpec


@hookimpl
def agentgym_policies() -> list[PolicySpec]:
    at = "agentgym_core.policies"
    return [
        PolicySpec(
            id="expert",
            target=f"{at}._expert:ExpertPolicy",
            summary="plays what the environment's own expert would do",
            needs=("expert",),
        ),
        PolicySpec(
            id="random",
            target=f"{at}._random:RandomPolicy",
            summary="picks any of the available actions",
            needs=("available_actions",),
        ),
        PolicySpec(id="null", target=f"{at}._null:NullPolicy", summary="says nothing of use: the floor of every score"),
    ]


@hookimpl
def agentgym_rewards() -> list[RewardSpec]:
    at = "agentgym_core.rewards"
    configured = {
        "binarize": ("_binarize:Binarize", "1 where another reward reaches a threshold, else 0"),
        "weighted": ("_weighted:Weighted", "a weighted sum of other rewards"),
    }
    return [
        RewardSpec(
            id="environment", target=f"{at}.environment:EnvironmentReward", summary="the environment's own score"
        ),
        *(
            RewardSpec(id=id, target=f"{at}.{name}Reward", config=f"{at}.{name}Config", summary=summary)
            for id, (name, summary) in configured.items()
        ),
    ]


@hookimpl
def agentgym_placements() -> list[PlacementSpec]:
    at = "agentgym_core.rollout.placements"
    return [
        PlacementSpec(id="inline", target=f"{at}.inline:InlinePlacement", summary="in the caller's thread", strength=0),
        PlacementSpec(
            id="thread", target=f"{at}._thread:ThreadPlacement", summary="a thread for each instance", strength=1
        ),
        PlacementSpec(
            id="process",
            target=f"{at}.process:ProcessPlacement",
            config=f"{at}.process:ProcessConfig",
            summary="warm processes, of this Python or another",
            strength=2,
            schemes=("python",),
            source=f"{at}._interpreter:source",
        ),
    ]


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    at = "agentgym_core.pipeline.kinds"
    return [
        ExtensionSpec(id="stage.collect", target=f"{at}:Collect", summary="play tasks and keep the trajectories"),
        ExtensionSpec(id="stage.evaluate", target=f"{at}:Evaluate", summary="play held-out tasks and report"),
        ExtensionSpec(id="stage.train", target=f"{at}:Train", summary="run an algorithm"),
    ]


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    verbs = {
        "list": "what is installed, by kind",
        "plugins": "every plugin with its state",
        "show": "all about one component",
        "doctor": "what this machine lacks, and how to get it",
        "collect": "play episodes and store them",
        "eval": "play held-out tasks and report",
        "compare": "two runs, task by task",
        "score": "score a stored run again",
        "train": "an algorithm on stored runs, or on tasks of its own",
        "run": "a pipeline from a TOML file",
        "check": "validate a pipeline file; starts nothing",
    }
    return [CommandSpec(name=name, target=f"agentgym_core.cli.{name}", summary=told) for name, told in verbs.items()]
