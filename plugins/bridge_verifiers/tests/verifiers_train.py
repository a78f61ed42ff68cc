"""Runs in verifiers' environment: episodes as prime-rl has them played, by verifiers' environment server and its client for training.

A tokenizer of bytes is made in the folder that the first argument names; the second is the action format. An engine on this machine answers
token ids with token ids, as vLLM's `/inference/v1/generate` does, with the moves of the environment's expert.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import verifiers.v1 as vf
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from verifiers.v1.serve.client import EnvClient
from verifiers.v1.serve.server import EnvServer

from agentgym_testing.answering import answering
from agentgym_testing.endpoint import Script, scripts

ID = "agentgym-bridge-verifiers"
ADDED = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKS = ["<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>"]


def tokenizer(folder: Path) -> Any:
    """One token a byte, and the marks of Qwen3's conversations."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_ = Tokenizer(models.BPE(vocab={each: place for place, each in enumerate(alphabet)}, merges=[]))
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.decoder = decoders.ByteLevel()
    bytes_.add_special_tokens([AddedToken(each, special=True) for each in ADDED])
    bytes_.add_tokens([AddedToken(each, special=False) for each in MARKS])
    made = PreTrainedTokenizerFast(tokenizer_object=bytes_, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    made.save_pretrained(folder)
    return made


class Engine:
    """Answers prompts of ids, and remembers them."""

    def __init__(self, words: Any, known: list[Script], tools: bool) -> None:
        self.words, self.known, self.tools = words, known, tools
        self.asked: list[tuple[list[int], list[int]]] = []

    def answer(self, asked: dict[str, Any] | None) -> dict[str, Any]:
        """A completion of ids; where nothing is posted, the list of models."""
        if asked is None:
            return {"object": "list", "data": []}
        prompt: list[int] = asked["token_ids"]
        text = self.words.decode(prompt, skip_special_tokens=False)
        # One reply of the opening is canned; the text after the observation has those that were sampled.
        script = next(each for each in self.known if each.first in text)
        move = script.moves[text.split(script.first, 1)[1].count("<|im_start|>assistant") - 1]
        said = f"Thought: {move.thought}\nAction: {move.action}"
        if self.tools:
            action = script.grammar.action(move.action)
            call = json.dumps({"name": action.name, "arguments": dict(action.arguments)})
            said = f"<tool_call>\n{call}\n</tool_call>"
        sampled = self.words.encode(f"{said}<|im_end|>", add_special_tokens=False)
        self.asked.append((prompt, sampled))
        entries = [{"token": f"token_id:{id}", "logprob": -0.25, "top_logprobs": []} for id in sampled]
        choice = {"index": 0, "token_ids": sampled, "finish_reason": "stop", "logprobs": {"content": entries}}
        return {"request_id": "one", "choices": [choice]}


async def played(address: str, model: str, form: str) -> Any:
    """One episode through the environment server."""
    raw = {"taskset": {"id": ID, "environment": "textcraft"}, "agent": {"harness": {"format": form}}}
    config = vf.resolve_env_config(raw)
    task = next(iter(vf.load_taskset(config.taskset)))
    server = EnvServer(config, "tcp://127.0.0.1:0")
    running = asyncio.create_task(server.run())
    asking = EnvClient(server.address)
    client = vf.TrainClientConfig.model_validate(
        {"base_url": address, "api_key_var": "NO_KEY", "renderer": {"name": "qwen3"}, "renderer_model_name": model}
    )
    try:
        await asking.wait_for_server_startup()
        return await asking.run(client, model, vf.SamplingConfig(max_tokens=200), task.data.model_dump(mode="json"))
    finally:
        await asking.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def main() -> None:
    """Print what a trainer gets, beside what the engine saw and said."""
    folder, form = Path(sys.argv[1]), sys.argv[2]
    words = tokenizer(folder)
    engine = Engine(words, scripts("textcraft", limit=1), tools=form == "function_calling")
    with answering(engine.answer) as address:
        episode = asyncio.run(played(f"{address}/v1", str(folder), form))
    (trace,) = episode.traces
    branches = [
        {"ids": each.token_ids, "sampled": each.sampled_mask, "logprobs": each.logprobs} for each in trace.branches
    ]
    errors = [error.message for error in trace.errors]
    told = {"ok": episode.ok, "errors": errors, "reward": trace.reward, "branches": branches, "asked": engine.asked}
    print(json.dumps({**told, "info": trace.info}))


if __name__ == "__main__":
    main()
