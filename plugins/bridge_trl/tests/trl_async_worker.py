"""Runs where TRL is: the rollout worker of AsyncGRPO, a process of its own, plays mazes by our factory.

The first argument is a folder with a tiny model's tokenizer, the second what stands before every reply. The completions are those of an
endpoint in this process, which walks to the goal in every second episode of a task. vLLM itself is not asked for anything, and the
worker's question for its package is answered with yes.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from itertools import count
from typing import Any

from accelerate import PartialState
from datasets import Dataset
from transformers import AutoTokenizer
from trl.chat_template_utils import qwen3_chat_template
from trl.experimental.async_grpo import async_rollout_worker

from agentgym_bridge_trl.factory import environment_factory, rows
from agentgym_testing.answering import answering
from agentgym_testing.endpoint import Script, scripts

GROUP, SAMPLES = 4, 8


class Completions:
    """What vLLM answers to a prompt of ids."""

    def __init__(self, words: Any, known: list[Script]) -> None:
        self.words, self.known = words, known
        # The groups are played at once, in whatever order they ask.
        self.numbers: defaultdict[str, count[int]] = defaultdict(count)

    def answer(self, asked: Any) -> Any:
        """A completion of ids."""
        text = self.words.decode(asked["prompt"])
        script = next(each for each in self.known if each.first in text)
        turn = text.split(script.first, 1)[1].count("<|im_start|>assistant") - 1
        said = "I do not know."
        if turn < len(script.moves) and (turn or next(self.numbers[script.task]) % 2):
            action = script.grammar.action(script.moves[turn].action)
            call = json.dumps({"name": action.name, "arguments": dict(action.arguments)})
            said = f"<tool_call>\n{call}\n</tool_call>"
        ids = self.words.encode(f"{sys.argv[2]}{said}<|im_end|>", add_special_tokens=False)
        choice = {"token_ids": ids, "logprobs": {"token_logprobs": [-1.0] * len(ids)}, "finish_reason": "stop"}
        return {"choices": [choice]}


def main() -> None:
    """Print what the trainer would get."""
    words = AutoTokenizer.from_pretrained(sys.argv[1])
    words.chat_template = qwen3_chat_template
    completions = Completions(words, scripts("maze", split="train", limit=4))
    with answering(completions.answer) as address:
        print(json.dumps(played(words, address)))


def played(words: Any, address: str) -> list[dict[str, Any]]:
    """What came of the first samples."""
    async_rollout_worker.is_vllm_available = lambda *_, **__: True
    worker = async_rollout_worker.AsyncRolloutWorker(
        model_name="tiny",
        dataset=Dataset.from_list(rows("maze", limit=4)),
        reward_funcs=[],
        processing_class=words,
        eos_token_ids=[words.convert_tokens_to_ids("<|im_end|>")],
        environment_factory=environment_factory("maze", group=GROUP),
        num_generations=GROUP,
        max_inflight_tasks=8,
        queue_maxsize=SAMPLES,
        vllm_server_url=address,
        max_tokens=200,
        max_tool_calling_iterations=60,
    )
    PartialState(cpu=True)
    worker.start()
    try:
        samples = [worker.rollout_buffer.get(timeout=200) for _ in range(SAMPLES)]
    finally:
        worker.stop()
    return [
        {
            "reward": each.metrics["reward"],
            "advantage": float(each.advantage),
            "group": each.group_id,
            "learned": words.decode(each.input_ids[each.completion_mask == 1]),
            "answers": words.decode(each.input_ids).count("<tool_response>"),
        }
        for each in samples
    ]


if __name__ == "__main__":
    main()
