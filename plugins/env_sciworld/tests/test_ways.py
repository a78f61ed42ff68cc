"""What becomes of a way that is too long or that fails; no engine is needed."""

from __future__ import annotations

import pytest

from agentgym_env_sciworld.ways import candidates, cut, drawn_together

TICKS = {"wait": 11, "wait1": 2}
TASK = "If the trait is dominant, focus on the red box. If the trait is recessive, focus on the blue box."


def ticks(way: tuple[str, ...]) -> int:
    return sum(TICKS.get(action, 1) for action in way)


@pytest.mark.parametrize("times", range(1, 60))
@pytest.mark.parametrize("action", ["look at block", "wait1"])
def test_what_is_drawn_together_takes_as_many_ticks(times: int, action: str) -> None:
    way = ("pick up block", *(action,) * times, "focus on block")
    shorter = drawn_together(way)
    assert ticks(shorter) == ticks(way)
    assert (shorter[0], shorter[-1]) == ("pick up block", "focus on block")
    assert len(shorter) <= 2 + 10 + times * ticks((action,)) // 11


def test_what_is_not_idle_stays() -> None:
    way = ("activate sink",) * 12 + ("look around",) * 12 + ("look at cup", "wait", "look at cup")
    assert drawn_together(way) == way


def test_a_cut_way_keeps_its_start_and_its_answer() -> None:
    way = (*(f"open door {at}" for at in range(9)), "focus on red box", "wait1")
    assert cut(way, 5) == ("open door 0", "open door 1", "open door 2", "focus on red box", "wait1")
    assert cut(way, 11) == way


def test_none_is_longer_than_allowed_and_every_box_is_tried() -> None:
    way = (*("go to kitchen", "look around") * 20, "focus on red box", "wait1")
    tried = list(candidates(way, TASK, 10))
    assert all(len(candidate) <= 10 for candidate in tried)
    assert [candidate[-1] for candidate in tried if "focus on blue box" in candidate] == ["focus on blue box"]


def test_a_way_that_only_stops_early_is_tried_with_waits() -> None:
    assert list(candidates(("activate stove",), "Your task is to boil water.", 4)) == [
        ("activate stove",),
        ("activate stove", "wait", "wait", "wait"),
    ]
