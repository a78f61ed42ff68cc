"""A real pretrained model evolves on this machine: SmolLM2-135M-Instruct, with LoRA, over three environments, beside a control.

It says first how long it will take. What is done is kept: the same command goes on where it was stopped. Every line that starts with `$` is
a command that you can type yourself. It needs `pip install gguf`, or another model's folder: `--model FOLDER`.
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


def minutes(model: Path) -> tuple[float, float]:
    """How long learning and playing will take here, by a pass over 1,024 tokens forward and one back as well, which are timed first."""
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
    net: Any = AutoModelForCausalLM.from_pretrained(model, dtype=getattr(torch, learner["precision"]))
    ids = torch.arange(learner["batch_tokens"])[None] % net.config.vocab_size
    with torch.no_grad():
        forward = _least_seconds(lambda: net(ids, logits_to_keep=1, use_cache=False))
    lora = peft.LoraConfig(
        r=learner["lora"]["rank"],
        lora_alpha=learner["lora"]["alpha"],
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    net = peft.get_peft_model(net, lora).train()

    def learn() -> None:
        net(input_ids=ids, labels=ids, use_cache=False).loss.backward()

    step = _least_seconds(learn)
    return steps * step / 60, episodes * EPISODE * forward / 60


def _least_seconds(work: Callable[[], object]) -> float:
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took)


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
    learning, playing = minutes(model)
    if not arguments.smoke:
        print(
            f"about {learning + playing:.0f} minutes on this machine as it is now: {learning:.0f} of learning, {playing:.0f} of playing"
        )
    if arguments.estimate:
        return
    started = time.monotonic()
    places = ("policies.before.config", "stages.evolve.config.learner_config", "stages.control.config")
    changes = [*(f"{place}.model={model}" for place in places), *(SMOKE if arguments.smoke else ())]
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
