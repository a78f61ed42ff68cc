from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_algo_agentevol.config import PRESETS, AgentEvolConfig
from agentgym_algo_agentevol.rates import PassRates
from agentgym_algo_agentevol.select import by_environment, diverging, weigh
from agentgym_core.types import EpisodeKey, Outcome, Score, Trajectory, Turn


def played(
    name: str,
    score: float | None,
    *,
    task: str = "t",
    turns: int = 1,
    environment: str = "maze",
    cut: str = "",
    actions: Sequence[str | None] = (),
) -> Trajectory:
    outcome = Outcome.POLICY_FAULT if score is None else Outcome.SOLVED if score == 1 else Outcome.FAILED
    key = EpisodeKey(f"{environment}-v1", "", task, 0)
    acted = tuple(Turn(0, action, "") for action in actions or [f"go {n}" for n in range(turns)])
    return Trajectory(
        name, key, "train", Outcome.TRUNCATED if cut else outcome, turns=acted, score=score, truncation=cut
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


def test_an_environment_may_ask_for_more_than_the_others() -> None:
    data = [played("maze", 0.6), played("babyai", 0.6, environment="babyai"), played("best", 1.0)]
    assert weighed(data, threshold=0.5, thresholds={"maze": 1.0}) == {"babyai": 1.0, "best": 1.0}


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_a_threshold_outside_of_rewards_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"thresholds\.maze must lie in \[0, 1\]"):
        AgentEvolConfig(thresholds={"maze": threshold})


def test_the_papers_choices_by_one_word_and_settings_beside_it_win() -> None:
    paper = AgentEvolConfig(preset="paper")
    assert (paper.iterations, paper.samples, paper.threshold) == (4, 1, 1.0)
    assert (paper.merge, paper.start, paper.weighing, paper.failures) == ("initial", "restart", "binary", "off")
    assert (AgentEvolConfig(preset="paper", samples=3).samples, AgentEvolConfig(preset="paper").samples) == (3, 1)


def test_the_papers_preset_holds_whatever_the_defaults_become() -> None:
    chosen = {name: getattr(AgentEvolConfig(preset="paper"), name) for name in PRESETS["paper"]}
    assert chosen == PRESETS["paper"]
    assert AgentEvolConfig(preset="paper").model_fields_set >= set(PRESETS["paper"])


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="preset"):
        AgentEvolConfig.model_validate({"preset": "papre"})


def test_a_threshold_of_zero_does_not_keep_what_earned_nothing() -> None:
    assert weighed([played("lost", 0.0)], threshold=0.0) == {}


@pytest.mark.parametrize(
    ("cut", "failed"), [("rounds", True), ("environment", True), ("context", False), ("budget", False)]
)
def test_an_episode_that_ran_out_of_rounds_is_a_failure_and_one_that_was_cut_by_others_is_not(
    cut: str, failed: bool
) -> None:
    assert weighed([played("cut", 0.0, cut=cut)], failures="unlikelihood") == ({"cut": -0.1} if failed else {})


def test_contrast_uses_failures_of_tasks_that_another_sample_solved_from_where_they_part() -> None:
    data = [
        played("won", 1.0, actions=["left", "up", "up"]),
        played("won otherwise", 1.0, actions=["up", "up"]),
        played("lost", 0.0, actions=["left", "up", "down", "up"], cut="rounds"),
        played("never parted", 0.0, actions=["left", "up"], cut="rounds"),
        played("alone", 0.0, task="other", actions=["left"]),
        played("fault", None, actions=["down"]),
    ]
    scores = [None if item.score is None else Score(item.score) for item in data]
    kept = weigh(data, scores, AgentEvolConfig(failures="contrast", failure_weight=0.2, samples=2))
    assert {item.trajectory.id: (item.weight, item.turns) for item in kept} == {
        "won": (1.0, None),
        "won otherwise": (1.0, None),
        "lost": (-0.2, (0.0, 0.0, 1.0, 1.0)),
    }


def test_contrast_needs_several_samples_of_a_task() -> None:
    with pytest.raises(ValueError, match="samples must be at least 2"):
        AgentEvolConfig(failures="contrast")


actions = st.lists(st.sampled_from(["left", "up", None]), min_size=1, max_size=5)


@given(actions, st.lists(actions, max_size=3))
def test_what_a_success_did_too_is_never_pushed_away(lost: list[str | None], won: list[list[str | None]]) -> None:
    turns = diverging(played("lost", 0.0, actions=lost), [played("won", 1.0, actions=other) for other in won])
    if turns is None:
        assert not won or any(other[: len(lost)] == lost for other in won)
        return
    first = turns.index(1.0)
    assert turns == (0.0,) * first + (1.0,) * (len(lost) - first)
    assert any(other[:first] == lost[:first] for other in won)
    assert not any(other[: first + 1] == lost[: first + 1] for other in won)


def test_of_equal_actions_one_is_kept_and_of_a_task_the_shortest() -> None:
    data = [played("long", 1.0, turns=3), played("short b", 1.0, turns=2), played("short a", 1.0, turns=2)]
    assert set(weighed(data, deduplicate="actions")) == {"long", "short a"}
    assert set(weighed(data, deduplicate="task")) == {"short a"}


