from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_algo_agentevol.balance import Sizes, balanced
from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_algo_agentevol.lineage import Sourced
from agentgym_core.types import EpisodeKey, Message, Outcome, Trajectory, WeightedTrajectory
from agentgym_tokens import KeptRow


def said(name: str, environment: str, text: str = "go", weight: float = 1.0) -> Sourced:
    messages = (Message("user", "Where?"), Message("assistant", text, loss=True))
    trajectory = Trajectory(name, EpisodeKey(f"{environment}-v1", "", name, 0), "train", Outcome.SOLVED, messages)
    return Sourced(WeightedTrajectory(trajectory, weight), "explore-1", 1, "bc")


def shares(data: list[Sourced], *, tokens: bool) -> dict[str, float]:
    amounts: Counter[str] = Counter()
    for source in data:
        trajectory = source.item.trajectory
        amounts[trajectory.environment] += abs(source.item.weight) * (Sizes().learned(trajectory) if tokens else 1)  # type: ignore[assignment]
    return {name: amount / sum(amounts.values()) for name, amount in amounts.items()}


episodes = st.lists(
    st.tuples(st.sampled_from(["maze", "todo", "wordle"]), st.integers(1, 40), st.sampled_from([1.0, 0.5, -0.1])),
    min_size=1,
    max_size=40,
)


@given(
    episodes,
    st.sampled_from(["trajectories", "tokens"]),
    st.fixed_dictionaries({}, optional={"maze": st.floats(0.5, 3)}),
)
def test_by_weight_the_shares_are_those_that_were_asked_for(
    drawn: list[tuple[str, int, float]], by: str, wanted: dict[str, float]
) -> None:
    data = [said(str(number), name, "x" * length, weight) for number, (name, length, weight) in enumerate(drawn)]
    config = AgentEvolConfig(balance=by, shares=wanted, balance_limit=1e9)
    found = balanced(data, config, Sizes().learned)
    assert [source.item.trajectory for source in found] == [source.item.trajectory for source in data]
    there = {source.item.trajectory.environment for source in data}
    whole = sum(wanted.get(name, 1.0) for name in there)
    assert shares(found, tokens=by == "tokens") == pytest.approx(
        {name: wanted.get(name, 1.0) / whole for name in there}
    )
    # Within an environment nothing changes but the scale, and no sign is turned.
    for name in there:
        factors = [
            after.item.weight / before.item.weight
            for before, after in zip(data, found, strict=True)
            if before.item.trajectory.environment == name
        ]
        assert min(factors) == pytest.approx(max(factors))
        assert min(factors) > 0


@given(episodes, st.randoms())
def test_by_repeating_nothing_is_invented_left_out_or_dependent_on_the_order(
    drawn: list[tuple[str, int, float]], random: Any
) -> None:
    data = [said(str(number), name, "x" * length) for number, (name, length, _) in enumerate(drawn)]
    config = AgentEvolConfig(balance="tokens", balance_by="repeat", balance_limit=1e9)
    found = balanced(data, config, Sizes().learned)
    counts = Counter(source.item.trajectory.id for source in found)
    assert set(counts) == {source.item.trajectory.id for source in data}
    assert {source.item.weight for source in found} == {1.0}
    shuffled = list(data)
    random.shuffle(shuffled)
    assert Counter(source.item.trajectory.id for source in balanced(shuffled, config, Sizes().learned)) == counts
    # As near as whole trajectories come: within the longest one of an environment.
    amounts: Counter[str] = Counter()
    for source in found:
        amounts[source.item.trajectory.environment] += round(Sizes().learned(source.item.trajectory))
    longest = max(len(source.item.trajectory.messages[1].content) for source in data)
    assert max(amounts.values()) - min(amounts.values()) <= 2 * longest


def test_no_environment_is_multiplied_by_more_than_the_limit() -> None:
    data = [said("one", "todo"), *(said(f"m{number}", "maze") for number in range(100))]
    config = AgentEvolConfig(balance="trajectories", balance_limit=4.0)
    weights = {source.item.trajectory.id: source.item.weight for source in balanced(data, config, Sizes().learned)}
    assert weights["one"] / weights["m0"] == pytest.approx(4)
    repeated = balanced(
        data, AgentEvolConfig(balance="trajectories", balance_by="repeat", balance_limit=4.0), Sizes().learned
    )
    assert Counter(source.item.trajectory.id for source in repeated)["one"] == 4


def test_where_it_is_off_nothing_changes() -> None:
    data = [said("a", "todo"), said("b", "maze"), said("c", "maze")]
    assert balanced(data, AgentEvolConfig(), Sizes().learned) == data
    assert balanced([], AgentEvolConfig(balance="tokens"), Sizes().learned) == []


def test_sizes_are_measured_in_the_rows_that_the_learner_kept() -> None:
    maze, todo, other = (said(name, name, "x" * 20).item.trajectory for name in ("maze", "todo", "other"))
    sizes = Sizes()
    assert (sizes.learned(maze), sizes.whole(maze)) == (20, 26)
    sizes.calibrate(
        [KeptRow("maze", 13, 5, ()), KeptRow("todo", 26, 10, ()), KeptRow("stranger", 9, 9, ())], [maze, todo]
    )
    assert sizes.learned(maze) == pytest.approx(5)
    assert sizes.whole(maze) == pytest.approx(13)
    assert sizes.learned(todo) == pytest.approx(10)
    # One that was never learned is taken for the mean of the others.
    assert sizes.learned(other) == pytest.approx(7.5)
    assert sizes.learned(said("long", "maze", "x" * 40).item.trajectory) == pytest.approx(10)


def test_a_trajectory_that_was_handed_over_several_times_is_no_longer_for_that() -> None:
    maze, todo = (said(name, name, "x" * 20).item.trajectory for name in ("maze", "todo"))
    sizes = Sizes()
    rows = [KeptRow("maze", 13, 5, ()), *(KeptRow("todo", 26, 10, ()) for _ in range(3))]
    sizes.calibrate(rows, [maze, todo, todo, todo])
    assert sizes.learned(maze) == pytest.approx(5)
    assert sizes.learned(todo) == pytest.approx(10)
    assert sizes.whole(todo) == pytest.approx(26)


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shares\.maze"):
        AgentEvolConfig(shares={"maze": 0.0})
