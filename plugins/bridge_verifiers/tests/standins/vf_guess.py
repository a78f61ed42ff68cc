"""A stand-in for somebody's game of verifiers: an environment of its own that speaks for the user, over tasks without end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import verifiers.v1 as vf

__all__ = ["GuessEnv", "GuessTaskset"]


class GuessData(vf.TaskData):
    number: int
    broken: bool = False


class GuessTask(vf.Task[GuessData]):
    pass


class GuessConfig(vf.TasksetConfig):
    broken: bool = False


class GuessTaskset(vf.Taskset[GuessTask, GuessConfig]):
    INFINITE = True

    def load(self) -> Iterator[GuessTask]:
        for n in itertools.count():
            yield GuessTask(GuessData(number=n * 7 % 100, broken=self.config.broken), self.config.task)


class GuessEnvConfig(vf.EnvConfig):
    player: vf.AgentConfig = vf.AgentConfig()


class GuessEnv(vf.Env[GuessEnvConfig]):
    async def run(self, task: GuessTask, agents: vf.Agents) -> None:
        number = task.data.number
        async with agents.player.interaction(task) as interaction:
            segment = await interaction.turn("Guess a number.")
            tries = 1
            while not segment.terminated and segment.last_reply != str(number) and tries < 5:
                if task.data.broken:
                    raise RuntimeError("the game is lost")
                given = segment.last_reply
                word = "more" if given.isdigit() and int(given) < number else "less"
                segment = await interaction.turn(f"It is {word}.")
                tries += 1
            won = segment.last_reply == str(number)
        interaction.trace.record_reward("game", float(won), 1.0)
        interaction.trace.record_metric("tries", float(tries))
