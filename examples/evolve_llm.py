"""A real pretrained model evolves on this machine: SmolLM2-135M-Instruct, with LoRA, over three environments, beside a control.

It says first how long it will take, and in which precision: the one that this processor is quicker in. What is done is kept: the same
command goes on where it was stopped. Every line that starts with `$` is a command that you can type yourself. It needs `pip install gguf`,
or another model's folder: `--model FOLDER`.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _shown import run

from agentgym_algo_agentevol.records import judged
from agentgym_tokens import times_as_long

FILE = Path(__file__).resolve().parent / "evolve_llm.toml"
SMOKE = (
    "stages.evolve.config.iterations=1",
    "stages.evolve.config.learner_config.max_steps=2",
    "stages.evolve.config.learner_config_evolution.max_steps=2",
    "stages.control.config.max_steps=2",
    "stages.evolve.config.max_tokens=8",
    "rollout.sampling.max_tokens=8",
    *(f"tasks.{name}.{place}.limit=3" for name in ("narrow", "wide", "held_out") for place in range(3)),
)
"""Everything that the real one does, with a tiny model from nothing, in less than a minute: it learns next to nothing."""

_TIMED = 128
"""How many tokens are timed: enough for the processor's pace, few enough for seconds on a slow one."""

EPISODE = 1.5
"""How long an episode takes, in forward passes over 1,024 tokens: a rough guess, since it depends on how soon a model comes to a point."""


def tiny_model(folder: Path) -> Path:
    """A new model whose words come from a few episodes."""
    if not (folder / "model").exists():
        run(f"collect maze --policy expert --limit 10 --style bare --out {shlex.quote(str(folder / 'words'))}")
        run(
            f"model new --like micro --data {shlex.quote(str(folder / 'words'))} --out {shlex.quote(str(folder / 'model'))}"
        )
    return folder / "model"


def real_model() -> Path:
    """SmolLM2 out of its package, converted once."""
    from agentgym_policy_transformers.models import get_model

    made = get_model("smollm2")
    print(
        f"{made.name}: {made.parameters:,} weights, from {made.source} (sha256 {made.sha256[:16]}), licence {made.licence}"
    )
    return Path(made.folder)


def chosen_precision(model: Path, folder: Path) -> str:
    """The precision that this processor is quicker in, both in playing and in learning, by one layer of the model.

    It is kept in the folder: a run goes on as it has begun.
    """
    kept = folder / "precision"
    if kept.exists():
        return kept.read_text(encoding="utf-8").strip()
    from transformers import AutoConfig

    _tell("Which precision is this processor quicker in? One layer of the model is timed in both.")
    sizes = AutoConfig.from_pretrained(model).get_text_config()
    shape = (_TIMED, sizes.hidden_size, getattr(sizes, "intermediate_size", None) or 4 * sizes.hidden_size)
    playing, learning = (times_as_long("bfloat16", learns=learns, shape=shape) for learns in (False, True))
    found = "bfloat16" if max(playing, learning) < 1 else "float32"
    _tell(
        f"{found}: bfloat16 takes {playing:.2g} times as long as float32 forward, {learning:.2g} times with gradients."
    )
    folder.mkdir(parents=True, exist_ok=True)
    kept.write_text(found + "\n", encoding="utf-8")
    return found


def in_precision(name: str) -> list[str]:
    """The settings of the file that say in which precision is learned and played."""
    learners = ("stages.evolve.config.learner_config", "stages.control.config")
    dtypes = ("policies.before.config", *(f"{learner}.policy_config" for learner in learners))
    return [f"{place}.dtype={name}" for place in dtypes] + [f"{learner}.precision={name}" for learner in learners]


def minutes(model: Path, precision: str) -> tuple[float, float]:
    """How long learning and playing will take here, by a pass over a few tokens forward and one back as well, which are timed first."""
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    file: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    stages = {stage["name"]: stage.get("config", {}) for stage in file["stages"]}
    evolve = stages["evolve"]
    rounds, learner = evolve["iterations"], evolve["learner_config"]
    steps = learner["max_steps"] + stages["control"]["max_steps"]
    steps += rounds * evolve["learner_config_evolution"]["max_steps"]
    tasks = {name: sum(part["limit"] for part in parts) for name, parts in file["tasks"].items()}
    episodes = tasks["held_out"] * (rounds + 3) + tasks["wide"] * evolve["samples"] * rounds
    _tell(f"How long will it take? A pass over {_TIMED} tokens is timed, and one back.")
    net: Any = AutoModelForCausalLM.from_pretrained(model, dtype=getattr(torch, precision))
    ids = torch.arange(_TIMED)[None] % net.config.vocab_size
    scale = learner["batch_tokens"] / _TIMED
    with torch.no_grad():
        forward = scale * _least_seconds(lambda: net(ids, logits_to_keep=1, use_cache=False))
    lora = peft.LoraConfig(
        r=learner["lora"]["rank"],
        lora_alpha=learner["lora"]["alpha"],
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    net = peft.get_peft_model(net, lora).train()

    def learn() -> None:
        net(input_ids=ids, labels=ids, use_cache=False).loss.backward()

    step = scale * _least_seconds(learn)
    return steps * step / 60, episodes * EPISODE * forward / 60


def _least_seconds(work: Callable[[], object]) -> float:
    took = []
    for _ in range(2):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took)


def _tell(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Evolve, and show what each step brought."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default="runs/evolve_llm", help="where everything is kept")
    parser.add_argument("--model", type=Path, help="another model's folder")
    parser.add_argument("--fresh", action="store_true", help="begin again instead of going on")
    parser.add_argument("--smoke", action="store_true", help="the same in a minute, with a tiny model from nothing")
    parser.add_argument("--estimate", action="store_true", help="say how long it will take, and stop")
    arguments = parser.parse_args()
    folder = Path(arguments.folder)
    if arguments.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    model = arguments.model or (tiny_model(folder / "tiny") if arguments.smoke else real_model())
    precision = chosen_precision(model, folder)
    learning, playing = minutes(model, precision)
    if not arguments.smoke:
        _tell(
            f"about {learning + playing:.0f} minutes on this machine as it is now: {learning:.0f} of learning, {playing:.0f} of playing"
        )
    if arguments.estimate:
        return
    started = time.monotonic()
    places = ("policies.before.config", "stages.evolve.config.learner_config", "stages.control.config")
    changes = [*(f"{place}.model={model}" for place in places), *in_precision(precision)]
    changes += SMOKE if arguments.smoke else ()
    run(f"run {FILE} --folder {folder} " + " ".join(f"--set {shlex.quote(change)}" for change in changes))
    run(
        f"evolution {folder} --difference before:BC --difference BC:last --difference control-judged:last --html {folder}/evolution.html"
    )
    rows = {row.name: row.run for row in judged(folder)}
    cloned, last = rows["BC"], [path for name, path in rows.items() if name.startswith("iteration")][-1]
    run(f"compare {cloned} {last} --html {folder}/compare.html")
    run(f"view {cloned} --compare {last} --out {folder}/view.html")
    print(
        f"\n{(time.monotonic() - started) / 60:.1f} minutes. Open {folder}/evolution.html for the curve, "
        f"and {folder}/view.html to replay what it learned."
    )


if __name__ == "__main__":
    main()
