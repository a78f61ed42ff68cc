"""The small parts: expressions, names, goals, facts, and what the doctor says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.errors import ComponentUnavailable, ConfigError
from agentgym_env_alfworld import doctor, generate, package
from agentgym_env_alfworld.expressions import expression
from agentgym_env_alfworld.facts import Facts, Pattern
from agentgym_env_alfworld.goal import Goal, read_goal
from agentgym_env_alfworld.names import names_of

NAMES = {"o": ("apple_bar_1", "apple 1"), "r": ("fridge_bar_1", "")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("o.name", "apple 1"),
        ("o", "apple 1"),
        ("o.id", "apple_bar_1"),
        ("o.indefinite + ' ' + o.name", "a apple 1"),
        ("r.name or r.id", "fridge_bar_1"),
        (" o.definite ", "the"),
    ],
)
def test_expressions_join_names(text: str, value: str) -> None:
    assert expression(text)(NAMES) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "o.name()", "o.__class__", "[o for o in o]", "o.name * 9**9", "lambda: o", "o['name']", "(",
        "o.name if o else r", "f'{o}'", "1", "o.name.upper", "+".join(["o"] * 9000),
    ],
)  # fmt: skip
def test_expressions_that_do_more_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="not understood"):
        expression(text)


@given(st.lists(st.tuples(st.sampled_from(["mug", "sink", "cd"]), st.integers(-999, 999)), unique=True, max_size=20))
def test_names_number_each_type_from_one(things: list[tuple[str, int]]) -> None:
    ids = [generate.mangled(f"{type}|{number:+05d}") for type, number in things]
    names = names_of(ids)
    for wanted in ("mug", "sink", "cd"):
        numbers = [int(names[id].split()[1]) for id in sorted(ids) if id.startswith(wanted)]
        assert numbers == list(range(len(numbers), 0, -1))


def test_a_basin_is_named_with_its_sink() -> None:
    names = names_of(["sink_bar_1_bar_sinkbasin", "sink_bar_0", "agent1"])
    assert names == {"sink_bar_1_bar_sinkbasin": "sinkbasin 1", "sink_bar_0": "sink 1", "agent1": "agent1 "}


def test_goals_are_read_from_the_problem() -> None:
    for kind, goal in (
        ("pick_and_place_simple", Goal("mug", target="desk")),
        ("pick_clean_then_place_in_recep", Goal("mug", target="desk", state="clean")),
        ("pick_heat_then_place_in_recep", Goal("mug", target="desk", state="hot")),
        ("pick_cool_then_place_in_recep", Goal("mug", target="desk", state="cool")),
        ("pick_two_obj_and_place", Goal("mug", target="desk", count=2)),
        ("look_at_obj_in_light", Goal("mug", lamp="desklamp")),
    ):
        text = package.goals()[kind]["pddl"].format(obj="Mug", recep="Desk", toggle="DeskLamp", mrecep="")
        assert read_goal(f"(define {text}") == goal


@pytest.mark.parametrize("kind", ["pick_and_place_with_movable_recep", "pick_heat_then_place_in_recep_slice"])
def test_goals_of_other_kinds_are_left_alone(kind: str) -> None:
    text = package.goals()[kind]["pddl"].format(obj="Mug", recep="Desk", toggle="", mrecep="Bowl")
    assert read_goal(text) is None
    assert read_goal("no goal at all") is None


def test_facts_answer_in_order_and_never_name_one_thing_twice() -> None:
    signature = ("in", ("object", "place"))
    facts = Facts({signature: frozenset({("b", "x"), ("a", "x"), ("c", "y")})}, lambda types: [types])
    one, other, place = ("o", "object"), ("p", "object"), ("r", "place")
    both = (Pattern("in", (one, place)), Pattern("in", (other, place)))
    assert [(found[one][0], found[other][0]) for found in facts.answers(both, {})] == [("a", "b"), ("b", "a")]
    facts.become(("not_in", signature[1]), ("a", "x"))
    assert facts.all("in") == [("b", "x"), ("c", "y")]
    assert not facts.holds(both, {})
    assert facts.holds((Pattern("in", (one, place)),), {place: ("y", "place")})


def test_the_doctor_names_parts_versions_and_licences(monkeypatch: pytest.MonkeyPatch) -> None:
    said = doctor.doctor()
    assert all(fine for _, fine, _ in said)
    assert [what for what, _, _ in said if "GPL" in what] == [
        what for what, _, _ in said if what.startswith(("fast-downward-textworld", "jericho"))
    ]
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    broken = {what.split()[0]: fix for what, fine, fix in doctor.doctor() if not fine}
    assert "pip install" in broken["fast-downward-textworld"]


def test_a_package_that_is_not_whole_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package.domain.cache_clear()
    monkeypatch.setattr(package, "folder", lambda: tmp_path)
    with pytest.raises(ComponentUnavailable, match=r"lacks data/alfred\.pddl") as caught:
        package.domain()
    assert "pip install" in caught.value.hint
