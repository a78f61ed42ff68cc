"""Replies a second of the policy `transformers` against HF `generate`, which reads the whole history again every turn.

Both run here and now, on the same random tiny model, with the same conversations, greedily, every reply of the same length. Times are
processor seconds of this process, so that with one thread a busy machine changes little.

    python benchmarks/policy_transformers.py [--episodes 32] [--turns 20] [--tokens 20] [--json]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from _generate import padded

from agentgym_core.policy import Request
from agentgym_core.settings import Sampling
from agentgym_core.types import Message
from agentgym_policy_transformers.config import TransformersConfig
from agentgym_policy_transformers.new_model import make_model
from agentgym_policy_transformers.policy import TransformersPolicy

OPENING = (
    "You walk through a house and look for a key. Reply with a thought and an action, one at a time, and read what happens.\n"
    "The actions are: go north, go south, go east, go west, take key, open door. "
) * 3
SEEN = "You are in room {room}, step {turn}. There is a door to the north and a wall to the east. The key is not here."


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=32)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        policy = _policy(Path(folder))
        _play(policy, 2, 2, arguments.tokens)
        ours, lengths = _play(policy, arguments.episodes, arguments.turns, arguments.tokens)
        theirs = _generate(policy, arguments.episodes, arguments.turns, arguments.tokens)
    tokens = arguments.episodes * arguments.tokens
    report = {
        "episodes": arguments.episodes,
        "turns": arguments.turns,
        "threads": arguments.threads,
        "sampled_tokens_per_second": tokens * arguments.turns / sum(ours),
        "generate_tokens_per_second": tokens * arguments.turns / sum(theirs),
        "faster": sum(theirs) / sum(ours),
        "milliseconds_a_turn": [round(1000 * seconds, 1) for seconds in ours],
        "generate_milliseconds_a_turn": [round(1000 * seconds, 1) for seconds in theirs],
        "prompt_tokens_a_turn": lengths,
    }
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    print(f"{arguments.episodes} episodes at once, {arguments.turns} turns of {arguments.tokens} tokens")
    print(f"  policy    {report['sampled_tokens_per_second']:8.0f} sampled tokens a second")
    print(f"  generate  {report['generate_tokens_per_second']:8.0f} sampled tokens a second")
    print(f"  faster    {report['faster']:8.1f} x")
    print("  turn  prompt tokens  policy ms  generate ms")
    for turn in sorted({0, 1, arguments.turns // 2, arguments.turns - 1}):
        print(f"  {turn + 1:4}  {lengths[turn]:13}  {1000 * ours[turn]:9.0f}  {1000 * theirs[turn]:11.0f}")


def _policy(folder: Path) -> TransformersPolicy:
    data = folder / "data.jsonl"
    conversation = [
        {"from": "human", "loss": None, "value": OPENING + SEEN},
        {"from": "gpt", "loss": True, "value": "go"},
    ]
    lines = [json.dumps({"item_id": f"maze_{number}", "conversations": conversation}) for number in range(4)]
    data.write_text("\n".join(lines), encoding="utf-8")
    make_model("tiny", [data], folder / "model")
    policy = TransformersPolicy(TransformersConfig(model=str(folder / "model")))
    # Nothing ends a reply, so that both sides make the same number of tokens.
    policy.model.generation_config.eos_token_id = None
    policy._engine.ends = frozenset()
    return policy


def _conversation(episode: int, said: list[str]) -> list[Message]:
    messages = [Message("user", OPENING + SEEN.format(room=episode, turn=0))]
    for turn, text in enumerate(said):
        messages += [Message("assistant", text), Message("user", SEEN.format(room=episode + turn, turn=turn + 1))]
    return messages


def _play(policy: TransformersPolicy, episodes: int, turns: int, tokens: int) -> tuple[list[float], list[int]]:
    said: list[list[str]] = [[] for _ in range(episodes)]
    seconds, lengths = [], []
    sampling = Sampling(temperature=0.0, max_tokens=tokens)
    for turn in range(turns):
        requests: list[Any] = [
            Request(_conversation(number, said[number]), f"e{number}", turn, 0, sampling, renderer=None)  # type: ignore[arg-type]
            for number in range(episodes)
        ]
        begun = time.process_time()
        replies = policy.act_batch(requests)
        seconds.append(time.process_time() - begun)
        for number, reply in enumerate(replies):
            if isinstance(reply, Exception):
                raise reply
            said[number].append(reply.text)
        lengths.append(max(reply.usage.prompt_tokens for reply in replies if not isinstance(reply, Exception)))
    for number in range(episodes):
        policy._ended.add(f"e{number}")
    policy._sweep()
    return seconds, lengths


def _generate(policy: TransformersPolicy, episodes: int, turns: int, tokens: int) -> list[float]:
    model, tokenizer = policy.model, policy.tokenizer
    said: list[list[str]] = [[] for _ in range(episodes)]
    seconds = []
    for _ in range(turns):
        begun = time.process_time()
        talks = [_conversation(number, said[number]) for number in range(episodes)]
        texts = padded(model, tokenizer, talks, tokens)
        seconds.append(time.process_time() - begun)
        for number, text in enumerate(texts):
            said[number].append(text)
    return seconds


if __name__ == "__main__":
    main()
