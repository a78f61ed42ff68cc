"""One environment as OpenEnv serves it: its sessions, whichever transport they are reached by, and its steps in every form."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from agentgym_bridge_openenv.messages import observed, wrong_action
from agentgym_core.types import Action
from agentgym_service import tools
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import ActionBody, Code, ResetBody
from agentgym_service.problems import ApiError, invalid
from agentgym_service.session import HostedSession
from agentgym_service.sessions import SessionTable

KIND = "openenv"
_TOOL_ERRORS = {"arguments": "invalid_args", "execution": "execution_error"}


class Face:
    """The sessions of OpenEnv's clients in one environment. `ending` holds those that end with their connection, whoever opened them."""

    def __init__(self, table: SessionTable, served: HostedEnvironment) -> None:
        self.table = table
        self.served = served
        self.ending: set[str] = set()

    def open(self) -> HostedSession:
        """A session, whose first episode has an id before it is reset. :raises ApiError: there is no place."""
        session = self.table.open(self.served, KIND, frozenset())
        session.episode = secrets.token_hex(8)
        return session

    def find(self, id: str) -> HostedSession:
        """The session of an id. :raises ApiError: there is none that OpenEnv's clients have here."""
        try:
            session = self.table.get(id, self.served, KIND)
        except ApiError as error:
            raise ApiError(Code.SESSION_ERROR, 404, f"Unknown session_id: {id[:100]}") from error
        session.used = time.monotonic()
        return session

    @contextlib.asynccontextmanager
    async def passing(self) -> AsyncIterator[HostedSession]:
        """A session for one request: it counts as any other while it lasts."""
        session = self.open()
        try:
            yield session
        finally:
            await self.table.close(session, "client")

    async def stepped(self, session: HostedSession, data: Mapping[str, Any]) -> Any:
        """The answer to a step whose data may have any of the forms: OpenEnv's `observation`, `reward` and `done`.

        :raises ApiError: it has none of them. Others as the session's `step`.
        """
        if data.get("type") in ("list_tools", "call_tool"):
            return await self._tool_step(session, data)
        return observed(session, await session.step(self.action(data)))

    def action(self, data: Mapping[str, Any]) -> Action:
        """The action of a step's data. :raises ApiError: it is none."""
        try:
            return self.served.action(msgspec.convert(data, ActionBody))
        except msgspec.ValidationError as error:
            alone = self._alone(data)
            if alone is None:
                raise wrong_action(data, error) from error
            return alone

    def _alone(self, data: Mapping[str, Any]) -> Action | None:
        """The action of an environment that has only one, where nothing but its arguments was sent."""
        if len(self.served.description.actions) != 1:
            return None
        (only,) = self.served.description.actions
        given = {key: value for key, value in data.items() if key != "metadata"}
        if not given or not given.keys() <= {parameter.name for parameter in only.parameters}:
            return None
        try:
            return self.served.said(self.served.grammar.canonical(only.name, given))
        except ValueError as error:
            raise invalid(("data",), str(error)) from error

    # --- tools ---

    async def called(self, session: HostedSession, name: str, arguments: Any) -> tools.Called:
        """Call a tool that there is; a session without an episode begins one."""
        await session.begin(ResetBody())
        return await tools.call(session, name, arguments)

    async def _tool_step(self, session: HostedSession, data: Mapping[str, Any]) -> dict[str, Any]:
        before = session.steps
        shown: dict[str, Any]
        if data["type"] == "list_tools":
            shown = {"tools": [_listed(tool) for tool in tools.tools(self.served)]}
        else:
            name, arguments = data.get("tool_name"), _decoded(data.get("arguments", {}))
            if not isinstance(name, str) or not isinstance(arguments, dict):
                raise wrong_action({**data, "arguments": arguments}, None)
            shown = {"tool_name": name, **await self._tool_result(session, name, arguments)}
        answer, stepped = session.answer, session.steps > before
        told: dict[str, Any] = {"observation": shown, "reward": session.reward if stepped else None}
        told["done"] = answer is not None and answer.step.ended
        if stepped and answer is not None and answer.step.info:
            shown["metadata"] = told["metadata"] = answer.step.info
        return told

    async def _tool_result(self, session: HostedSession, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if not tools.known(self.served, name):
            error = {"error_type": "tool_not_found", "message": f"Unknown tool: {name[:100]!r}"}
            return {"result": None, "error": error}
        told = await self.called(session, name, arguments)
        if told.wrong:
            return {"result": None, "error": {"error_type": _TOOL_ERRORS[told.wrong], "message": told.text}}
        return {"result": result_of(told), "error": None}


def result_of(told: tools.Called) -> dict[str, Any]:
    """The result of a call as OpenEnv writes it: its clients read `data`. The score so far is not for the model, and rides in `meta`."""
    return {
        "content": [{"type": "text", "text": told.text}],
        "structured_content": {"result": told.text},
        "data": told.text,
        "is_error": False,
        "meta": told.meta(),
    }


def _listed(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": tool["name"], "description": tool["description"], "input_schema": tool["inputSchema"]}


def _decoded(arguments: Any) -> Any:
    """Arguments, which some models write as text."""
    if isinstance(arguments, str):
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(arguments)
    return arguments
