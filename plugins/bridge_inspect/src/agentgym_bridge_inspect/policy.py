"""A model of inspect_ai as a policy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    ContentReasoning,
    ContentText,
    Model,
    ModelOutput,
)
from inspect_ai.tool import ToolCall as InspectCall
from inspect_ai.tool import ToolInfo, ToolParams

from agentgym_core.errors import ContextOverflow
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.types import Message, ToolCall, Usage


class InspectPolicy(Policy):
    """Asks a model with the settings that `inspect eval` was given; those of the request are not sent.

    :param model: the model of the sample that is being solved.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.last: ModelOutput | None = None

    async def act(self, request: Request) -> Reply:
        """The model's next message.

        :raises ContextOverflow: the conversation is longer than it can read.
        """
        tools = [
            ToolInfo(
                name=tool["function"]["name"],
                description=tool["function"].get("description", ""),
                parameters=ToolParams(**tool["function"]["parameters"]),
            )
            for tool in request.tools
        ]
        output = await self._model.generate(to_inspect(request.messages), tools=tools)
        self.last = output
        if output.stop_reason == "model_length":
            raise ContextOverflow(f"{self._model.name}: the conversation is too long")
        message = output.message
        calls = tuple(_call(call) for call in message.tool_calls or ())
        usage = output.usage
        return Reply(
            message.text,
            calls,
            reasoning=_thought(message) or None,
            usage=Usage() if usage is None else Usage(usage.input_tokens, usage.output_tokens),
            finish_reason="length" if output.stop_reason == "max_tokens" else "tool_calls" if calls else "stop",
        )


def to_inspect(messages: Sequence[Message]) -> list[ChatMessage]:
    """Messages as inspect has them."""
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    found: list[ChatMessage] = []
    for message in messages:
        if message.role == "assistant":
            found.append(_assistant(message))
        elif message.role == "tool":
            id = message.tool_call_id or ""
            found.append(ChatMessageTool(content=message.content, tool_call_id=id, function=names.get(id)))
        else:
            kind = ChatMessageSystem if message.role == "system" else ChatMessageUser
            found.append(kind(content=message.content))
    return found


def _assistant(message: Message) -> ChatMessageAssistant:
    content: Any = message.content
    if message.reasoning:
        content = [ContentReasoning(reasoning=message.reasoning), ContentText(text=message.content)]
    calls = [InspectCall(id=call.id, function=call.name, arguments=_arguments(call)) for call in message.tool_calls]
    return ChatMessageAssistant(content=content, tool_calls=calls or None)


def _arguments(call: ToolCall) -> dict[str, Any]:
    try:
        found = json.loads(call.arguments)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _call(call: InspectCall) -> ToolCall:
    # Inspect has parsed the arguments; what it could not parse must not look like a call without any.
    text = json.dumps(call.arguments) if call.parse_error is None else f"not JSON: {call.parse_error}"
    return ToolCall(call.id, call.function, text)


def _thought(message: ChatMessageAssistant) -> str:
    parts = message.content if isinstance(message.content, list) else []
    return "\n".join(part.reasoning for part in parts if isinstance(part, ContentReasoning))
