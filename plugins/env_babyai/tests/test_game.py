"""What the game answers: the original's rules, and its faults mended."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.types import Step
from agentgym_env_babyai.game import Game
from agentgym_env_babyai.levels import LEVELS, decode
from agentgym_env_babyai.picture import TILE

Play = Callable[..., list[Step]]


def _first(level: str, wanted: Callable[[Game], bool]) -> Game:
    return next(game for game in (Game(level, seed) for seed in range(300)) if wanted(game))


def test_an_official_task_reads_as_the_recordings_do(play: Play) -> None:
    opening, done = play("babyai_2", ["go to red ball 1"])
    assert opening.observation == (
        "Your goal: go to the red ball\n"
        "In front of you in this room, you can see several objects: "
        "There is a red ball 1 4 steps in front of you and 3 steps to your right.  "
        "The room has walls around you. You are facing a wall 6 steps away. You are not carrying anything."
    )
    assert done.observation.endswith("\n The task is completed.")
    assert (done.terminated, done.success) == (True, True)
    assert done.score == done.info["raw_reward"] == pytest.approx(1 - 0.9 * done.info["engine_steps"] / 64)


def test_official_ids_name_level_and_seed() -> None:
    assert decode(0) == ("GoToRedBallGrey", 0)
    assert decode(11155) == ("SynthLoc", 278)
    assert len(LEVELS) == len(set(LEVELS)) == 40


def _through(game: Game) -> str:
    """The action that goes through a door of the colour that the mission names, or an empty text."""
    colours = game.env.mission.split()
    texts = [text for text in game.offers.actions if text.startswith("toggle and go through")]
    return next((text for text in texts if text.split()[4] in colours), "")


def test_a_success_inside_an_action_counts() -> None:
    game = _first("Open", lambda game: bool(_through(game)))
    answer = game.take(_through(game))
    assert answer.terminated
    assert answer.reward > 0.5
    assert game.history[-1] == 5


def test_a_late_success_counts(play: Play) -> None:
    *_, done = play("babyai_2", ["turn left"] * 48 + ["go to red ball 1"])
    assert done.success is True
    assert 0.1 < done.score < 0.5


def test_time_runs_out_in_the_end(play: Play) -> None:
    *_, before, last = play("babyai_2", ["turn left"] * 64)
    assert not before.ended
    assert (last.truncated, last.terminated, last.success, last.score) == (True, False, False, 0.0)
    assert "too many steps" in last.observation


def test_what_makes_no_sense_costs_no_engine_step_and_earns_nothing(play: Play) -> None:
    for step in play("babyai_2", ["fly", "", "go to red ball 7", "drop", "pickup 1", "check"])[1:]:
        assert (step.score, step.ended, step.info["engine_steps"]) == (0.0, False, 0)


@pytest.mark.parametrize("verb", ["pickup", "pick up", "PICK  UP", "Pickup"])
def test_picking_up_works_as_the_prompt_says(verb: str) -> None:
    game = _first("PickupLoc", lambda game: any(text.startswith("pickup") for text in game.offers.actions))
    label = next(text for text in game.offers.actions if text.startswith("pickup")).removeprefix("pickup ")
    game.take(f"{verb} {label}")
    assert game.env.carrying is not None
    assert f"{game.env.carrying.color} {game.env.carrying.type}" == label.rpartition(" ")[0]


def test_a_name_without_its_number_is_the_only_thing_of_that_name() -> None:
    def alone(game: Game) -> list[str]:
        return [
            text[:-2]
            for text in game.offers.actions
            if text.endswith(" 1") and f"{text[:-2]} 2" not in game.offers.actions
        ]

    game = _first("GoToLocal", lambda game: bool(alone(game)))
    name = alone(game)[0]
    assert not Game("GoToLocal", game.seed, verbatim=True).take(name).valid
    assert game.take(name).valid
    crowded = _first("GoToLocal", lambda game: any(text.endswith(" 2") for text in game.offers.actions))
    twice = next(text for text in crowded.offers.actions if text.endswith(" 2")).removesuffix(" 2")
    assert not crowded.take(twice).valid


def test_in_agentgyms_words_pick_up_is_not_understood() -> None:
    game = Game("PickupLoc", 0, verbatim=True)
    assert game.take("pick up red ball 1").text == "The action is not recognized. Please check valid actions."


def test_the_order_of_clauses_is_told() -> None:
    game = _first("GoToSeqS5R2", lambda game: "then" in game.env.mission)
    assert ", then " in game.goal
    assert ", and " in Game(game.level, game.seed, verbatim=True).goal


def test_a_wrong_door_in_a_strict_mission_fails() -> None:
    game = _first(
        "OpenDoorsOrderN4Debug", lambda game: "then" not in game.env.mission and "after" not in game.env.mission
    )
    for _ in range(30):
        wrong = [t for t in game.offers.actions if t.startswith("toggle and") and t.split()[4] not in game.env.mission]
        answer = game.take(wrong[0] if wrong else "turn left")
        if answer.terminated:
            break
    assert answer.reward == 0
    assert "against the goal" in answer.text
    assert "completed" not in answer.text


def test_a_box_opens_where_a_key_hides_in_it_and_nowhere_else() -> None:
    for level, opens in (("KeyInBox", True), ("GoToLocalS8N7", False)):
        for seed in range(60):
            game = Game(level, seed)
            box = next((text for text in game.offers.actions if text.startswith("go to") and " box " in text), None)
            if box is None or game.take(box).terminated:
                continue
            front = game.sight.facing
            if front == ("box", 1):
                assert ("toggle" in game.offers.actions) is opens
                break
        else:
            pytest.fail(f"no box was faced in {level}")


def test_an_open_door_in_front_can_be_closed() -> None:
    game = _first("GoToObjDoor", lambda game: any(text.startswith("toggle and") for text in game.offers.actions))
    door = next(thing for thing in game.sight.things if thing.kind == "door" and not thing.object.is_locked)
    game.take(f"go to {door.label}")
    if game.offers.actions.get("toggle"):
        game.take("toggle")
        assert door.object.is_open
        assert "toggle" in game.offers.actions
        game.take("toggle")
        assert not door.object.is_open


@settings(max_examples=60, deadline=None)
@given(level=st.sampled_from(LEVELS), seed=st.integers(0, 300), data=st.data())
def test_offered_actions_do_what_they_say(level: str, seed: int, data: st.DataObject) -> None:
    game = Game(level, seed)
    score = 0.0
    for _ in range(data.draw(st.integers(1, 8))):
        text = data.draw(st.sampled_from(list(game.offers.actions)))
        held = game.env.carrying
        answer = game.take(text)
        assert answer.valid
        assert 0 <= answer.reward <= 1
        assert answer.reward >= score
        if text == "drop" and held is not None:
            assert game.env.carrying is None
        if answer.terminated or answer.truncated:
            break


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    game = Game("SynthLoc", 3)
    assert game.take(text).text


def test_the_picture_is_a_png_of_the_grid() -> None:
    from agentgym_env_babyai.picture import picture

    game = Game("MiniBossLevel", 0)
    data = picture(game.env)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks = {}
    place = 8
    while place < len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + size]
        assert struct.unpack(">I", data[place + 8 + size : place + 12 + size])[0] == zlib.crc32(kind + body)
        chunks[kind] = body
        place += 12 + size
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert (width, height) == (game.env.width * TILE, game.env.height * TILE)
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + 3 * width)
    game.take("turn left")
    assert picture(game.env) != data
