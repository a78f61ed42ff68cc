"""A chat-completions endpoint on this machine that plays like an expert, for tests of other people's judges: no model, no internet.

    python -m agentgym_testing.endpoint textcraft --split eval --limit 20 --fail-every 3

It knows the tasks that it was started for by their first observations, and answers the n-th question of an episode with the n-th move of
the environment's expert, as a tool call where tools are offered, else in the ReAct form. Where asked to, it gives up on some of the tasks.
A word counts as a token. Prints its address.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

from attrs import frozen

from agentgym_core.actions import Grammar
from agentgym_core.rollout import BlockingEnvironment, make_environment
from agentgym_core.terminal import say
from agentgym_core.types import ExpertAction
from agentgym_testing.answering import Body, answering

MODEL = "expert"
GIVES_UP = "I do not know."


@frozen
class Script:
    """A task, what is seen first of it, the moves that are made, and the environment's grammar."""

    task: str
    first: str
    moves: tuple[ExpertAction, ...]
    grammar: Grammar


def scripts(
    environment: str,
    config: Mapping[str, Any] | None = None,
    *,
    split: str = "eval",
    limit: int = 10,
    fail_every: int = 0,
) -> list[Script]:
    """The expert's episodes of the first tasks of a split; of every `fail_every`-th but the first move."""
    found = []
    with make_environment(environment, config, needs=("expert",)) as game:
        for number, task in enumerate(game.source.tasks(split)[:limit], 1):
            first, moves = game.reset(task.id), tuple(_moves(game))
            fails = bool(fail_every) and number % fail_every == 0
            found.append(Script(task.id, first, moves[:1] if fails else moves, game.grammar))
    return found


def _moves(game: BlockingEnvironment) -> Iterator[ExpertAction]:
    while (move := game.expert()) is not None:
        yield move
        if game.step(move.action).ended:
            return


class Endpoint:
    """Answers chat completions from scripts."""

    def __init__(self, known: Iterable[Script]) -> None:
        self.scripts = sorted(known, key=lambda script: -len(script.first))

    def message(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The next message of a conversation."""
        messages = asked.get("messages", ())
        texts = [_text(message.get("content")) for message in messages]
        for script in self.scripts:
            start = next((place for place, text in enumerate(texts) if script.first in text), None)
            if start is not None:
                spoken = sum(message["role"] == "assistant" for message in messages[start:])
                return self._move(script, spoken, bool(asked.get("tools")))
        return {"role": "assistant", "content": "I do not know this task."}

    def _move(self, script: Script, turn: int, tools: bool) -> dict[str, Any]:
        if turn >= len(script.moves):
            return {"role": "assistant", "content": GIVES_UP}
        move = script.moves[turn]
        if not tools:
            return {"role": "assistant", "content": f"Thought: {move.thought}\nAction: {move.action}"}
        action = script.grammar.action(move.action)
        call = {"name": action.name, "arguments": json.dumps(dict(action.arguments))}
        calls = [{"id": f"call{turn:05d}", "type": "function", "function": call}]
        return {"role": "assistant", "content": None, "tool_calls": calls}

    def completion(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The body of an answer."""
        message = self.message(asked)
        reason = "tool_calls" if "tool_calls" in message else "stop"
        read = sum(len(_text(each.get("content")).split()) for each in asked.get("messages", ()))
        said = len(json.dumps(message["tool_calls"]).split() if "tool_calls" in message else message["content"].split())
        return {
            "id": "chatcmpl-0",
            "object": "chat.completion",
            "created": 0,
            "model": str(asked.get("model", MODEL)),
            "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
            "usage": {"prompt_tokens": read, "completion_tokens": said, "total_tokens": read + said},
        }


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


@contextmanager
def serving(endpoint: Endpoint, port: int = 0) -> Iterator[str]:
    """Serve it on this machine; gives the address up to `/chat/completions`."""

    def answer(asked: Any) -> Any:
        if asked is None:
            return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "tests"}]}
        body = endpoint.completion(asked)
        return _stream(body) if asked.get("stream") else body

    with answering(answer, port) as address:
        yield f"{address}/v1"


def _stream(body: dict[str, Any]) -> Body:
    (choice,) = body["choices"]
    message = dict(choice["message"])
    for number, call in enumerate(message.get("tool_calls", ())):
        call["index"] = number
    part = {
        **body,
        "object": "chat.completion.chunk",
        "choices": [{**choice, "delta": message, "finish_reason": None}],
    }
    end = {**part, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]}
    lines = [f"data: {json.dumps(each)}\n\n" for each in (part, end)]
    return Body("".join([*lines, "data: [DONE]\n\n"]).encode(), "text/event-stream")


def main() -> None:
    """Serve until it is interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environment")
    parser.add_argument("--split", default="eval")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="tasks that it knows")
    parser.add_argument("--fail-every", type=int, default=0, metavar="N", help="give up on every N-th task")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    known = scripts(given.environment, split=given.split, limit=given.limit, fail_every=given.fail_every)
    try:
        with serving(Endpoint(known), given.port) as address:
            say(address, flush=True)
            # Nothing is read from the terminal: a shell would stop a process in the background that does.
            with suppress(KeyboardInterrupt):
                Event().wait()
    except OSError as error:
        parser.error(f"port {given.port}: {error.strerror or error}; without --port a free one is taken")


if __name__ == "__main__":
    main()
