"""An environment behind SkyRL's interface of texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

from agentgym_bridge.conversation import Conversation, Turn
from agentgym_core.errors import ConfigError
from agentgym_core.rollout import make_environment
from agentgym_core.types import Message


class SkyRLEnvironment(BaseTextEnv):
    """One of our environments: `init` starts the row's task, `step` reads an action in a reply and takes it.

    The reward of a turn is the increase of the score. Metrics of an episode: `score`, `success`, `turns`, and `unread`, the replies that
    could not be read.

    :param environment: its id. :param env_config: `format`, `config`, `placement` and `max_turns`, all of which may be absent.
    :param extras: SkyRL's row; `extra_info.task`, or `task`, is the task's id.
    :raises ConfigError: the row names no task. :raises UnknownComponent, ComponentUnavailable: the environment cannot be made.
    """

    def __init__(self, environment: str, env_config: Any = None, extras: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        settings = dict(env_config or {})
        row = dict(extras or {})
        self._task = str(dict(row.get("extra_info") or {}).get("task") or row.get("task") or "")
        if not self._task:
            raise ConfigError(
                f"a row for {environment!r} names no task", hint="rows come from agentgym_bridge_skyrl.rows(...)"
            )
        self._game = make_environment(environment, settings.get("config"), settings.get("placement"))
        limit = int(settings.get("max_turns") or row.get("max_turns") or 0) or None
        # One message, since what a generator puts before it is often a user's too.
        self._talk = Conversation(self._game.description, settings.get("format", "react"), "direct", limit)
        self.max_turns = self._talk.max_turns

    def init(self, prompt: list[dict[str, str]]) -> tuple[list[dict[str, str]], dict[str, Any]]:
        """Start the episode: the row's prompt, and behind it the instruction, how actions are written, and the first observation."""
        first = self._game.reset(self._task)
        return [*prompt, *_said([self._talk.begin(first, self._game.available_actions())])], {"task": self._task}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """Take the action of a reply. One that cannot be read is told why, and costs a turn."""
        self.turns += 1
        taken = self._talk.read(action)
        step = None if taken is None else self._game.step(taken)
        turn: Turn = self._talk.turn(step, self._game.available_actions())
        return BaseTextEnvStepOutput(
            observations=_said(turn.messages),
            reward=turn.reward,
            done=turn.ended,
            metadata={"action": None if taken is None else taken.text, "score": self._talk.tally.score},
        )

    def get_metrics(self) -> dict[str, Any]:
        """How the episode went."""
        tally = self._talk.tally
        return {
            "score": tally.score,
            "success": float(tally.success),
            "turns": self.turns,
            "unread": tally.unread,
        }

    def close(self) -> None:
        """Free everything."""
        self._game.close()


def _said(messages: Iterable[Message]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]
