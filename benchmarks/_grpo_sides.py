"""The two sides of `grpo_trl`, the model that they start from, and what shows that they do the same."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import time
from pathlib import Path
from typing import Any

from _grpo import CHAT, CLONED, MAZE, Setup, Start, closed, completion, first_task
from attrs import asdict, evolve


def make_start(folder: Path, steps: int) -> Start:
    """Clone a tiny model from an expert for a few steps: it calls the tool in the right form, and often goes the wrong way."""
    from trl import chat_template_utils as templates

    from agentgym_algo_bc.config import BCConfig
    from agentgym_algo_bc.learner import BehaviouralCloning
    from agentgym_core.actions import Grammar
    from agentgym_core.cli import main as agentgym
    from agentgym_core.prompts.style import PromptStyle
    from agentgym_core.rollout import make_environment
    from agentgym_core.store import Run
    from agentgym_core.types import Message, WeightedTrajectory
    from agentgym_learning.testing import Place
    from agentgym_policy_transformers.new_model import make_model_of

    with make_environment("maze", MAZE, needs=()) as game:
        tools = Grammar(game.description.actions, "function_calling").tools
        style = PromptStyle("grpo_trl", first_prefix=f"{game.description.instruction}\n\n")
    (folder / "style.json").write_text(style.to_json(), encoding="utf-8")
    (folder / "training.jinja").write_text(templates.qwen3_training_chat_template, encoding="utf-8")
    given = shlex.join(f"{key}={json.dumps(value)}" for key, value in MAZE.items())
    configured = " ".join(f"--config {each}" for each in shlex.split(given))
    played = f"collect maze --policy expert --limit {CLONED} --format function_calling {configured}"
    with contextlib.redirect_stdout(io.StringIO()):
        agentgym([*shlex.split(played), "--style", str(folder / "style.json"), "--out", str(folder / "run")])
    shown = [closed(episode) for episode in Run.open(folder / "run").trajectories()]
    words = templates.qwen3_chat_template + json.dumps(tools)
    # The template's own words are in every prompt: a tokenizer that never read them would spell them letter by letter.
    read = [evolve(each, messages=(*each.messages, Message("user", words))) for each in shown]
    make_model_of("micro", read, folder / "new", seed=0)
    config = BCConfig(
        model=str(folder / "new"), chat_template=str(folder / "training.jinja"), template=dict(CHAT), learning_rate=5e-3,
        batch_tokens=2048, epochs=1000, max_steps=steps, schedule="linear", warmup=0.1, seed=0, threads=1,
    )  # fmt: skip
    BehaviouralCloning(config).run(Place(folder / "cloned"), [WeightedTrajectory(each) for each in shown])  # type: ignore[arg-type]
    start = Start.of(folder)
    (Path(start.model) / "chat_template.jinja").write_text(templates.qwen3_chat_template, encoding="utf-8")
    return start


def pipeline(start: Start, setup: Setup, seed: int, folder: Path) -> Any:
    """Our side, ready to run."""
    from agentgym_core.pipeline import Pipeline, settings

    config = {
        **start.rendering, "model": start.model, "explore": "train", "iterations": setup.iterations, "samples": setup.samples,
        "tasks_per_iteration": setup.tasks, "max_tokens": setup.reply, "learning_rate": setup.rate, "clip_ratio": setup.clip,
        "log_every": 1, "threads": 1, "policy_config": {"threads": 1},
    }  # fmt: skip
    return Pipeline(
        settings(
            {
                "folder": str(folder),
                "seed": seed,
                "rollout": {
                    "style": str(start.folder / "style.json"),
                    "action_format": "function_calling",
                    "max_rounds": setup.rounds,
                    "concurrency": setup.episodes,
                },
                "tasks": {
                    "train": {
                        "environment": "maze",
                        "skip": first_task(setup, seed),
                        "limit": setup.all_tasks,
                        "config": dict(MAZE),
                    }
                },
                "stages": [{"name": "learn", "kind": "train", "algorithm": "grpo", "config": config}],
            }
        )
    )


def explored(folder: Path, number: int) -> list[Any]:
    """The episodes of an iteration of ours, in the order of tasks and samples."""
    from agentgym_core.store import Run

    (place,) = folder.rglob(f"explore-{number}")
    found = list(Run.open(place / "run").trajectories())
    return sorted(found, key=lambda each: (int(each.key.task.rpartition("-")[2]), each.key.sample))


def ours(start: Start, setup: Setup, seed: int, folder: Path) -> dict[str, Any]:
    """Rewards, sampled tokens and times of a training by `grpo`."""
    import agentgym_algo_grpo.algorithm  # noqa: F401
    import agentgym_policy_transformers.policy  # noqa: F401

    ready = pipeline(start, setup, seed, folder)
    clock = Clock()
    rows = ready.run()["learn"]["metrics"]["iterations"]
    found = clock.read()
    tokens = [
        sum(len(turn.tokens.sampled) for episode in explored(folder, number + 1) for turn in episode.turns)
        for number in range(setup.iterations)
    ]
    return {**found, "rewards": [each["reward"] for each in rows], "tokens": tokens}


def trainer_of(start: Start, setup: Setup, seed: int, folder: Path, **more: Any) -> Any:
    """TRL's trainer. Its tools are described in the words of ours: it would make others of the methods' signatures."""
    import datasets
    import torch
    import transformers
    from trl import GRPOConfig, GRPOTrainer

    from agentgym_bridge_trl.factory import environment_factory, rows
    from agentgym_core.actions import Grammar
    from agentgym_core.rollout import make_environment

    tokenizer = transformers.AutoTokenizer.from_pretrained(start.model)
    model = transformers.AutoModelForCausalLM.from_pretrained(start.model, dtype=torch.float32)
    first = first_task(setup, seed)
    tasks = rows("maze", config=MAZE, limit=first + setup.all_tasks)[first:]
    if not more:
        more = {"environment_factory": environment_factory("maze", MAZE, group=setup.samples)}
    trainer = GRPOTrainer(
        model=model, processing_class=tokenizer, train_dataset=datasets.Dataset.from_list(tasks), **more,
        args=GRPOConfig(
            output_dir=str(folder), max_steps=setup.iterations, per_device_train_batch_size=setup.episodes,
            num_generations=setup.samples, max_completion_length=4 * setup.rounds * setup.reply,
            generation_kwargs={"max_new_tokens": setup.reply}, max_tool_calling_iterations=setup.rounds,
            chat_template_kwargs=dict(CHAT), shuffle_dataset=False, learning_rate=setup.rate, lr_scheduler_type="constant",
            warmup_steps=0, weight_decay=0.0, max_grad_norm=1.0, epsilon=setup.clip, beta=0.0, loss_type="dapo",
            scale_rewards="group", temperature=1.0, use_cpu=True, bf16=False, gradient_checkpointing=False, logging_steps=1,
            save_strategy="no", report_to=[], seed=seed, disable_tqdm=True,
        ),
    )  # fmt: skip
    trainer.remove_callback(transformers.PrinterCallback)
    if "environment_factory" in more:
        with make_environment("maze", MAZE, needs=()) as game:
            told = list(Grammar(game.description.actions, "function_calling").tools)
        trainer._env_tools = dict.fromkeys(trainer._env_tools, told)
    return trainer


def theirs(start: Start, setup: Setup, seed: int, folder: Path) -> dict[str, Any]:
    """The same of a training by GRPOTrainer."""
    trainer = trainer_of(start, setup, seed, folder)
    clock = Clock()
    trainer.train()
    found = clock.read()
    logged = [each for each in trainer.state.log_history if "reward" in each]
    tokens = [round(each["completions/mean_length"] * setup.episodes) for each in logged]
    return {**found, "rewards": [each["reward"] for each in logged], "tokens": tokens}


class Clock:
    """Seconds of wall and processor time since it was made."""

    def __init__(self) -> None:
        self._begun = (time.perf_counter(), time.process_time())

    def read(self) -> dict[str, float]:
        """Both, in seconds."""
        now = (time.perf_counter(), time.process_time())
        return {name: round(b - a, 3) for name, a, b in zip(("wall", "processor"), self._begun, now, strict=True)}


def check(start: Start, setup: Setup, folder: Path) -> dict[str, float]:
    """How far apart the two sides are in what has to be equal: ids of prompts and answers, gradient and loss of a first step."""
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    gradients: list[Any] = []

    def keep(optimizer: Any, *_: Any) -> None:
        if not gradients or len(gradients[-1]) != len(optimizer.param_groups[0]["params"]):
            gradients.append([each.grad.clone() for group in optimizer.param_groups for each in group["params"]])

    handle = register_optimizer_step_pre_hook(keep)
    one = Setup(**{**asdict(setup), "iterations": 1})
    metrics = pipeline(start, one, 0, folder / "ours").run()["learn"]["metrics"]["iterations"][0]
    mine = gradients.pop()
    gradients.clear()
    episodes = explored(folder / "ours", 1)
    parts = [completion(each) for each in episodes]
    names = ("prompt_ids", "completion_ids", "env_mask", "logprobs")
    columns = {name: [part[place] for part in parts] for place, name in enumerate(names)}
    trainer = trainer_of(
        start, one, 0, folder / "same",
        rollout_func=lambda prompts, _: columns,
        reward_funcs=lambda prompts, **_: [each.score for each in episodes],
    )  # fmt: skip
    trainer.train()
    yours = gradients.pop()
    handle.remove()
    apart = sum(float((a - b).square().sum()) for a, b in zip(mine, yours, strict=True)) ** 0.5
    norm = sum(float(b.square().sum()) for b in yours) ** 0.5
    # What TRL shows by itself, and how it writes an observation: against the ids of our episodes.
    own = trainer_of(start, one, 0, folder / "own")
    shown: list[list[int]] = []
    generate = own._generate_single_turn

    def seen(prompt_ids: list[list[int]], *given: Any, **named: Any) -> Any:
        shown.extend(prompt_ids if not shown else ())
        return generate(prompt_ids, *given, **named)

    own._generate_single_turn = seen
    own.train()
    prompts = sum(a != b for a, b in zip(shown, columns["prompt_ids"], strict=True))
    answers = 0
    for episode in episodes:
        for before, turn in zip(episode.turns, episode.turns[1:], strict=False):
            # A reply that TRL takes for no call ends the episode there; ours says what was wrong with it.
            if episode.messages[before.message + 1].role == "tool":
                message = {"role": "tool", "name": "move", "content": before.observation}
                answers += own._get_tool_suffix_ids([message]) != list(turn.tokens.prompt)
    loss = next(each["loss"] for each in trainer.state.log_history if "loss" in each)
    return {
        "prompts": prompts,
        "answers": answers,
        "gradient": apart / norm,
        "loss": abs(metrics["losses"][0]["loss"] - loss),
        "sizes": [norm, loss],
    }