def test_failures_are_compared_with_failures_alone() -> None:
    data = [played("won", 1.0), played("lost", 0.0), played("lost too", 0.0), played("lost again", 0.0)]
    assert set(weighed(data, deduplicate="actions", failures="unlikelihood")) == {"won", "lost"}
    kept = weighed(data, max_per_task=1, failures="unlikelihood")
    assert set(kept) == {"won", "lost", "lost too", "lost again"}


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


def test_of_each_task_the_best_success_is_kept() -> None:
    data = [
        played("fair", 0.6),
        played("good", 0.9, turns=3),
        played("as good", 0.9, turns=2),
        played("other", 0.3, task="u"),
    ]
    assert weighed(data, select="best", weighing="real") == {"as good": 0.9, "other": 0.3}
    assert weighed(data, select="best", threshold=0.5) == {"as good": 1.0}


def test_a_cap_of_successes_a_task_keeps_the_shortest() -> None:
    data = [*(played(f"t{n}", 1.0, turns=4 - n) for n in range(4)), played("u", 1.0, task="u", turns=9)]
    assert set(weighed(data, max_per_task=2)) == {"t3", "t2", "u"}


def test_tasks_that_every_sample_solves_teach_nothing_more() -> None:
    data = [
        *(played(f"easy{n}", 1.0, task="easy") for n in range(3)),
        played("hard", 1.0, task="hard"),
        played("missed", 0.0, task="hard"),
        # A fault says nothing: two scored attempts, both solved.
        *(played(f"faulty{n}", score, task="faulty") for n, score in enumerate([1.0, None, 1.0])),
        played("single", 1.0, task="single"),
    ]
    assert set(weighed(data, drop_solved=True, samples=3)) == {"hard", "single"}


def test_successes_of_hard_tasks_weigh_more() -> None:
    data = [played("easy", 1.0, task="easy"), played("hard", 1.0, task="hard")]
    rates = PassRates()
    rates.observe((data[0].key.unit, True) for _ in range(8))
    rates.observe((data[1].key.unit, number == 0) for number in range(8))
    scores = [Score(1.0)] * 2
    easy, hard = (item.weight for item in weigh(data, scores, AgentEvolConfig(hardness=1.0), rates))
    assert easy == pytest.approx(1 - rates.rate(data[0].key.unit))
    assert 0 < easy < hard < 1
    assert [item.weight for item in weigh(data, scores, AgentEvolConfig(), rates)] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"drop_solved": True}, "samples must be at least 2"),
        ({"draw": "edge"}, "say how many"),
        ({"patience": 2}, "hold_out = 0.1"),
        ({"rounds": (8, 4)}, "rounds must not fall"),
        ({"match_steps": True, "learner_config_evolution": {"max_steps": 3}}, "leave one of them out"),
        ({"select": "scored", "max_per_task": 2, "hardness": 1.0}, "max_per_task, hardness would do nothing"),
    ],
)
def test_a_setting_that_would_do_nothing_alone_says_what_it_needs(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AgentEvolConfig(**settings)


attempt = st.tuples(st.sampled_from("tuv"), st.sampled_from([0.0, 0.5, 1.0, None]), st.integers(1, 3))


@given(st.lists(attempt, max_size=12), st.randoms(), st.sampled_from(["successes", "best"]), st.booleans())
def test_what_is_selected_does_not_depend_on_the_order_and_invents_nothing(
    attempts: list[tuple[str, float | None, int]], random: Any, select: str, drop: bool
) -> None:
    data = [played(f"{number}", score, task=task, turns=turns) for number, (task, score, turns) in enumerate(attempts)]
    rates = PassRates()
    rates.observe((each.key.unit, each.score == 1.0) for each in data if each.score is not None)
    config = AgentEvolConfig(
        select=select, drop_solved=drop, samples=2, max_per_task=2, hardness=0.5, deduplicate="actions", threshold=0.5
    )

    def selected(order: list[Trajectory]) -> dict[str, float]:
        scores = [None if item.score is None else Score(item.score) for item in order]
        return {item.trajectory.id: item.weight for item in weigh(order, scores, config, rates)}

    kept = selected(data)
    shuffled = list(data)
    random.shuffle(shuffled)
    assert selected(shuffled) == kept
    by_id = {item.id: item for item in data}
    assert all((by_id[id].score or 0) >= 0.5 and 0 < weight <= 1 for id, weight in kept.items())
    tasks = [by_id[id].key.task for id in kept]
    assert all(tasks.count(task) <= (1 if select == "best" else 2) for task in "tuv")


def test_an_iteration_tells_what_it_found_in_each_environment() -> None:
    data = [
        played("a", 1.0), played("b", 0.0), played("c", None), played("d", 0.0, task="u"),
        played("e", 1.0, environment="wordle"), played("f", 1.0, environment="wordle"), played("g", None, environment="todo"),
    ]  # fmt: skip
    scores = [None if item.score is None else Score(item.score) for item in data]
    config = AgentEvolConfig(max_per_task=1)
    assert by_environment(data, scores, weigh(data, scores, config), config) == {
        "maze": {"scored": 3, "successes": 1, "tasks": 2, "tasks_solved": 1, "selected": 1},
        "todo": {"scored": 0, "successes": 0, "tasks": 0, "tasks_solved": 0, "selected": 0},
        "wordle": {"scored": 2, "successes": 2, "tasks": 1, "tasks_solved": 1, "selected": 1},
    }
