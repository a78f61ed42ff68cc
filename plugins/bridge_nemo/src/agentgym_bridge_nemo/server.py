"""A resources server of NeMo Gym, of its kind for Gymnasium, which `gymnasium_agent` drives: any of our environments.

A server runs in an environment of its own that NeMo Gym makes; its `app.py`, written by `agentgym export-nemo`, calls `run_webserver`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal

from attrs import fields
from fastapi import FastAPI, HTTPException, Request
from nemo_gym.base_resources_server import BaseResourcesServerConfig
from nemo_gym.openai_utils import NeMoGymResponse
from nemo_gym.server_utils import SESSION_ID_KEY
from pydantic import Field, PrivateAttr
from resources_servers.gymnasium import GymnasiumServer, extract_text

from agentgym_bridge_nemo.episodes import REQUEST, Answer, Episodes, Settings
from agentgym_core.errors import AgentGymError, EnvironmentFault, InfrastructureFault
from agentgym_core.types import ToolCall


class AgentGymServerConfig(BaseResourcesServerConfig):
    """How episodes are played."""

    environment: str = ""
    """An id, or an address such as `ws://host:8000/textcraft`; where it is empty each row names its own."""
    environment_config: dict[str, Any] = Field(default_factory=dict)
    """The environment's configuration."""
    format: Literal["react", "function_calling", "json", "code_as_action"] = "react"
    """How an action is written; the rows of `function_calling` bring the tools along."""
    style: str = "default"
    """What the model is told: `default`, `direct` or `bare`, the same as in the rows."""
    max_rounds: int | None = None
    """Limit on replies; the environment's own where absent."""
    seed: int = 0
    """The seed that those of the episodes come from, as in `agentgym eval --seed`; a repeat of a row is a sample."""
    placement: str = ""
    """Where environments live: `inline`, `thread`, `process`; by default the weakest place that an environment allows."""
    idle_seconds: float = 1800.0
    """After how long an episode that nobody goes on with is closed."""


class AgentGymServer(GymnasiumServer):
    """`/reset` starts the row's task and answers its first observation, `/step` reads the model's reply and takes its action.

    The reward of a step is the increase of the score, so that the agent's sum is the episode's score in [0, 1]. Where the environment
    fails the answer is an error: NeMo Gym counts a failed rollout, and no reward of 0.
    """

    ray_enabled = False
    config: AgentGymServerConfig
    _episodes: Episodes = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Make the table of episodes."""
        super().model_post_init(context)
        how = {each.name: getattr(self.config, each.name) for each in fields(Settings)}
        self._episodes = Episodes(Settings(**how))

    def setup_webserver(self) -> FastAPI:
        """Their routes, and `/close`, which their agent calls when a rollout is over or has failed."""
        app: FastAPI = super().setup_webserver()
        app.post("/close")(self._close_endpoint)
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
            async with inner(app) as state:
                yield state
            await self._episodes.close_all()

        app.router.lifespan_context = lifespan
        return app

    async def reset(self, metadata: dict[str, Any], session_id: str | None = None) -> tuple[str | None, dict[str, Any]]:
        """Start the episode of a row."""
        with _answering():
            begun = await self._episodes.begin(_known(session_id), metadata)
        return begun.observation, begun.info

    async def step(
        self, action: NeMoGymResponse, metadata: dict[str, Any], session_id: str | None = None
    ) -> tuple[str | None, float, bool, bool, dict[str, Any]]:
        """Take a reply."""
        calls = [ToolCall(item.call_id, item.name, item.arguments) for item in _calls(action)]
        request = str(metadata.get(REQUEST) or "")
        with _answering():
            told: Answer = await self._episodes.answer(_known(session_id), extract_text(action), calls, request)
        return told.observation, told.reward, told.terminated, told.truncated, told.info

    async def close_session(self, session_id: str | None) -> None:
        """Nothing: an episode that has ended has freed what it held, and its last answer is kept for a step that is sent again."""

    async def _close_endpoint(self, request: Request) -> dict[str, Any]:
        await self._episodes.close(_known(request.session.get(SESSION_ID_KEY)))
        return {}


def _known(session_id: str | None) -> str:
    if not session_id:
        raise HTTPException(400, "the request belongs to no rollout: it has no cookie of a session")
    return session_id


def _calls(action: NeMoGymResponse) -> Iterator[Any]:
    return (item for item in action.output if item.type == "function_call")


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except AgentGymError as error:
        failed = isinstance(error, EnvironmentFault | InfrastructureFault)
        raise HTTPException(500 if failed else 400, f"{type(error).__name__}: {error}") from error
