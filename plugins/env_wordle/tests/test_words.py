"""What a guess tells, and where words come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_wordle.words import ANSWERS, WIN, WordList, from_file, packaged, split_of

# Few letters, so that words share them.
alphabet = st.text(alphabet="abcd", min_size=5, max_size=5)


def answer(guess: str, target: str) -> str:
    """The rule, letter by letter."""
    marks = ["g" if a == b else "y" if a in target else "b" for a, b in zip(guess, target, strict=True)]
    return " ".join(marks) + "\n"


@given(words=st.lists(alphabet, min_size=1, max_size=30, unique=True))
def test_answers_follow_the_rule_letter_by_letter(words: list[str]) -> None:
    known = WordList(tuple(words))
    for place, guess in enumerate(words):
        told = [ANSWERS[code] for code in known.answers(place)]
        assert told == [answer(guess, target) for target in words]
        assert [code == WIN for code in known.answers(place)] == [target == guess for target in words]


def test_surplus_copies_of_a_letter_are_not_counted() -> None:
    known = WordList(("aroma", "panic"))
    assert ANSWERS[known.answers(0)[1]] == "y b b b y\n"


def test_rows_are_the_same_when_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from agentgym_env_wordle import words

    monkeypatch.setattr(words, "_KEPT_ROWS", 2)
    known = WordList(packaged().words[:10])
    first = [known.answers(place) for place in range(10)]
    assert [known.answers(place) for place in range(10)] == first


def test_the_packaged_words_are_five_letters_once_each_in_order() -> None:
    words = packaged().words
    assert len(words) == 927
    assert list(words) == sorted(set(words))
    assert all(len(word) == 5 and word.isascii() and word.isalpha() and word.islower() for word in words)
    assert packaged() is packaged()


def test_a_word_is_in_one_split() -> None:
    known = packaged()
    train, evaluation = known.indices("train"), known.indices("eval")
    assert sorted(train + evaluation) == list(range(len(known.words)))
    assert all(split_of(known.words[index]) == "eval" for index in evaluation)
    assert len(evaluation) > 150


def test_a_file_keeps_its_order(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text("trove\npanic\n\naroma\n")
    words, official = from_file(path)
    assert (words.words, official) == (("trove", "panic", "aroma"), False)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text("trove\npanic\n")
    assert len(from_file(path)[0].words) == 2
    path.write_text("trove\npanic\naroma\n")
    assert len(from_file(path)[0].words) == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"panic\nfour\n", "word 2 is 'four'"),
        (b"Panic\n", "word 1 is 'Panic'"),
        ("crêpe\n".encode(), "not five lower-case letters"),
        (b"panic\naroma\npanic\n", "'panic' comes twice"),
        (b"\n\n", "holds no words"),
        (b"\xff\xfe\x00", "cannot read words"),
    ],
)
def test_a_file_that_is_no_word_list_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "words"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=says):
        from_file(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot read words"):
        from_file(tmp_path / "nowhere")
