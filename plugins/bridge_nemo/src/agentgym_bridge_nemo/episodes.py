"""Episodes that a server of NeMo Gym plays: each is found by the id of its rollout, and takes replies until it ends.

Nothing of NeMo Gym is imported here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import Factory, define, frozen

from agentgym_bridge.conversation import Conversation, Turn
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError, EpisodeStateError
from agentgym_core.placement import ResetRequest, Session, StepResult, TimeLimits
from agentgym_core.rollout.placement_pool import PlacementPool
from agentgym_core.rollout.seeds import episode_seed
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Message, ToolCall

SAMPLE = "_ng_rollout_index"
"""NeMo Gym's number of a repeat of a row."""
REQUEST = "_ng_step_request_id"
"""Its id of a step, the same where a step is sent again."""


@frozen
class Settings:
    """How a server plays: see the configuration of `agentgym_bridge_nemo.server`."""

    environment: str = ""
    environment_config: Mapping[str, Any] = Factory(dict)
    format: str = "react"
    style: str = "default"
    max_rounds: int | None = None
    seed: int = 0
    placement: str = ""
    idle_seconds: float = 1800.0


@frozen
class Answer:
    """What a reset or a step came to, as their server sends it."""

    observation: str | None
    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False
    info: dict[str, Any] = Factory(dict)


@define
class _Episode:
    task: str
    talk: Conversation
    session: Session | None
    available: Sequence[str] | None
    used: float
    request: str = ""
    answer: Answer | None = None
    lock: asyncio.Lock = Factory(asyncio.Lock)


class Episodes:
    """All episodes of a server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        choice = ComponentChoice(settings.placement) if settings.placement else None
        self._places = PlacementPool(choice, TimeLimits())
        self._sources: dict[str, EnvironmentSource] = {}
        self._episodes: dict[str, _Episode] = {}

    async def begin(self, id: str, row: Mapping[str, Any]) -> Answer:
        """Start the episode of a row: its `task`, in its `environment` where the server's settings name none.

        :raises ConfigError, TaskNotFound: the row names nothing that can be played here, or a task that has changed since.
        :raises EnvironmentFault, InfrastructureFault: the environment failed.
        """
        await self.close(id)
        await self._reap()
        source = await asyncio.to_thread(self._source, row)
        task = await asyncio.to_thread(_task, source, row)
        how = self._settings
        talk = Conversation(source.description, how.format, how.style, how.max_rounds)
        session = await self._places.get(source).open(source)
        seed = episode_seed(how.seed, source.spec.canonical, task, int(row.get(SAMPLE) or 0))
        try:
            first = await session.reset(ResetRequest(task, seed, talk.needs))
        except BaseException:
            await session.close()
            raise
        shown = talk.begin(first.step.observation, first.available_actions)
        self._episodes[id] = _Episode(task, talk, session, first.available_actions, time.monotonic())
        info = {"task": task, "supports_explicit_close": True, "supports_step_idempotency": True}
        return Answer(shown.content, info=info)

    async def answer(self, id: str, text: str, calls: Sequence[ToolCall] = (), request: str = "") -> Answer:
        """Take a reply. One that cannot be read is told why, and counts.

        :param request: the id of the step: one that was taken is answered again, and not taken twice.
        :raises EpisodeStateError: there is no such episode, or it has ended.
        :raises EnvironmentFault, InfrastructureFault: the environment failed; the episode is over, without a score.
        """
        episode = self._episodes.get(id)
        if episode is None:
            raise EpisodeStateError("this rollout has no episode", hint="reset it first")
        async with episode.lock:
            if request and request == episode.request and episode.answer is not None:
                return episode.answer
            if episode.session is None:
                raise EpisodeStateError("the episode of this rollout is over", hint="reset it first")
            episode.used = time.monotonic()
            action = episode.talk.read(text, calls)
            try:
                result = None if action is None else await episode.session.step(action)
            except AgentGymError:
                await self.close(id)
                raise
            episode.request, episode.answer = request, self._answer(episode, result)
            if episode.answer.terminated or episode.answer.truncated:
                session, episode.session = episode.session, None
                await session.close()
            return episode.answer

    @staticmethod
    def _answer(episode: _Episode, result: StepResult | None) -> Answer:
        if result is not None:
            episode.available = result.available_actions
        turn: Turn = episode.talk.turn(None if result is None else result.step, episode.available)
        tally = episode.talk.tally
        info = {
            "task": episode.task,
            "score": tally.score,
            "success": tally.success,
            "turns": tally.turns,
            "unread": tally.unread,
            "actions": list(tally.actions),
        }
        answers = [message for message in turn.messages if message.role == "tool"]
        if answers:
            info["tool_outputs"] = [{"call_id": each.tool_call_id, "output": each.content} for each in answers]
        return Answer(_spoken(turn.messages), turn.reward, turn.terminated, turn.truncated, info)

    async def close(self, id: str) -> None:
        """Forget an episode, and free what it holds; one that is not there is fine."""
        episode = self._episodes.pop(id, None)
        if episode is not None and episode.session is not None:
            session, episode.session = episode.session, None
            await session.close()

    async def close_all(self) -> None:
        """Free everything."""
        for id in list(self._episodes):
            await self.close(id)
        await self._places.__aexit__(None, None, None)

    def __len__(self) -> int:
        return len(self._episodes)

    async def _reap(self) -> None:
        # A rollout that was lost on the way never says that it is over.
        before = time.monotonic() - self._settings.idle_seconds
        for id in [id for id, each in self._episodes.items() if each.used < before and not each.lock.locked()]:
            await self.close(id)

    def _source(self, row: Mapping[str, Any]) -> EnvironmentSource:
        wanted, own = str(row.get("environment") or ""), self._settings.environment
        if own and wanted and wanted != own:
            raise ConfigError(f"the row is one of {wanted!r}, and this server plays {own!r}")
        name = own or wanted
        if not name:
            raise ConfigError("the row names no environment, and neither does the server", hint="agentgym export-nemo")
        if name not in self._sources:
            self._sources[name] = resolve_environment(name, dict(self._settings.environment_config) or None)
        return self._sources[name]


def _task(source: EnvironmentSource, row: Mapping[str, Any]) -> str:
    task = source.find(str(row.get("task") or ""))
    known = row.get("fingerprint")
    if known and known != task.fingerprint:
        raise ConfigError(
            f"{source.spec.id}: the task {task.id!r} is another one than it was when the row was written",
            hint="write the rows again: agentgym export-nemo",
        )
    return task.id


def _spoken(messages: Sequence[Message]) -> str | None:
    return next((message.content for message in messages if message.role == "user"), None)
