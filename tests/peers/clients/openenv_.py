"""OpenEnv's `GenericEnvClient` against the server that the first argument names: the score is the sum of the rewards."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from _told import play_all
from openenv import GenericEnvClient

SECONDS = 600.0
"""For one answer. By default these clients wait a minute; an engine that starts with the first reset may take longer."""


async def _play(episode: dict[str, Any]) -> float:
    total = 0.0
    url = f"{sys.argv[1]}/{episode['environment']}"
    async with GenericEnvClient(base_url=url, connect_timeout_s=SECONDS, message_timeout_s=SECONDS) as client:
        await client.reset(task=episode["task"])
        for text, _, _ in episode["moves"]:
            result = await client.step({"text": text})
            total += result.reward or 0.0
    assert result.done
    return total


play_all(lambda episode: asyncio.run(_play(episode)))
