"""The Model Context Protocol over streamable HTTP: `/ENV/mcp`, answered as JSON.

Reset belongs to the one who conducts the episode, not to the model: there is no tool for it. Either an orchestrator opens and resets a
session with the paper's endpoints and hands the model's client `/ENV/mcp?session=ID`; or the address names what to play
(`?task=ID`, or `split`, `index`, `seed`), and each of the protocol's own sessions plays an episode of that.

Of the protocol an environment needs five methods, so they are answered here: its SDK comes in two lines that cannot be installed
together, and either of them may be the client.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
from attrs import Factory, frozen

from agentgym_service.hosted import HostedEnvironment
from agentgym_service.problems import problem_of
from agentgym_service.rest import FACE as PAPER
from agentgym_service.session import HostedSession
from agentgym_service.sessions import SessionTable
from agentgym_service.tools_face import (
    INVALID_PARAMETERS,
    INVALID_REQUEST,
    NO_METHOD,
    RpcError,
    carry_out,
    failure,
    result,
)
from agentgym_service.wire.codec import encode
from agentgym_service.wire.messages import ResetBody

FACE = "mcp"
SESSION = "mcp-session-id"
VERSION = "mcp-protocol-version"

WITH_SESSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""Versions of the protocol that begin with `initialize`, which names a session; the newest last."""

WITHOUT_SESSIONS = "2026-07-28"
"""A version in which every request stands for itself: it must name a session of ours, or there is nothing to play in."""

UNUSED = 1024
"""How many sessions of the protocol are kept that have not called a tool."""

_PARSE_ERROR = -32700
_decode = msgspec.json.Decoder().decode


@frozen
class Told:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = Factory(dict)


