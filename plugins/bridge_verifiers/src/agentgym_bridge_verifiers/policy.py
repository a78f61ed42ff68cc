"""The model of a rollout of verifiers as a policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai import APIStatusError, AsyncOpenAI
from verifiers.v1.harnesses.utils.compaction import is_context_overflow

from agentgym_core.errors import ContextOverflow
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.types import Message, ToolCall, Usage
from agentgym_tokens.wire import to_wire

_FINISH = {"length": "length", "tool_calls": "tool_calls"}


class VerifiersPolicy(Policy):
    """Asks the endpoint that verifiers opens for a rollout, which adds the sampling, keeps the tokens and counts the turns.

    Earlier messages go back as they came, so that the tokens of a turn go on where those of the last one ended.

    :param stopped: whether verifiers has ended the rollout, by one of its limits or a `@stop`.
    """

    def __init__(self, endpoint: str, secret: str, model: str, stopped: Any) -> None:
        self._client = AsyncOpenAI(base_url=endpoint, api_key=secret, timeout=None)
        self._model = model
        self._stopped = stopped

    async def act(self, request: Request) -> Reply:
        """The model's next message.

        :raises ContextOverflow: verifiers gives no further turn, or the conversation is too long.
        """
        tools: Any = [dict(tool) for tool in request.tools]
        named = {"tools": tools} if tools else {}
        messages: Any = [outgoing(message) for message in request.messages]
        try:
            answer = await self._client.chat.completions.create(model=self._model, messages=messages, **named)
        except APIStatusError as error:
            if self._stopped() or is_context_overflow(error):
                raise ContextOverflow(f"no further turn: {error}") from error
            raise
        (choice, *_) = answer.choices
        said = choice.message.model_dump()
        calls = tuple(
            ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
            for call in said.get("tool_calls") or ()
        )
        usage = answer.usage
        return Reply(
            said.get("content") or "",
            calls,
            _thought(said),
            usage=Usage() if usage is None else Usage(usage.prompt_tokens, usage.completion_tokens),
            finish_reason=_FINISH.get(choice.finish_reason, "stop"),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def outgoing(message: Message) -> dict[str, Any]:
    """A message as verifiers takes it, with its thought."""
    told = to_wire(message)
    return {**told, "reasoning_content": message.reasoning} if message.reasoning else told


def _thought(said: Mapping[str, Any]) -> str | None:
    found = said.get("reasoning") or said.get("reasoning_content")
    return found if isinstance(found, str) else None
