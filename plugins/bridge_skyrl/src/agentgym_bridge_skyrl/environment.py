"""An environment behind SkyRL's interface of texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

from agentgym_core.actions import Grammar
from agentgym_core.errors import ConfigError
from agentgym_core.prompts import default_style
from agentgym_core.rollout import make_environment


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
        description = self._game.description
        self._grammar = Grammar(description.actions, settings.get("format", "react"))
        self._style = default_style(description, self._grammar, acknowledge=False)
        self._shows = description.show_actions
        self.max_turns = int(settings.get("max_turns") or row.get("max_turns") or description.max_rounds)
        self._score = 0.0
        self._success = False
        self._unread = 0

    def init(self, prompt: list[dict[str, str]]) -> tuple[list[dict[str, str]], dict[str, Any]]:
        """Start the episode: the row's prompt, and behind it the instruction, how actions are written, and the first observation."""
        first = self._game.reset(self._task)
        return [*prompt, *self._said(first, first=True)], {"task": self._task}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """Take the action of a reply. One that cannot be read is told why, and costs a turn."""
        self.turns += 1
        reading = self._grammar.read(action)
        reward, ended, shown = 0.0, False, reading.error or ""
        if reading.action is None:
            self._unread += 1
        else:
            step = self._game.step(reading.action)
            reward, self._score = step.score - self._score, step.score
            self._success = step.score >= 1 if step.success is None else step.success
            ended, shown = step.ended, step.observation
        done = ended or self.turns >= self.max_turns
        return BaseTextEnvStepOutput(
            observations=[] if done else self._said(shown, first=False),
            reward=reward,
            done=done,
            metadata={"action": None if reading.action is None else reading.action.text, "score": self._score},
        )

    def get_metrics(self) -> dict[str, Any]:
        """How the episode went."""
        return {"score": self._score, "success": float(self._success), "turns": self.turns, "unread": self._unread}

    def close(self) -> None:
        """Free everything."""
        self._game.close()

    def _said(self, text: str, *, first: bool) -> list[dict[str, str]]:
        listed = self._game.available_actions() if self._shows else None
        return [{"role": "user", "content": self._style.observation(text, first=first, available=listed)}]
