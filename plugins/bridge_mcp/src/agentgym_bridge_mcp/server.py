"""The Model Context Protocol over streamable HTTP: `/ENV/mcp`, answered as JSON.

Reset belongs to the one who conducts the episode, not to the model: there is no tool for it. Either an orchestrator opens and resets a
session over HTTP and hands the model's client `/ENV/mcp?session=ID`; or the address names what to play (`?task=ID`, or `split`, `index`,
`seed`), and each of the protocol's own sessions plays an episode of that.

Of the protocol an environment needs five methods, so they are answered here: its SDK comes in two lines that cannot be installed
together, and either of them may be the client.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar
from urllib.parse import parse_qs

import msgspec

from agentgym_service.codec import encode
from agentgym_service.dialect import Answer, Asked, Converse, Declined, Told
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import ResetBody
from agentgym_service.problems import problem_of
from agentgym_service.session import HostedSession
from agentgym_service.sessions import HTTP, SessionTable
from agentgym_service.tools import (
    INVALID_PARAMETERS,
    INVALID_REQUEST,
    NO_METHOD,
    PARSE_ERROR,
    RpcError,
    carry_out,
    failure,
    result,
)

FACE = "mcp"
SESSION = "mcp-session-id"
VERSION = "mcp-protocol-version"

WITH_SESSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""Versions of the protocol that begin with `initialize`, which names a session; the newest last."""

WITHOUT_SESSIONS = "2026-07-28"
"""A version in which every request stands for itself: it must name a session of ours, or there is nothing to play in."""

UNUSED = 1024
"""How many sessions of the protocol are kept that have not called a tool."""

_decode = msgspec.json.Decoder().decode


class Mcp:
    """Every environment's tools over HTTP."""

    always: ClassVar[bool] = True
    sockets: Mapping[str, tuple[HostedEnvironment, Converse]] = {}

    def __init__(self, table: SessionTable, served: Mapping[str, HostedEnvironment]) -> None:
        self.faces = {id: McpFace(each, table) for id, each in served.items()}
        self.routes: dict[tuple[str, str], tuple[HostedEnvironment | None, Answer]] = {
            (method, f"/{id}/mcp"): (each, partial(self.faces[id].answer, method))
            for id, each in served.items()
            for method in ("GET", "POST", "DELETE")
        }

    def operations(self, served: HostedEnvironment) -> Mapping[str, Mapping[str, Any]]:
        """None: the protocol has a description of its own."""
        return {}


class McpFace:
    """One environment's tools over HTTP. A session of the protocol begins its episode when a tool is first called."""

    def __init__(self, served: HostedEnvironment, table: SessionTable) -> None:
        self._served = served
        self._table = table
        self._episodes: dict[str, HostedSession | None] = {}

    async def answer(self, method: str, asked: Asked) -> Told:
        """Answer one request. :raises Declined: it has no sign of this protocol."""
        key = asked.headers.get(SESSION, "")
        if method == "POST":
            return await self._post(asked, key)
        if method == "DELETE":
            if key not in self._episodes:
                return _refused(404 if key else 400, INVALID_REQUEST, "Session not found")
            await self._end(key)
            return Told(200, b"", {SESSION: key})
        # The stream that a GET asks for would have nothing to tell.
        return _refused(405, INVALID_REQUEST, "Method Not Allowed")._replace(headers={"allow": "POST, DELETE"})

    async def _post(self, asked: Asked, key: str) -> Told:
        version, where = asked.headers.get(VERSION, ""), _where(asked.query)
        if version and version not in WITH_SESSIONS and not (version == WITHOUT_SESSIONS and "session" in where):
            # Clients of newer versions fall back to one that has sessions.
            told = {"error": "name a session (?session=ID), or speak a version of the protocol that has sessions"}
            return Told(400, encode(told))
        try:
            request = _decode(asked.body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            request, refused = None, _refused(400, PARSE_ERROR, f"Parse error: {error}")
        else:
            refused = _refused(400, INVALID_REQUEST, "Invalid request: it names no method")
        named = isinstance(request, dict) and isinstance(request.get("method"), str)
        if named and request["method"] == "initialize":
            return self._initialize(request)
        if not (key or version):
            raise Declined(_refused(400, INVALID_REQUEST, "Bad Request: Missing session ID") if named else refused)
        if not named:
            return refused
        if version == WITHOUT_SESSIONS:
            return await self._alone(where, request)
        if key not in self._episodes:
            words = "Session not found" if key else "Bad Request: Missing session ID"
            return _refused(404 if key else 400, INVALID_REQUEST, words)
        if "id" not in request:
            return Told(202, b"", {SESSION: key})
        return Told(200, encode(await self._carry_out(key, where, request)), {SESSION: key})

    def _initialize(self, request: dict[str, Any]) -> Told:
        self._forget()
        key = secrets.token_hex(16)
        self._episodes[key] = None
        parameters = request.get("params")
        wanted = parameters.get("protocolVersion") if isinstance(parameters, dict) else None
        version = wanted if wanted in WITH_SESSIONS else WITH_SESSIONS[-1]
        about = {"protocolVersion": version, "serverInfo": self._server(), **self._abilities()}
        return Told(200, encode(result(request.get("id"), about)), {SESSION: key})

    async def _alone(self, where: Mapping[str, str], request: dict[str, Any]) -> Told:
        """A request of a version without sessions: errors have a status, and results say who answers."""
        number, method = request.get("id"), request["method"]
        if method == "server/discover":
            reply = result(number, {"supportedVersions": [WITHOUT_SESSIONS], **self._abilities()})
        else:
            reply = await self._carry_out("", where, request)
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

    async def _carry_out(self, key: str, where: Mapping[str, str], request: dict[str, Any]) -> dict[str, Any]:
        number = request.get("id")
        try:
            return result(number, await carry_out(self._served, request, lambda: self._session(key, where)))
        except RpcError as error:
            return failure(number, error)
        except Exception as error:
            return failure(number, RpcError(INVALID_PARAMETERS, problem_of(error).message))

    # --- sessions ---

    async def _session(self, key: str, where: Mapping[str, str]) -> HostedSession:
        """The session that a tool is called in.

        :raises RpcError: the address cannot be read. :raises AgentGymError: it names nothing that can be played.
        """
        if "session" in where:
            return self._table.get(where["session"], self._served, HTTP)
        known = self._episodes[key]
        if known is not None and known.closed:
            raise RpcError(INVALID_PARAMETERS, "the session was closed: it was idle for too long")
        body = _what(where)
        if known is None:
            known = self._episodes[key] = self._table.open(self._served, FACE, frozenset())
        try:
            # Another call of this client may be starting the episode.
            await known.begin(body)
        except BaseException:
            if self._episodes.get(key) is known:
                self._episodes[key] = None
            await self._table.close(known, "client")
            raise
        return known

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


def _refused(status: int, code: int, message: str) -> Told:
    """A request that the protocol's transport refuses."""
    return Told(status, encode(failure(None, RpcError(code, message))))


def _where(query: bytes) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}


def _what(where: Mapping[str, str]) -> ResetBody:
    def whole(name: str) -> int | None:
        text = where.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 19):
            raise RpcError(INVALID_PARAMETERS, f"{name} must be a whole number")
        return int(text)

    return ResetBody(task=where.get("task"), split=where.get("split"), index=whole("index"), seed=whole("seed"))
