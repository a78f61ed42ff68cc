"""A stand-in for somebody's taskset of verifiers: one question, one answer, scored by a reward of the task."""

from __future__ import annotations

import verifiers.v1 as vf

__all__ = ["RiddlesTaskset"]


class RiddleData(vf.TaskData):
    answer: str


class RiddleTask(vf.Task[RiddleData]):
    @vf.reward(weight=2.0)
    async def right(self, trace: vf.Trace) -> float:
        return float(self.data.answer in trace.last_reply)

    @vf.metric
    async def letters(self, trace: vf.Trace) -> float:
        return float(len(trace.last_reply))


class RiddlesConfig(vf.TasksetConfig):
    count: int = 6


class RiddlesTaskset(vf.Taskset[RiddleTask, RiddlesConfig]):
    def load(self) -> list[RiddleTask]:
        return [
            RiddleTask(
                RiddleData(
                    id=f"sum-{n}", prompt=f"What is {n} and {n}?", system_prompt="Only a number.", answer=str(n + n)
                ),
                self.config.task,
            )
            for n in range(self.config.count)
        ]
