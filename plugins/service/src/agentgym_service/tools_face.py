"""An environment's actions as the Model Context Protocol's tools, and its requests answered in JSON-RPC."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agentgym_core.placement import StepResult
from agentgym_core.specs import ActionSpec
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.openapi import arguments_schema
from agentgym_service.problems import problem_of
from agentgym_service.session import HostedSession
from agentgym_service.wire.codec import encode
from agentgym_service.wire.messages import ActionBody, DataReply

STEPS = ("list_tools", "call_tool")
"""What the steps of OpenEnv's tool clients say they are."""

LOOK = "observation"
"""The tool that shows the present observation again; an environment with an action of this name gets an underscore behind it."""

META = "agentgym"
INVALID_REQUEST, NO_METHOD, INVALID_PARAMETERS, INTERNAL_ERROR = -32600, -32601, -32602, -32603


def look_name(served: HostedEnvironment) -> str:
    """The name of the tool that shows the present observation."""
    return f"{LOOK}_" if any(action.name == LOOK for action in served.description.actions) else LOOK


def tools(served: HostedEnvironment) -> list[dict[str, Any]]:
    """Every action as a tool, and one that shows the present observation."""
    look = {
        "name": look_name(served),
        "description": "Show the present observation again. It changes nothing.",
        "inputSchema": {"type": "object", "properties": {}, "additionalProperties": False},
        "annotations": {"readOnlyHint": True},
    }
    return [*(_tool(action) for action in served.description.actions), look]


def _tool(action: ActionSpec) -> dict[str, Any]:
    return {
        "name": action.name,
        "description": action.description or f"Do: {action.name}.",
        "inputSchema": {**arguments_schema(action), "additionalProperties": False},
    }


async def call(session: HostedSession, name: str, arguments: Any) -> dict[str, Any]:
    """The result of calling a tool in a session. A caller's mistake is reported in the result, as the protocol wants it.

    The score is not for the model: it rides in the result's `_meta`, as the score so far.
    """
    served = session.served
    if session.answer is None:
        return _told("There is no episode: the client that started this session must reset it.", None)
    if name == look_name(served):
        return _told(session.answer.step.observation, session.answer, error=False)
    if session.answer.step.ended:
        return _told("The episode is over.", session.answer)
    if not isinstance(arguments, dict):
        return _told("Arguments are an object.", session.answer)
    known = {
        parameter.name for spec in served.description.actions if spec.name == name for parameter in spec.parameters
    }
    if not arguments.keys() <= known:
        return _told(f"{name} takes no {', '.join(sorted(arguments.keys() - known))[:200]}.", session.answer)
    try:
        answer = await session.step(served.action(ActionBody(name=name, arguments=arguments)))
    except Exception as error:
        return _told(_words(error), session.answer)
    return _told(answer.step.observation, answer, error=False)


def _words(error: Exception) -> str:
    """What went wrong, as a model reads it: which argument is wrong, and with what, where that is known."""
    problem = problem_of(error)
    reasons = "; ".join(str(each["msg"]) for each in problem.details.get("errors", ()))
    return f"{problem.message}: {reasons}" if reasons else problem.message


def _told(text: str, answer: StepResult | None, *, error: bool = True) -> dict[str, Any]:
    told: dict[str, Any] = {"content": [{"type": "text", "text": text}], "isError": error}
    if answer is not None:
        step = answer.step
        told["_meta"] = {
            META: {
                "score": step.score,
                "terminated": step.terminated,
                "truncated": step.truncated,
                "success": step.success,
            }
        }
    return told


class RpcError(Exception):
    """An error of JSON-RPC. `subject` is what the message is about, where that is not in it."""

    def __init__(self, code: int, message: str, subject: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.subject = subject


async def carry_out(
    served: HostedEnvironment,
    request: Mapping[str, Any],
    find: Callable[[], Awaitable[HostedSession]],
    quote: Callable[[str], str],
) -> dict[str, Any]:
    """The result of `tools/list`, `tools/call` or `ping`.

    :param find: the session to call a tool in; asked once the call is known to be one. :param quote: puts a name into a message.
    :raises RpcError: the request is none of these, or names no tool.
    """
    method, given = request.get("method"), request.get("params")
    parameters = given if isinstance(given, dict) else {}
    if not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, "Invalid request: it names no method")
    if method == "tools/list":
        return {"tools": tools(served)}
    if method == "ping":
        return {}
    if method != "tools/call":
        raise RpcError(NO_METHOD, "Method not found", method[:100])
    name = parameters.get("name")
    if not isinstance(name, str):
        raise RpcError(INVALID_PARAMETERS, "Invalid params: a tool's name is missing")
    if name not in {tool["name"] for tool in tools(served)}:
        raise RpcError(INVALID_PARAMETERS, f"Unknown tool: {quote(name[:100])}")
    return await call(await find(), name, parameters.get("arguments") or {})


async def answer(session: HostedSession, request: dict[str, Any]) -> dict[str, Any]:
    """The JSON-RPC answer to a request that came over a WebSocket, in the connection's session."""

    async def find() -> HostedSession:
        return session

    number = request.get("id")
    try:
        return result(number, await carry_out(session.served, request, find, json.dumps))
    except RpcError as error:
        message = f"{error}: {error.subject}" if error.subject else str(error)
        return failure(number, error.code, message, data=None)
    except Exception as error:
        return failure(number, INTERNAL_ERROR, _words(error), data=None)


def result(number: Any, found: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON-RPC answer."""
    return {"jsonrpc": "2.0", "id": number, "result": found}


def failure(number: Any, code: int, message: str, **more: Any) -> dict[str, Any]:
    """A JSON-RPC error."""
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message, **more}}


async def step(session: HostedSession, data: dict[str, Any]) -> bytes:
    """The frame that answers a step of OpenEnv's tool clients: `list_tools`, or `call_tool` with `tool_name` and `arguments`."""
    shown: dict[str, Any]
    reward: float | None = None
    if data.get("type") == "list_tools":
        keys = ("name", "description")
        shown = {
            "tools": [
                {**{key: tool[key] for key in keys}, "input_schema": tool["inputSchema"]}
                for tool in tools(session.served)
            ]
        }
    else:
        name = str(data.get("tool_name"))
        before = session.steps
        told = await call(session, name, data.get("arguments") or {})
        words = told["content"][0]["text"]
        if told["isError"]:
            shown = {"tool_name": name, "result": None, "error": {"error_type": "execution_error", "message": words}}
        else:
            shown = {"tool_name": name, "result": words, "error": None}
            reward = session.reward if session.steps > before else None
    answer = session.answer
    over = answer is not None and answer.step.ended
    return encode(DataReply(type="observation", data={"observation": shown, "reward": reward, "done": over}))
