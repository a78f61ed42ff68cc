"""One wrong reward, policy or algorithm for each promise: it breaks that one and keeps all others."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path

from agentgym_core import (
    Algorithm,
    AlgorithmResult,
    ComponentChoice,
    Context,
    ExpertAction,
    Policy,
    Reply,
    Request,
    Reward,
    Score,
    Trajectory,
    WeightedTrajectory,
)


class Earned(Reward):
    def score(self, trajectory: Trajectory) -> Score:
        return Score(trajectory.score or 0.0)


class TooMuch(Earned):
    def score(self, trajectory: Trajectory) -> Score:
        return Score(1.0 + (trajectory.score or 0.0))


class NoJson(Earned):
    def score(self, trajectory: Trajectory) -> Score:
        return Score(trajectory.score or 0.0, {"ratio": float("inf")})


class Counts(Earned):
    def __init__(self) -> None:
        self.seen = 0

    def score(self, trajectory: Trajectory) -> Score:
        self.seen += 1
        return Score(1.0 / self.seen)


class Changes(Earned):
    def score(self, trajectory: Trajectory) -> Score:
        trajectory.info["scored"] = True  # type: ignore[index]
        return super().score(trajectory)


class Right(Policy):
    async def act(self, request: Request) -> Reply:
        return Reply(*request.renderer.render(ExpertAction("", "open door 1")))


class Needy(Right):
    needs = frozenset({"available_actions"})


class OneAtATime(Right):
    busy = False

    async def act(self, request: Request) -> Reply:
        if self.busy:
            raise RuntimeError("one at a time, please")
        self.busy = True
        await asyncio.sleep(0)
        self.busy = False
        return await super().act(request)


class ForgetsNobody(Right):
    def __init__(self) -> None:
        self.kept: dict[str, int] = {}

    async def act(self, request: Request) -> Reply:
        self.kept[request.episode] = request.turn
        return await super().act(request)

    async def end(self, episode: str) -> None:
        del self.kept[episode]


class EverNew(Right):
    def weights_digest(self) -> str:
        return uuid.uuid4().hex


class Sound(Algorithm):
    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        context.progress(len(data), len(data), "episodes", {"loss": 0.5})
        return AlgorithmResult({"episodes": len(data)}, ComponentChoice("expert"), str(context.folder))


class TellsNoJson(Sound):
    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        return AlgorithmResult({"folder": Path()}, ComponentChoice("expert"))


class LearnsNothing(Sound):
    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        return AlgorithmResult({})


class ChangesData(Sound):
    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        for item in data:
            item.trajectory.info["seen"] = True  # type: ignore[index]
        return super().run(context, data)


class ForgetsItsFolder(Sound):
    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        began = (context.folder / "began").exists()
        (context.folder / "began").touch()
        return AlgorithmResult({}, ComponentChoice("random" if began else "expert"))


class NeedsData(Sound):
    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        return AlgorithmResult({"mean": sum(item.weight for item in data) / len(data)}, ComponentChoice("expert"))


class BeyondTheEnd(Sound):
    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        context.progress(len(data) + 1, len(data), "episodes")
        return super().run(context, data)
