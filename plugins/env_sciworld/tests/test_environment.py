"""An episode as an agent sees it: texts, scores, ends; and that the engine underneath is the stock one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource
from agentgym_core.types import Action, Step
from agentgym_env_sciworld.engine import Engine
from agentgym_env_sciworld.simulator import Said, Simulator
from agentgym_env_sciworld.tasks import Game
from agentgym_env_sciworld.words import declared, some
from agentgym_env_sciworld.world import EngineError

pytestmark = pytest.mark.engine
Source = Callable[..., EnvironmentSource]


@pytest.fixture
def environment(source: Source, engine: Engine) -> Iterator[Environment]:
    with source().make(engine) as made:
        yield made


def play(environment: Environment, *actions: str) -> Step:
    for text in actions:
        step = environment.step(Action(text=text))
    return step


def test_the_first_observation_is_the_task_and_the_room(source: Source, environment: Environment) -> None:
    task, room = environment.reset(source().find("sciworld_0")).split("\n", 1)
    assert task.startswith("Your task is to boil water.")
    assert room.startswith("This room is called the hallway. In it, you see: \n\tthe agent\n")
    assert "You also see:\n\tA door to the art studio (that is closed)" in room


def test_scores_are_hundredths_and_the_raw_one_is_kept(source: Source, environment: Environment) -> None:
    environment.reset(source().find("sciworld-find-animal-3"))
    step = play(environment, "look around", "focus on dove egg")
    assert (step.score, step.ended, step.info) == (0.5, False, {"raw_score": 50, "moves": 1})
    step = play(environment, "look around", "qwxz", "inventory", "task")
    assert (step.score, step.info["moves"]) == (0.5, 1)


def test_no_score_stands_before_the_first_step_though_the_way_is_known(
    source: Source, environment: Environment
) -> None:
    environment.reset(source().find("sciworld-find-animal-3"))
    assert environment.expert() is not None
    step = play(environment, "look around")
    assert (step.score, step.ended) == (0.0, False)


def test_the_wrong_focus_fails_with_a_score_of_zero(source: Source, environment: Environment) -> None:
    environment.reset(source().find("sciworld-find-animal-3"))
    step = play(environment, "focus on fountain")
    assert (step.score, step.terminated, step.success, step.info["raw_score"]) == (0.0, True, False, -100)


def test_the_original_s_limit_on_moves_holds_for_its_ids(source: Source, environment: Environment) -> None:
    for id, truncated in (("sciworld_1", True), ("sciworld-boil-1", False)):
        environment.reset(source().find(id))
        for _ in range(9):
            assert not play(environment, "wait").ended
        step = play(environment, "wait1")
        assert step.info["moves"] == 101
        assert (step.truncated, step.terminated, step.success) == (truncated, False, False)


def test_an_ambiguous_request_is_answered_by_a_number(source: Source, environment: Environment) -> None:
    environment.reset(source().find("sciworld-boil-0"))
    step = play(environment, "open door to kitchen", "go to kitchen", "open door")
    assert step.observation.startswith("Ambiguous request")
    listed = environment.available_actions()
    assert listed is not None
    assert "0" in listed
    assert "Ambiguous" not in play(environment, "0").observation
    play(environment, "open door")
    assert play(environment, "never mind").observation.startswith("Unknown action.")


@pytest.mark.parametrize(
    "text", ["", "\n", "look\naround", "\ud800", "a" * 5000, "open \\n door", "\0", "ünï 🧪", "help", "objects"]
)
def test_no_text_breaks_it(source: Source, environment: Environment, text: str) -> None:
    environment.reset(source().find("sciworld-boil-0"))
    assert not play(environment, text).ended
    assert "hallway" in play(environment, "look around").observation


def test_available_actions_are_declared_and_capped(source: Source, environment: Environment) -> None:
    grammar = Grammar(source().description.actions)
    environment.reset(source().find("sciworld-boil-0"))
    play(environment, "open door to kitchen", "go to kitchen")
    listed = environment.available_actions()
    assert listed is not None
    assert len(listed) == 500
    assert listed == sorted(set(listed))
    assert {"open cupboard", "pick up thermometer", "go to hallway", "look around"} <= set(listed)
    assert all(grammar.action(text).name and grammar.action(text).text == text for text in listed)


def test_the_engine_s_words_become_the_declared_ones() -> None:
    words = {
        "go kitchen": "go to kitchen",
        "go to kitchen": "go to kitchen",
        "examine steam": "look at steam",
        "drop light": "put down light",
        "pour cup in sink": "pour cup into sink",
        "dunk jug in water in sink": "dunk jug in water in sink",
        "wait1": "wait1",
    }
    assert {text: declared(text) for text in words} == words
    assert some(["look around", *(f"move a{n:03} to b" for n in range(100))], 31)[0] == "look around"


def test_off_its_plan_the_expert_finds_back(source: Source, environment: Environment) -> None:
    environment.reset(source().find("sciworld-find-animal-3"))
    play(environment, "open door to kitchen", "go to kitchen", "blah", "look around")
    move = environment.expert()
    assert move == environment.expert()
    for _ in range(20):
        assert move is not None
        step = play(environment, move.action)
        if step.ended:
            break
        move = environment.expert()
    assert step.success


def test_a_lost_game_has_no_expert(source: Source, environment: Environment) -> None:
    environment.reset(source().find("sciworld-chemistry-mix-0"))
    expert = environment.expert()
    assert expert is not None
    assert expert.thought.startswith("I must mix substances into a new one.")


def test_a_picture_escapes_what_it_shows(source: Source, environment: Environment) -> None:
    environment.reset(source().find("sciworld-boil-0"))
    picture = environment.render()
    assert isinstance(picture, str)
    assert picture.startswith("<pre>This room is called the hallway.")


def _stock(simulator: Simulator, game: Game, actions: list[str]) -> list[tuple[str, int, bool]]:
    """The same inputs through the interface that the stock wrapper calls, in the same JVM."""
    simulator.load(game)
    with simulator.world.turn(simulator.place) as interface:
        interface.step("look around")
        return [
            (str(interface.step(text)), round(100 * interface.getScore()), bool(interface.getCompleted()))
            for text in actions
        ]


@pytest.mark.parametrize(
    "kind", ["melt", "power-component", "chemistry-mix", "identify-life-stages-2", "test-conductivity"]
)
def test_steps_are_those_of_the_stock_interface(engine: Engine, kind: str) -> None:
    simulator, game, chance = engine.simulator(), Game(kind, 2), random.Random(kind)
    simulator.load(game)
    actions = []
    for text in engine.gold(game)[:12]:
        actions += [text, chance.choice(simulator.actions())] if chance.random() < 0.5 else [text, "not a thing"]
        simulator.step(text)
    actions = [text for text in actions if not text.startswith(("focus", "reset"))]
    simulator.load(game)
    simulator.step("look around")
    direct = [simulator.step(text) for text in actions]
    assert [(said.text, said.raw, said.completed) for said in direct] == _stock(simulator, game, actions)


def test_what_others_play_meanwhile_changes_nothing(engine: Engine) -> None:
    games = [Game("melt", 3), Game("grow-plant", 1), Game("find-plant", 7)]
    ways = [engine.gold(game)[:30] for game in games]
    alone: list[list[Said]] = []
    together: list[list[Said]] = [[] for _ in games]
    for game, way in zip(games, ways, strict=True):
        simulator = engine.simulator()
        simulator.load(game)
        alone.append([simulator.step(text) for text in way])
    simulators = [engine.simulator() for _ in games]
    for simulator, game in zip(simulators, games, strict=True):
        simulator.load(game)
    for turn in range(30):
        for at, way in enumerate(ways):
            if turn < len(way):
                together[at].append(simulators[at].step(way[turn]))
                simulators[(at + 1) % 3].look()
    assert together == alone


def test_a_numbered_list_waits_while_another_plays(engine: Engine) -> None:
    way = ("open door to kitchen", "go to kitchen", "open door", "0", "look around")
    alone, here, other = engine.simulator(), engine.simulator(), engine.simulator()
    alone.load(Game("boil", 0))
    here.load(Game("boil", 0))
    other.load(Game("find-plant", 7))
    expected = [alone.step(text) for text in way]
    said = []
    for text in way:
        said.append(here.step(text))
        other.step("task")
        assert other.step("look around").text != said[-1].text
    assert said == expected
    assert expected[2].ambiguous


def test_a_game_that_cannot_be_loaded_leaves_others_alone(engine: Engine) -> None:
    neighbour = engine.simulator()
    neighbour.load(Game("boil", 0))
    with pytest.raises(EngineError, match="cannot load no-such-kind 0"):
        engine.simulator().load(Game("no-such-kind", 0))
    assert "boil water" in neighbour.step("task").text


def test_a_way_that_is_too_long_is_drawn_together(engine: Engine) -> None:
    game = Game("inclined-plane-friction-unnamed-surfaces", 50)
    simulator = engine.simulator()
    simulator.load(game)
    simulator.step("look around")
    way = engine.gold(game)
    assert len(way) < 100
    assert simulator.solves(way)
