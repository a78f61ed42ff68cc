"""Plays through the Model Context Protocol's own SDK what it reads from standard input, and writes what it returned. A peer runs it.

In: a list of talks, each with `url` and `asked`, a list of tools with their arguments; a tool that is null lists them.
Out: for each talk a list of answers: `{"text", "wrong", "meta"}`, the names of the tools, or `{"raised": its type, "words": its text}`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A client of whichever line of the SDK is here."""
    if hasattr(mcp, "Client"):
        async with mcp.Client(url) as client:
            yield client
        return
    from mcp.client.streamable_http import streamable_http_client

    async with streamable_http_client(url) as (reading, writing, _), mcp.ClientSession(reading, writing) as client:
        await client.initialize()
        yield client


async def ask(client: Any, tool: str | None, arguments: dict[str, Any]) -> Any:
    try:
        if tool is None:
            return sorted(tool.name for tool in (await client.list_tools()).tools)
        found = await client.call_tool(tool, arguments)
    except Exception as error:
        return {"raised": type(error).__name__, "words": str(error)}
    wrong = found.is_error if hasattr(found, "is_error") else found.isError
    return {"text": found.content[0].text, "wrong": bool(wrong), "meta": found.meta}


async def play(talk: dict[str, Any]) -> list[Any]:
    async with connected(talk["url"]) as client:
        return [await ask(client, tool, arguments) for tool, arguments in talk["asked"]]


async def main() -> None:
    talks = json.load(sys.stdin)
    json.dump(await asyncio.gather(*map(play, talks)), sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