class _Unanswered(Exception):
    """A request that the protocol's transport refuses."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.told = Told(status, encode(failure(None, code, message)))


class McpFace:
    """One environment's tools over HTTP. A session of the protocol begins its episode when a tool is first called."""

    def __init__(self, served: HostedEnvironment, table: SessionTable) -> None:
        self._served = served
        self._table = table
        self._episodes: dict[str, HostedSession | None] = {}

    async def answer(self, method: str, headers: Mapping[str, str], query: bytes, body: bytes) -> Told:
        """Answer one request. :raises nothing that a client could have caused."""
        asked = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
        key = headers.get(SESSION, "")
        try:
            if method == "POST":
                return await self._post(headers.get(VERSION, ""), key, asked, body)
            if method == "DELETE":
                await self._end(self._known(key))
                return Told(200, b"", {SESSION: key})
        except _Unanswered as refusal:
            return refusal.told
        # The stream that a GET asks for would have nothing to tell.
        return Told(405, encode(failure(None, INVALID_REQUEST, "Method Not Allowed")), {"allow": "POST, DELETE"})

    async def _post(self, version: str, key: str, asked: Mapping[str, str], body: bytes) -> Told:
        if version and version not in WITH_SESSIONS and not (version == WITHOUT_SESSIONS and "session" in asked):
            # Clients of newer versions fall back to one that has sessions.
            told = {"error": "name a session (?session=ID), or speak a version of the protocol that has sessions"}
            return Told(400, encode(told))
        try:
            request = _decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise _Unanswered(400, _PARSE_ERROR, f"Parse error: {error}") from error
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            raise _Unanswered(400, INVALID_REQUEST, "Invalid request: it names no method")
        if version == WITHOUT_SESSIONS:
            return await self._alone(asked, request)
        if request["method"] == "initialize":
            return self._initialize(request)
        key = self._known(key)
        if "id" not in request:
            return Told(202, b"", {SESSION: key})
        return Told(200, encode(await self._carry_out(key, asked, request)), {SESSION: key})

    def _initialize(self, request: dict[str, Any]) -> Told:
        self._forget()
        key = secrets.token_hex(16)
        self._episodes[key] = None
        parameters = request.get("params")
        wanted = parameters.get("protocolVersion") if isinstance(parameters, dict) else None
        version = wanted if wanted in WITH_SESSIONS else WITH_SESSIONS[-1]
        about = {"protocolVersion": version, "serverInfo": self._server(), **self._abilities()}
        return Told(200, encode(result(request.get("id"), about)), {SESSION: key})

    async def _alone(self, asked: Mapping[str, str], request: dict[str, Any]) -> Told:
        """A request of a version without sessions: errors have a status, and results say who answers."""
        number, method = request.get("id"), request["method"]
        if method == "server/discover":
            reply = result(number, {"supportedVersions": [WITHOUT_SESSIONS], **self._abilities()})
        else:
            reply = await self._carry_out("", asked, request)
        if "error" in reply:
            return Told(404 if reply["error"]["code"] == NO_METHOD else 400, encode(reply))
        found = reply["result"]
        found["resultType"] = "complete"
        if method != "tools/call":
            found |= {"ttlMs": 0, "cacheScope": "private"}
        found["_meta"] = {**found.get("_meta", {}), "io.modelcontextprotocol/serverInfo": self._server()}
        return Told(200, encode(reply))

    def _server(self) -> dict[str, str]:
        served = self._served
        return {"name": served.id, "version": served.description.version or str(served.source.spec.version)}

    def _abilities(self) -> dict[str, Any]:
        return {
            "capabilities": {"tools": {"listChanged": False}},
            "instructions": self._served.description.instruction,
        }

    async def _carry_out(self, key: str, asked: Mapping[str, str], request: dict[str, Any]) -> dict[str, Any]:
        number = request.get("id")
        try:
            found = await carry_out(self._served, request, lambda: self._session(key, asked), repr)
        except RpcError as error:
            return failure(number, error.code, str(error), **({"data": error.subject} if error.subject else {}))
        except Exception as error:
            return failure(number, INVALID_PARAMETERS, problem_of(error).message)
        return result(number, found)

    # --- sessions ---

    async def _session(self, key: str, asked: Mapping[str, str]) -> HostedSession:
        """The session that a tool is called in.

        :raises RpcError: the address cannot be read. :raises AgentGymError: it names nothing that can be played.
        """
        if "session" in asked:
            return self._table.get(asked["session"], self._served, PAPER)
        known = self._episodes[key]
        if known is None:
            body = _what(asked)
            known = self._episodes[key] = self._table.open(self._served, FACE, frozenset())
            try:
                await known.reset(body)
            except BaseException:
                self._episodes[key] = None
                await self._table.close(known, "client")
                raise
        elif known.closed:
            raise RpcError(INVALID_PARAMETERS, "the session was closed: it was idle for too long")
        else:
            # Another call of this client may be starting the episode.
            async with known.turn():
                pass
        return known

    def _known(self, key: str) -> str:
        if not key:
            raise _Unanswered(400, INVALID_REQUEST, "Bad Request: Missing session ID")
        if key not in self._episodes:
            raise _Unanswered(404, INVALID_REQUEST, "Session not found")
        return key

    async def _end(self, key: str) -> None:
        session = self._episodes.pop(key)
        if session is not None:
            await self._table.close(session, "client")

    def _forget(self) -> None:
        """Sessions of ours that were closed take the protocol's along; those that never called a tool go oldest first."""
        self._episodes = {
            key: session for key, session in self._episodes.items() if session is None or not session.closed
        }
        unused = [key for key, session in self._episodes.items() if session is None]
        for key in unused[: max(0, len(unused) - UNUSED)]:
            del self._episodes[key]


def _what(asked: Mapping[str, str]) -> ResetBody:
    def whole(name: str) -> int | None:
        text = asked.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 19):
            raise RpcError(INVALID_PARAMETERS, f"{name} must be a whole number")
        return int(text)

    return ResetBody(task=asked.get("task"), split=asked.get("split"), index=whole("index"), seed=whole("seed"))
