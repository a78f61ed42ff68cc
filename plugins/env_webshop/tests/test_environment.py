"""The environment: what a policy sees and may do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentgym_core.rollout import make_environment
from agentgym_core.types import Step

CONFIG = {"products": 600, "train": 200, "eval": 40}


def test_what_the_page_does_not_have_changes_nothing_and_is_told(play: Callable[..., list[Step]]) -> None:
    opening, step = play("webshop-train-0", ["click[buy now]"])
    assert (
        step.observation
        == f"{opening.observation}\nNothing happened: that is neither search[...] nor a click on what the page has: a search bar."
    )
    assert (step.score, step.ended) == (0.0, False)
    opening, step = play("webshop-train-0", ["click[buy now]"], verbatim=True)
    assert step.observation == opening.observation


def test_clicks_are_read_in_any_case(play: Callable[..., list[Step]]) -> None:
    steps = play("webshop-train-0", ["search[shorts]", "click[Next >]", "click[< PREV]", "click[Back to Search]"])
    assert steps[1].observation == steps[3].observation
    assert steps[4].observation == steps[0].observation


@pytest.mark.parametrize("action", ["search[" + "red shorts " * 900_000 + "]", "click[" + "x" * 10_000_000 + "]"])
def test_an_action_of_megabytes_is_only_long(play: Callable[..., list[Step]], action: str) -> None:
    opening, step = play("webshop-train-0", [action])
    assert not step.ended
    assert len(step.observation) < 20_000
    assert opening.observation


def test_the_parts_of_the_score_are_told() -> None:
    with make_environment("webshop", CONFIG, needs=["expert"]) as environment:
        environment.reset("webshop-eval-3")
        while (move := environment.expert()) is not None:
            step = environment.step(move.action)
    assert step.score == 1.0
    assert step.success
    assert step.info["type"] == 1.0
    assert step.info["price"] is True


def test_a_person_can_shop_in_a_page_of_html() -> None:
    with make_environment("webshop", CONFIG, needs=["render"]) as environment:
        environment.reset("webshop-eval-3")
        page = environment.render()
        assert isinstance(page, str)
        assert 'name="keywords"' in page
        environment.step("search[shorts]")
        page = environment.render()
        assert isinstance(page, str)
        assert 'value="click[next &gt;]"' in page
