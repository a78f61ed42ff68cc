"""What both sides of `grpo_trl` share: the set-up, the model that they start from, the episodes, and what is made of the runs."""

from __future__ import annotations

import hashlib
import json
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, frozen

from agentgym_core.evaluation.seeds import t_quantile
from agentgym_core.types import Message, Trajectory

MAZE: Mapping[str, Any] = {"sizes": [7], "min_distance": 1, "max_distance": 3}
CLONED = 200
"""How many tasks of the split the start is cloned from: the first ones."""

CHAT: Mapping[str, Any] = {"enable_thinking": False}
"""The prompt closes the thought: a reply then is the call, and no side depends on how the other cuts thoughts."""


@frozen
class Setup:
    """What is the same on both sides. `reply` is in tokens; `tasks` are those of an iteration, out of `all_tasks` of a seed in turn.

    A third of a training is one pass over all tasks, so that thirds can be compared.
    """

    iterations: int = 9
    all_tasks: int = 12
    tasks: int = 4
    samples: int = 4
    rounds: int = 4
    reply: int = 40
    rate: float = 5e-4
    clip: float = 0.2

    @property
    def episodes(self) -> int:
        """Of one iteration."""
        return self.tasks * self.samples


@frozen
class Start:
    """What both sides begin with, all in one folder: `model`, and the files `training.jinja` and `style.json`.

    :param digest: of the weights. Runs from other weights are not compared.
    """

    folder: Path
    digest: str

    @classmethod
    def of(cls, folder: Path) -> Start:
        """That of a folder; without a digest where it holds no weights."""
        weights = folder / "cloned" / "model" / "model.safetensors"
        return cls(folder, hashlib.sha256(weights.read_bytes()).hexdigest()[:12] if weights.exists() else "")

    @property
    def model(self) -> str:
        """The folder of the model and its tokenizer."""
        return str(self.folder / "cloned" / "model")

    @property
    def rendering(self) -> dict[str, Any]:
        """How our side makes prompts: as TRL does, which takes this variant of Qwen3's template for tools by itself."""
        return {"chat_template": str(self.folder / "training.jinja"), "template": dict(CHAT)}


def first_task(setup: Setup, seed: int) -> int:
    """Where the tasks of a seed begin, behind those that the start was cloned from."""
    return CLONED + seed * setup.all_tasks


def closed(episode: Trajectory) -> Trajectory:
    """An expert's episode without its thoughts, and with a word at its end.

    TRL lets a model answer the last observation. One that has never seen the end would call tools there, as often as it may, and cost TRL
    time that no model of practice costs it.
    """
    call = episode.messages[-1].tool_calls[-1]
    messages = [
        evolve(each, content="") if each.role == "assistant" and each.loss else each for each in episode.messages
    ]
    end = (Message("tool", "Success", tool_call_id=call.id), Message("assistant", "Done.", loss=True))
    return evolve(episode, messages=(*messages, *end))


def completion(episode: Trajectory) -> tuple[list[int], list[int], list[int], list[float]]:
    """An episode as TRL has one: the prompt's ids, those of all that follows, which of them were sampled (1), and log-probabilities.

    :raises ValueError: a later prompt does not go on from the ids before it.
    """
    prompt: list[int] = []
    ids: list[int] = []
    sampled: list[int] = []
    logprobs: list[float] = []
    for number, turn in enumerate(episode.turns):
        tokens = turn.tokens
        if tokens is None or tokens.fresh != (number == 0):
            raise ValueError(f"turn {number} of {episode.id}: its ids do not follow those before it")
        if number == 0:
            prompt = list(tokens.prompt)
        else:
            ids += tokens.prompt
            sampled += [0] * len(tokens.prompt)
            logprobs += [0.0] * len(tokens.prompt)
        ids += tokens.sampled
        sampled += [1] * len(tokens.sampled)
        logprobs += tokens.logprobs
    return prompt, ids, sampled, logprobs


def read_runs(file: Path, setup: Setup) -> list[dict[str, Any]]:
    """The runs that a file holds. Those of another set-up are none of ours.

    :raises ValueError: the file holds another set-up.
    """
    if not file.exists():
        return []
    found = json.loads(file.read_text(encoding="utf-8"))
    if found["setup"] != asdict(setup):
        raise ValueError(f"{file} holds runs of another set-up: give it another name with --keep, or remove it")
    return list(found["runs"])


def write_runs(file: Path, setup: Setup, runs: Iterable[Mapping[str, Any]]) -> None:
    """Write the runs, a line each."""
    lines = ",\n".join(json.dumps(each) for each in runs)
    text = f'{{"setup": {json.dumps(asdict(setup))},\n"runs": [\n{lines}\n]}}\n'
    draft = file.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def pairs(runs: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Ours and TRL's of every seed and start that both sides have, in the order of seeds."""
    found = {(each["side"], each["start"], each["seed"]): each for each in runs}
    both = sorted(key[1:] for key in found if key[0] == "grpo" and ("trl", *key[1:]) in found)
    return [(found["grpo", *key], found["trl", *key]) for key in both]


def third(rewards: Sequence[float]) -> float:
    """The mean reward of the last third of a training, rounded up to whole iterations."""
    return statistics.fmean(rewards[-math.ceil(len(rewards) / 3) :])


def difference(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """The mean of paired differences, one a seed, and the half-width of its interval by Student's distribution; infinite for one seed."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, math.inf
    error = statistics.stdev(values) / math.sqrt(len(values))
    return mean, t_quantile(0.5 + level / 2, len(values) - 1) * error
