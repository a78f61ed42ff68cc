"""New weights to replicas through the object store, beside a checkpoint that is saved and that each of them loads, in one run.

A model with random weights, by default of 135 million parameters, is given to `--replicas` replicas of the policy `transformers` on this
machine.

Run: python benchmarks/ray_weights.py [--replicas 4] [--layers 30] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import transformers

from agentgym_core.algorithm import LoadedModel
from agentgym_core.settings import ComponentChoice
from agentgym_policy_transformers.tokenizer import train_tokenizer
from agentgym_ray.config import RayPolicyConfig
from agentgym_ray.policy import RayPolicy

TARGET = 0.3
WARM = 3
"""Rounds that are not counted: the store holds the weights that are played beside those that arrive, all in memory that is new at first."""


def model(layers: int) -> Any:
    """A Llama of the shape of SmolLM2-135M where there are 30 layers."""
    shape = {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": layers, "num_attention_heads": 9}
    return transformers.LlamaForCausalLM(
        transformers.LlamaConfig(**shape, num_key_value_heads=3, vocab_size=49152, tie_word_embeddings=True)
    )


async def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicas", type=int, default=4)
    parser.add_argument("--layers", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    learned = LoadedModel(model(arguments.layers), train_tokenizer(["one text of many words"] * 3, 300))
    size = sum(parameter.numel() for parameter in learned.model.parameters())
    config = RayPolicyConfig(
        replicas=arguments.replicas,
        num_cpus=0.1,
        policy=ComponentChoice("transformers", {"model": "past the disk", "device": "cpu", "threads": 1}),
    )
    began = time.perf_counter()
    policy = await asyncio.to_thread(RayPolicy, config, learned)
    print(
        f"ray: {size / 1e6:.0f} million parameters; {arguments.replicas} replicas made after {time.perf_counter() - began:.1f} s"
    )
    store: list[float] = []
    disk: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.rounds + WARM):
            began = time.perf_counter()
            await policy.take(learned.model)
            middle = time.perf_counter()
            path = Path(folder) / "checkpoint"
            learned.model.save_pretrained(path)
            learned.tokenizer.save_pretrained(path)
            await policy.load(path)
            if number >= WARM:
                store.append(middle - began)
                disk.append(time.perf_counter() - middle)
    ratio = statistics.median([one / other for one, other in zip(store, disk, strict=True)])
    print(
        f"ray: through the store {statistics.median(store):.2f} s, through a checkpoint {statistics.median(disk):.2f} s: "
        f"{ratio:.2f} of it (target {TARGET}; {arguments.rounds} rounds)"
    )
    await policy.close()


if __name__ == "__main__":
    asyncio.run(main())
