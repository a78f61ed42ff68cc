"""The Model Context Protocol's own SDK, either line, against the server that the first argument names: the score is in `_meta`."""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from urllib.parse import quote

from _told import play_all
from mcp import ClientSession

try:
    from mcp.client.streamable_http import streamable_http_client as connect
except ImportError:
    from mcp.client.streamable_http import streamablehttp_client as connect


async def _play(episode: dict[str, Any]) -> float:
    url = f"{sys.argv[1]}/{episode['environment']}/mcp?task={quote(episode['task'], safe='')}"
    score = 0.0
    async with connect(url) as streams, ClientSession(streams[0], streams[1]) as session:
        await session.initialize()
        names = {tool.name for tool in (await session.list_tools()).tools}
        for _, name, arguments in episode["moves"]:
            assert name in names
            result = await session.call_tool(name, arguments)
            score = float(result.meta["agentgym"]["score"])
    return score


play_all(lambda episode: asyncio.run(_play(episode)))
