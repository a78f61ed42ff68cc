"""Plays through OpenEnv's own clients what it reads from standard input, and writes what they returned. A peer runs it.

In: a list of talks, each with `client` (`generic` or `tools`), `url` and `asked`, a list of a method's name and its arguments; `use` calls
a tool with a name and arguments. Out: for each talk a list of answers: what the client returned as JSON, or `{"raised": its type, "words":
its text}`. The client `validate` asks nothing: its answer is the report of OpenEnv's validator, where this version has one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from openenv.core.env_server.mcp_types import CallToolAction
from openenv.core.generic_client import GenericEnvClient
from openenv.core.mcp_client import MCPToolClient

CLIENTS = {"generic": GenericEnvClient, "tools": MCPToolClient}
PATIENCE = 600.0
"""Seconds for a handshake and for an answer: all talks begin at once, on a machine that may have other work."""


def plain(value: Any) -> Any:
    """A client's objects as JSON values."""
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if hasattr(value, "observation"):
        names = ("observation", "reward", "done", "metadata")
        return {name: plain(getattr(value, name)) for name in names if hasattr(value, name)}
    return [plain(item) for item in value] if isinstance(value, list) else value


async def ask(client: Any, method: str, arguments: Any) -> Any:
    if method == "use":
        name, named = arguments
        if "name" not in named:
            return await client.call_tool(name, **named)
        # The tool's own name has taken that argument.
        told = (await client.step(CallToolAction(tool_name=name, arguments=named))).observation
        return told.result["data"] if told.error is None else told.error
    positional = arguments if isinstance(arguments, list) else []
    return await getattr(client, method)(*positional, **(arguments if isinstance(arguments, dict) else {}))


def validated(url: str) -> Any:
    try:
        from openenv.cli._validation import validate_running_environment
    except ImportError:
        return None
    return validate_running_environment(url, timeout_s=PATIENCE)


async def play(talk: dict[str, Any]) -> Any:
    if talk["client"] == "validate":
        return await asyncio.to_thread(validated, talk["url"])
    answers: list[Any] = []
    patient = {"connect_timeout_s": PATIENCE, "message_timeout_s": PATIENCE}
    async with CLIENTS[talk["client"]](base_url=talk["url"], **patient) as client:
        for method, arguments in talk["asked"]:
            try:
                answers.append(plain(await ask(client, method, arguments)))
            except Exception as error:
                answers.append({"raised": type(error).__name__, "words": str(error)})
    return answers


async def main() -> None:
    talks = json.load(sys.stdin)
    # At once: each has a connection and a session of its own.
    json.dump(await asyncio.gather(*map(play, talks)), sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
