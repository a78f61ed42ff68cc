"""Any taskset of verifiers as an environment of ours: whoever plays is the model that verifiers asks."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import verifiers.v1 as vf

from agentgym_bridge.seeded import RewardAccumulator, plain
from agentgym_bridge_verifiers.episodes import Ended, Episodes
from agentgym_bridge_verifiers.from_config import FromVerifiersConfig
from agentgym_core.environment import Description, Environment, TaskList
from agentgym_core.errors import ComponentUnavailable, EnvironmentFault, sayable
from agentgym_core.types import Action, Step, Task, digest

HARNESS = {"id": "agentgym-bridge-verifiers"}


class FromVerifiersEnvironment(Environment):
    """An action is a whole reply. A reward comes at the end: the sum of the taskset's, in the range declared."""

    config: FromVerifiersConfig

    def __init__(self, config: FromVerifiersConfig, engine: Any = None) -> None:
        super().__init__(config, engine)
        self._rows = _loaded(config)
        self._episodes = Episodes(_env_config(config), config.seconds)
        self._score = RewardAccumulator(config)

    @classmethod
    def describe(cls, config: FromVerifiersConfig) -> Description:
        """As the configuration says, and as many tasks as there are.

        :raises ComponentUnavailable: the taskset cannot be loaded, or its environment has not one seat.
        """
        _seat(config)
        count = len(_loaded(config))
        held_out = min(config.eval, count)
        return Description(
            instruction=config.instruction,
            splits={"train": count - held_out, "eval": held_out},
            max_rounds=config.max_rounds,
            deterministic=config.deterministic,
            reset_seconds=config.seconds + 30,
            step_seconds=config.seconds + 5,
        )

    @classmethod
    def tasks(cls, config: FromVerifiersConfig, split: str) -> Sequence[Task]:
        """The taskset's own, under their ids where each has one."""
        rows = _loaded(config)
        held_out = min(config.eval, len(rows))
        places = range(held_out) if split == "eval" else range(held_out, len(rows))
        own = [str(row.data.id or "") for row in rows]
        ids = own if all(own) and len(set(own)) == len(own) else [str(place) for place in range(len(rows))]
        where = {ids[place]: place for place in places}

        def make(id: str) -> Task:
            place = where[id]
            content = rows[place].data.model_dump(mode="json", exclude={"idx"})
            return Task(id, split, fingerprint=digest([config.taskset, content]), data=place)

        return TaskList(list(where), make)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Start an episode; `seed` changes nothing. What the model is asked first is shown."""
        self._score = RewardAccumulator(self.config)
        told = self._episodes.begin(self._rows[task.data])
        if isinstance(told, Ended):
            raise EnvironmentFault(f"{self.config.taskset}: the model was not asked anything: {told.words}")
        return sayable(told)

    def step(self, action: Action) -> Step:
        """Answer with a reply, and see what the model is asked next."""
        told = self._episodes.answer(sayable(action.text))
        if not isinstance(told, Ended):
            return Step(sayable(told), self._score.add(None))
        if told.reward is None:
            raise EnvironmentFault(f"{self.config.taskset}: {told.words}")
        score = self._score.add(told.reward)
        info = plain({"raw_reward": told.reward, "stop": told.words, **told.metrics})
        return Step("The episode is over.", score, terminated=not told.cut, truncated=told.cut, info=info)

    def close(self) -> None:
        """End what runs, and the threads."""
        self._episodes.close()


def _loaded(config: FromVerifiersConfig) -> list[Any]:
    return _load(config.taskset, json.dumps(config.settings, sort_keys=True), config.train + config.eval)


@lru_cache(maxsize=8)
def _load(taskset: str, settings: str, limit: int) -> list[Any]:
    try:
        kind = vf.taskset_config_type(taskset)
        rows = vf.load_taskset(kind.model_validate({**json.loads(settings), "id": taskset}))
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ComponentUnavailable(
            f"verifiers cannot load the taskset {taskset!r}: {str(error)[:500]}",
            hint="is its package installed beside verifiers, and are its settings complete?",
        ) from error
    return list(itertools.islice(rows, limit))


def _env_config(config: FromVerifiersConfig) -> Any:
    taskset = {**config.settings, "id": config.taskset}
    name = _seat(config)
    # The seat's program is ours: it asks the model in this process, and none is started for an episode.
    seat = {**config.env.get(name, {}), "harness": HARNESS, "runtime": {"type": "subprocess"}}
    return vf.resolve_env_config({**config.env, "taskset": taskset, name: seat})


def _seat(config: FromVerifiersConfig) -> str:
    _loaded(config)
    bare = vf.env_config_type(config.taskset, str(config.env.get("id", "")))
    seats: list[str] = [name for name, field in bare.model_fields.items() if isinstance(field.default, vf.AgentConfig)]
    if len(seats) != 1:
        raise ComponentUnavailable(
            f"the environment of {config.taskset!r} has {len(seats)} seats: {', '.join(seats)}",
            hint="one with a single seat can be played; env.id chooses another environment for the taskset",
        )
    return seats[0]
