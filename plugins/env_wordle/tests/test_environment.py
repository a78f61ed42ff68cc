"""What the game answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action, Step

Source = Callable[..., EnvironmentSource]
Play = Callable[..., list[Step]]
NEEDS = frozenset({"expert", "available_actions"})


def expert_actions(source: EnvironmentSource, task: str) -> list[str]:
    with GuardedEnvironment(source) as instance:
        answer = instance.reset(ResetRequest(task=task, seed=0, needs=NEEDS))
        actions = []
        while answer.expert is not None:
            actions.append(answer.expert.action)
            answer = instance.step(Action(text=actions[-1]))
    return actions


def test_the_words_are_listed_at_the_start(play: Play, source: Source) -> None:
    opening = play("wordle-eval-0", [])[0]
    words = source().find("wordle-eval-0").data.words
    assert opening.observation == f"The word is one of these 40: {' '.join(words)}"
    assert play("wordle-eval-0", [], show_vocabulary=False)[0].observation == "Guess the word."


def test_a_win_scores_one(play: Play, source: Source) -> None:
    steps = play("wordle-eval-1", expert_actions(source(), "wordle-eval-1"))
    assert steps[-1] == Step("g g g g g\n", 1.0, terminated=True, success=True, info={"raw_reward": 0.0})
    assert all(step.score == 0 and not step.ended for step in steps[:-1])


def test_spaces_and_case_do_not_matter(play: Play, source: Source) -> None:
    first = source().find("wordle-eval-0").data.words[5]
    plain, *others = (
        play("wordle-eval-0", [text])[1] for text in (first, " ".join(first), f" {first}\n", first.upper())
    )
    assert plain.observation != "invalid word"
    assert others == [plain] * 3


@pytest.mark.parametrize("text", ["zzzzz", "", "abc", "I guess crane", "crane slate", "ßßßßß", "cran\x00"])
def test_an_invalid_word_says_so_and_uses_an_attempt(play: Play, text: str) -> None:
    steps = play("wordle-eval-0", [text] * 6)[1:]
    assert [step.observation for step in steps] == ["invalid word"] * 6
    assert [step.terminated for step in steps] == [False] * 5 + [True]
    assert steps[-1] == Step("invalid word", 0.0, terminated=True, success=False, info={"raw_reward": -1.0})


def test_the_word_on_the_last_attempt_wins(play: Play, source: Source) -> None:
    task = "wordle-eval-0"
    answered = expert_actions(source(), task)
    steps = play(task, ["zzzzz"] * (6 - len(answered)) + answered)
    assert steps[-1].success is True


def test_words_of_other_tasks_are_invalid(play: Play, source: Source) -> None:
    here, there = (set(source().find(task).data.words) for task in ("wordle-train-0", "wordle-train-1"))
    assert play("wordle-train-0", [min(there - here)])[1].observation == "invalid word"


def test_available_actions_give_nothing_away(source: Source) -> None:
    words = list(source().find("wordle-eval-0").data.words)
    with source().make() as environment:
        environment.reset(source().find("wordle-eval-0"))
        assert environment.available_actions() == words
        environment.step(Action(text=words[0]))
        assert environment.available_actions() == words


def test_the_seed_of_reset_changes_nothing(source: Source) -> None:
    task = source().find("wordle-eval-3")
    told = []
    with source().make() as environment:
        for seed in (None, 0, 7):
            environment.reset(task, seed=seed)
            told.append([environment.step(Action(text=word)) for word in task.data.words[:3]])
    assert told[0] == told[1] == told[2]


def test_the_expert_wins_every_task(source: Source) -> None:
    wordle = source()
    lengths = []
    with GuardedEnvironment(wordle) as instance:
        for split in wordle.splits:
            for task in wordle.tasks(split):
                answer = instance.reset(ResetRequest(task=task.id, seed=0, needs=NEEDS))
                turns = 0
                while answer.expert is not None:
                    answer = instance.step(Action(text=answer.expert.action))
                    turns += 1
                assert answer.step.success is True, task.id
                lengths.append(turns)
    assert max(lengths) <= 6
    assert 2 < sum(lengths) / len(lengths) < 3


def test_the_expert_says_what_is_known(source: Source) -> None:
    with GuardedEnvironment(source()) as instance:
        answer = instance.reset(ResetRequest(task="wordle-train-3", seed=0, needs=NEEDS))
        thoughts = []
        while answer.expert is not None:
            thoughts.append(answer.expert.thought)
            answer = instance.step(Action(text=answer.expert.action))
    assert thoughts == [
        "Left: study, gummy, judge, pants, flyer, shaft, valid, clone and 32 more. I guess study.",
        "study: y y b b b. Left: pants. I guess pants.",
    ]


def test_the_expert_goes_on_after_bad_guesses(source: Source) -> None:
    rng = random.Random(0)
    won = 0
    with GuardedEnvironment(source(attempts=12)) as instance:
        for number in range(40):
            answer = instance.reset(ResetRequest(task=f"wordle-train-{number}", seed=0, needs=NEEDS))
            for _ in range(3):
                if answer.available_actions is not None:
                    answer = instance.step(Action(text=rng.choice(answer.available_actions)))
            while answer.expert is not None:
                answer = instance.step(Action(text=answer.expert.action))
            won += answer.step.success is True
    assert won == 40


def test_the_picture_is_well_formed_and_escaped(source: Source) -> None:
    task = source().find("wordle-eval-0")
    with source().make() as environment:
        environment.reset(task)
        environment.step(Action(text=task.data.words[0]))
        environment.step(Action(text="<script>alert('1')</script>"))
        picture = environment.render()
        for _ in range(9):
            environment.step(Action(text="&<>"))
        late = environment.render()
    assert isinstance(picture, str)
    assert isinstance(late, str)
    table = ElementTree.fromstring(picture.replace("&nbsp;", " "))
    assert len(table.findall("tr")) == 6
    assert [cell.text for cell in table.findall("tr")[0]] == list(task.data.words[0])
    assert "<script" not in picture
    assert "&amp;&lt;&gt;" in late


def test_games_of_the_original_file_play(play: Play, source: Source, stand_in: Path) -> None:
    wordle = source(vocabulary=str(stand_in))
    for number in range(25):
        task = f"lmrlgym_wordle_{number}"
        assert play(task, expert_actions(wordle, task), vocabulary=str(stand_in))[-1].success is True


def test_the_original_games_come_out_as_recorded(play: Play, original: Path) -> None:
    recorded = {
        "lmrlgym_wordle_0": [("panic", "b y b b b\n"), ("solar", "b y b y y\n"), ("aroma", "g g g g g\n")],
        "lmrlgym_wordle_1": [("panic", "y b b y y\n"), ("crimp", "g g g g g\n")],
    }
    for task, turns in recorded.items():
        steps = play(task, [word for word, _ in turns], vocabulary=str(original))
        assert [step.observation for step in steps[1:]] == [answer for _, answer in turns]
