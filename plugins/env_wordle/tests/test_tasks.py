"""Splits, ids, and what keeps evaluation apart from training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError, TaskNotFound

Source = Callable[..., EnvironmentSource]


def test_splits_have_their_sizes(source: Source) -> None:
    wordle = source()
    assert dict(wordle.splits) == {"train": 2000, "eval": 240}
    assert {split: len(wordle.tasks(split)) for split in wordle.splits} == dict(wordle.splits)
    assert wordle.description.max_rounds == 8


def test_no_task_comes_twice(source: Source) -> None:
    wordle = source()
    fingerprints = [task.fingerprint for split in wordle.splits for task in wordle.tasks(split)]
    assert len(set(fingerprints)) == len(fingerprints) == 2240


def test_train_and_eval_share_no_word_and_no_seed(source: Source) -> None:
    wordle = source()
    words, seeds = (
        [{value for task in wordle.tasks(split) for value in pick(task.data)} for split in ("train", "eval")]
        for pick in (lambda puzzle: puzzle.words, lambda puzzle: [puzzle.seed])
    )
    assert not words[0] & words[1]
    assert not seeds[0] & seeds[1]
    assert (len(words[0]), len(words[1])) == (737, 190)


def test_every_task_draws_forty_words_of_its_own(source: Source) -> None:
    tasks = source().tasks("train")[:50]
    assert all(len(set(task.data.words)) == 40 for task in tasks)
    assert len({task.data.words for task in tasks}) == 50


def test_all_words_of_a_split_can_be_taken(source: Source) -> None:
    assert len(source(vocabulary_size=None).tasks("eval")[0].data.words) == 190


def test_other_seeds_give_other_tasks(source: Source) -> None:
    assert source(seed=1).tasks("eval")[0].fingerprint != source().tasks("eval")[0].fingerprint


@pytest.mark.parametrize("id", ["wordle-train-2000", "wordle-eval--1", "lmrlgym_wordle_0", ""])
def test_unknown_ids_are_refused(source: Source, id: str) -> None:
    with pytest.raises(TaskNotFound):
        source().find(id)


def test_the_original_file_adds_the_original_ids(source: Source, stand_in: Path) -> None:
    wordle = source(vocabulary=str(stand_in))
    assert dict(wordle.splits) == {"train": 2000, "eval": 240, "agenteval": 25, "agenttraj": 1426}
    task = wordle.find("lmrlgym_wordle_7")
    assert (task.split, task.data.seed) == ("agenteval", 7)
    assert "\n".join(task.data.words) == stand_in.read_text()
    assert wordle.find("lmrlgym_wordle_1450").split == "agenttraj"
    assert set(wordle.description.evaluation) >= {"eval", "agenteval"}
    # Its own splits stay those of the packaged words.
    assert wordle.find("wordle-eval-0") == source().find("wordle-eval-0")


def test_any_other_file_takes_the_place_of_the_packaged_words(source: Source, forty: Path) -> None:
    wordle = source(vocabulary=str(forty), vocabulary_size=5)
    assert set(wordle.splits) == {"train", "eval"}
    drawn = {word for split in wordle.splits for task in wordle.tasks(split)[:50] for word in task.data.words}
    assert drawn <= set(forty.read_text().split())
    assert wordle.description.version != source().description.version


def test_a_list_too_short_is_refused_with_a_way_out(source: Source, forty: Path) -> None:
    with pytest.raises(ConfigError, match=r"40 words leave .* fewer than vocabulary_size \(40\)"):
        source(vocabulary=str(forty))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"vocabulary": "no/such/file"}, "vocabulary: cannot read words"),
        ({"vocabulary_size": 1}, "vocabulary_size"),
        ({"attempts": 0}, "attempts"),
        ({"vocabulry": "x"}, "did you mean 'vocabulary'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(source: Source, config: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        source(**config)


def test_every_published_id_is_there_and_leaks_stay_in_evaluation(source: Source, stand_in: Path) -> None:
    folder = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference" / "item_ids"
    if not folder.is_dir():
        pytest.skip("the published item ids are not here")
    wordle = source(vocabulary=str(stand_in))
    test, train = (set(json.loads((folder / f"lmrlgym_wordle_{name}.json").read_text())) for name in ("test", "train"))
    assert {wordle.find(id).split for id in test} == {"agenteval"}
    assert (len(test), len(train), len(test & train)) == (25, 955, 21)
    assert {wordle.find(id).split for id in train - test} == {"agenttraj"}
    assert {wordle.find(id).split for id in train & test} == {"agenteval"}


def test_a_small_lexicon_is_spread_over_the_list_and_its_words_are_split_as_ever(source: Source) -> None:
    small, whole = source(lexicon=60, vocabulary_size=5), source()
    words = {split: {word for task in small.tasks(split) for word in task.data.words} for split in ("train", "eval")}
    assert len(words["train"] | words["eval"]) == 60
    assert not words["train"] & words["eval"]
    assert words["train"] < {word for task in whole.tasks("train") for word in task.data.words}


def test_games_can_be_held_out_in_place_of_words(source: Source) -> None:
    shared = source(lexicon=60, vocabulary_size=8, held_out="games")
    train, held = shared.tasks("train"), shared.tasks("eval")
    words = [{word for task in tasks for word in task.data.words} for tasks in (train, held)]
    assert words[0] == words[1]
    assert len(words[0]) == 60
    assert not {frozenset(task.data.words) for task in train} & {frozenset(task.data.words) for task in held}


def test_a_lexicon_too_small_for_a_task_is_refused(source: Source) -> None:
    with pytest.raises(ConfigError, match=r"held_out = 'games'"):
        source(lexicon=40)
    assert len(source(lexicon=40, held_out="games").tasks("eval")[0].data.words) == 40
