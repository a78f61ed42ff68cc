"""An environment's actions as tools: what there is to call, a call, and the requests of JSON-RPC that both come in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import frozen

from agentgym_core.placement import StepResult
from agentgym_core.specs import ActionSpec
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import ActionBody, Code
from agentgym_service.problems import problem_of
from agentgym_service.schemas import arguments_schema
from agentgym_service.session import HostedSession

LOOK = "observation"
"""The tool that shows the present observation again; where an environment has an action of this name, it gets underscores behind it."""

META = "agentgym"
PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMETERS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603


@frozen
class Called:
    """What calling a tool gave: a text for the model, and the session's last answer.

    `wrong` is empty, or says what the mistake is in: the `arguments`, or the `execution` of a call that could be read.
    """

    text: str
    answer: StepResult | None
    wrong: str = ""

    def result(self) -> dict[str, Any]:
        """The result of `tools/call`. The score is not for the model: it rides in `_meta`, as the score so far."""
        told: dict[str, Any] = {"content": [{"type": "text", "text": self.text}], "isError": bool(self.wrong)}
        return told if self.answer is None else {**told, "_meta": self.meta()}

    def meta(self) -> dict[str, Any]:
        """The score so far, and how the episode stands."""
        if self.answer is None:
            return {}
        step = self.answer.step
        stands = {"terminated": step.terminated, "truncated": step.truncated, "success": step.success}
        return {META: {"score": step.score, **stands}}


def look_name(served: HostedEnvironment) -> str:
    """The name of the tool that shows the present observation: one that no action has."""
    taken = {action.name for action in served.description.actions}
    name = LOOK
    while name in taken:
        name += "_"
    return name


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


def known(served: HostedEnvironment, name: str) -> bool:
    """Whether there is a tool of this name."""
    return name == look_name(served) or any(action.name == name for action in served.description.actions)


async def call(session: HostedSession, name: str, arguments: Any) -> Called:
    """Call a tool that there is. A caller's mistake is told as a result, as the Model Context Protocol wants it."""
    served, now = session.served, session.answer
    if now is None:
        return Called("There is no episode: the client that started this session must reset it.", None, "execution")
    if name == look_name(served):
        return Called(now.step.observation, now)
    if now.step.ended:
        return Called("The episode is over.", now, "execution")
    if not isinstance(arguments, dict):
        return Called("Arguments are an object.", now, "arguments")
    taken = {
        parameter.name for spec in served.description.actions if spec.name == name for parameter in spec.parameters
    }
    if not arguments.keys() <= taken:
        words = f"{name} takes no {', '.join(sorted(arguments.keys() - taken))[:200]}."
        return Called(words, now, "arguments")
    try:
        answer = await session.step(served.action(ActionBody(name=name, arguments=arguments)))
    except Exception as error:
        read = problem_of(error).code != Code.VALIDATION_ERROR
        return Called(words_of(error), session.answer, "execution" if read else "arguments")
    return Called(answer.step.observation, answer)


def words_of(error: BaseException) -> str:
    """What went wrong, as a model reads it: which argument is wrong, and with what, where that is known."""
    problem = problem_of(error)
    reasons = "; ".join(str(each["msg"]) for each in problem.details.get("errors", ()))
    return f"{problem.message}: {reasons}" if reasons else problem.message


class RpcError(Exception):
    """An error of JSON-RPC; `data` is what it brings along."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


async def carry_out(
    served: HostedEnvironment, request: Mapping[str, Any], find: Callable[[], Awaitable[HostedSession]]
) -> dict[str, Any]:
    """The result of `tools/list`, `tools/call` or `ping`.

    :param find: the session to call a tool in; asked once the call is known to be one.
    :raises RpcError: the request is none of these, or names no tool.
    """
    method = request.get("method")
    if not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, "Invalid request: it names no method")
    if method == "tools/list":
        return {"tools": tools(served)}
    if method == "ping":
        return {}
    if method != "tools/call":
        raise RpcError(NO_METHOD, f"Method not found: {method[:100]}")
    name, arguments = named_tool(served, request)
    return (await call(await find(), name, arguments)).result()


def named_tool(served: HostedEnvironment, request: Mapping[str, Any]) -> tuple[str, Any]:
    """The tool that `tools/call` names, and its arguments. :raises RpcError: it names none, or none that there is."""
    given = request.get("params")
    parameters = given if isinstance(given, dict) else {}
    name = parameters.get("name")
    if not isinstance(name, str):
        raise RpcError(INVALID_PARAMETERS, "Invalid params: a tool's 'name' is missing")
    if not known(served, name):
        raise RpcError(INVALID_PARAMETERS, f"Unknown tool: {name[:100]!r}")
    return name, parameters.get("arguments") or {}


async def answer(session: HostedSession, request: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON-RPC answer to a request in a session."""

    async def find() -> HostedSession:
        return session

    number = request.get("id")
    try:
        return result(number, await carry_out(session.served, request, find))
    except RpcError as error:
        return failure(number, error)


def result(number: Any, found: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON-RPC answer."""
    return {"jsonrpc": "2.0", "id": number, "result": found}


def failure(number: Any, error: RpcError) -> dict[str, Any]:
    """A JSON-RPC error."""
    told = {"code": error.code, "message": str(error), **({} if error.data is None else {"data": error.data})}
    return {"jsonrpc": "2.0", "id": number, "error": told}
