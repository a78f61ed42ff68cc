from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_algo_agentevol.select import weigh
from agentgym_core.types import EpisodeKey, Outcome, Score, Trajectory, Turn


def played(name: str, score: float | None, *, task: str = "t", turns: int = 1, environment: str = "maze") -> Trajectory:
    outcome = Outcome.POLICY_FAULT if score is None else Outcome.SOLVED if score == 1 else Outcome.FAILED
    key = EpisodeKey(f"{environment}-v1", "", task, 0)
    return Trajectory(
        name, key, "train", outcome, turns=tuple(Turn(0, f"go {n}", "") for n in range(turns)), score=score
    )


def weighed(trajectories: list[Trajectory], **config: Any) -> dict[str, float]:
    scores = [None if item.score is None else Score(item.score) for item in trajectories]
    return {item.trajectory.id: item.weight for item in weigh(trajectories, scores, AgentEvolConfig(**config))}


def test_binary_weights_keep_what_reaches_the_threshold() -> None:
    data = [played("won", 1.0), played("half", 0.5), played("lost", 0.0), played("fault", None)]
    assert weighed(data) == {"won": 1.0}
    assert weighed(data, threshold=0.5) == {"won": 1.0, "half": 1.0}


def test_real_weights_are_the_reward() -> None:
    data = [played("won", 1.0), played("half", 0.5), played("lost", 0.0)]
    assert weighed(data, weighing="real") == {"won": 1.0, "half": 0.5}


def test_thresholds_are_by_environment() -> None:
    data = [played("maze", 0.4), played("babyai", 0.4, environment="babyai")]
    assert weighed(data, thresholds={"babyai": 0.1}) == {"babyai": 1.0}


def test_a_threshold_of_zero_does_not_keep_what_earned_nothing() -> None:
    assert weighed([played("lost", 0.0)], threshold=0.0) == {}


def test_of_equal_actions_one_is_kept_and_of_a_task_the_shortest() -> None:
    data = [played("long", 1.0, turns=3), played("short", 1.0, turns=2), played("again", 1.0, turns=2)]
    assert set(weighed(data, deduplicate="actions")) == {"long", "short"}
    assert set(weighed(data, deduplicate="task")) == {"short"}


@given(st.lists(st.none() | st.floats(0, 1)), st.booleans(), st.floats(0, 1))
def test_faults_never_carry_weight_and_weights_never_exceed_one(
    scores: list[float | None], real: bool, threshold: float
) -> None:
    data = [played(str(number), score) for number, score in enumerate(scores)]
    kept = weighed(data, weighing="real" if real else "binary", threshold=threshold, failures="unlikelihood")
    for number, score in enumerate(scores):
        if score is None:
            assert str(number) not in kept
    assert all(-1 <= weight <= 1 and weight != 0 for weight in kept.values())
