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
        PolicySpec(
            id="scripted",
            target=f"{at}._scripted:ScriptedPolicy",
            config=f"{at}._scripted:ScriptedConfig",
            summary="repeats actions that were written down",
        ),
        PolicySpec(
            id="human",
            target=f"{at}._human:HumanPolicy",
            summary="asks the person at the terminal",
            needs=("available_actions",),
        ),
    ]


@hookimpl
def agentgym_rewards() -> list[RewardSpec]:
    at = "agentgym_core.rewards"
    return [
        RewardSpec(
            id="environment",
            target=f"{at}._environment:EnvironmentReward",
            summary="the environment's own score",
        ),
        RewardSpec(
            id="binarize",
            target=f"{at}._binarize:BinarizeReward",
            config=f"{at}._binarize:BinarizeConfig",
            summary="1 where another reward reaches a threshold, else 0",
        ),
        RewardSpec(
            id="length_penalty",
            target=f"{at}._penalties:LengthPenaltyReward",
            config=f"{at}._penalties:LengthPenaltyConfig",
            summary="takes something off for every turn",
        ),
        RewardSpec(
            id="format_penalty",
            target=f"{at}._penalties:FormatPenaltyReward",
            config=f"{at}._penalties:FormatPenaltyConfig",
            summary="takes something off for every reply that could not be read",
        ),
        RewardSpec(
            id="noisy",
            target=f"{at}._noisy:NoisyReward",
            config=f"{at}._noisy:NoisyConfig",
            summary="another reward, wrong with a declared probability",
        ),
        RewardSpec(
            id="biased",
            target=f"{at}._biased:BiasedReward",
            config=f"{at}._biased:BiasedConfig",
            summary="another reward that also pays for length",
        ),
        RewardSpec(
            id="weighted",
            target=f"{at}._weighted:WeightedReward",
            config=f"{at}._weighted:WeightedConfig",
            summary="a weighted sum of other rewards",
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
            target=f"{at}._process:ProcessPlacement",
            config=f"{at}._process:ProcessConfig",
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
    at = "agentgym_core.cli"
    return [
        CommandSpec(name="list", target=f"{at}.list", summary="what is installed, by kind"),
        CommandSpec(name="plugins", target=f"{at}.plugins", summary="every plugin with its state"),
        CommandSpec(name="show", target=f"{at}.show", summary="all about one component"),
        CommandSpec(name="doctor", target=f"{at}.doctor", summary="what this machine lacks, and how to get it"),
        CommandSpec(name="play", target=f"{at}.play", summary="play an environment yourself; the episode is kept"),
        CommandSpec(name="collect", target=f"{at}.collect", summary="play episodes and store them"),
        CommandSpec(name="eval", target=f"{at}.eval", summary="play held-out tasks and report"),
        CommandSpec(name="compare", target=f"{at}.compare", summary="two runs, task by task"),
        CommandSpec(name="score", target=f"{at}.score", summary="score a stored run again"),
        CommandSpec(name="train", target=f"{at}.train", summary="an algorithm on stored runs, or on tasks of its own"),
        CommandSpec(name="run", target=f"{at}.run", summary="a pipeline from a TOML file"),
        CommandSpec(name="check", target=f"{at}.check", summary="validate a pipeline file; starts nothing"),
        CommandSpec(name="completion", target=f"{at}.completion", summary="completion for your shell"),
    ]
