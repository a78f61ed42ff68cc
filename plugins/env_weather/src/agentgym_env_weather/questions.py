"""The paper's own questions, from the user's copy of AgentGym's file: `weather.jsonl`."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from agentgym_core.types import Task, digest
from agentgym_env_weather.gazetteer import gazetteer
from agentgym_env_weather.goals import Known, Located, Measured, Setup, Spot, here, today
from agentgym_env_weather.scene import shifted
from agentgym_tools import Aim, Goal
from agentgym_tools.user_files import UserFile

EVALUATION = frozenset({4, 12, 16, 17, 18, 20, 22, 39, 61, 105, 211, 217, 272, 296, 298, 311, 319, 322, 323, 327})
"""The questions of AgentEval, by number."""
APART = frozenset({142, 260, 285, 287, 289, 302, 305, 312, 317, 328, 330, 332})
"""Questions that are neither in AgentTraj nor in AgentEval."""
DUBIOUS = {
    13: "the answer is the word Error",
    193: "the answer is None where a length is asked for",
    276: "one value where two are asked for",
    288: "one value where two are asked for",
    290: "days that were not asked for",
    292: "an object of a form that the question does not name",
    302: "a remark that nothing was computed",
    304: "a date where a temperature is asked for",
    326: "a remark that nothing was computed",
    328: "N/A where a number is asked for",
    332: "a sentence where a number is asked for",
    336: "a sentence where a number is asked for",
    341: "a plan where a number is asked for",
}
"""Questions whose answers in AgentGym's file are odd, by number. They are judged by these answers all the same."""
_LOOKS = 9
_HINT = "name AgentGym's agentenv-tool/Toolusage/data/weather.jsonl"
_KINDS = {
    "temp": r"temperature|hot|cold|warm|degrees|celsius|fahrenheit",
    "rain": r"rain|precipitation|umbrella",
    "snow": r"snow|ski",
    "air": r"air quality",
}


class _Init(msgspec.Struct):
    current_date: str
    current_location: str


class _More(msgspec.Struct):
    init_config: _Init
    answer: Any = None


class _Question(msgspec.Struct):
    id: int
    goal: str
    subgoals: list[Any]
    additional_info: _More


@lru_cache(maxsize=4)
def read_questions(path: Path) -> dict[str, tuple[Task, ...]]:
    """The splits `agenttraj`, `agenteval` and `agentgym-other` out of the file, ids as in the paper: `weather_0` and so on.

    :raises ConfigError: the file cannot be read, or holds something else.
    """
    splits: dict[str, list[Task]] = {"agenttraj": [], "agenteval": [], "agentgym-other": []}
    file = UserFile("weather", "questions", path, _HINT)
    for where, question in file.lines(_Question):
        try:
            date.fromisoformat(question.additional_info.init_config.current_date)
        except ValueError as error:
            raise file.unreadable(f"{where}: {error}") from error
        if not question.subgoals:
            raise file.unreadable(f"{where}: there is no answer")
        split = "agenteval" if question.id in EVALUATION else "agentgym-other" if question.id in APART else "agenttraj"
        splits[split].append(_task(question, split))
    return file.checked(splits)


def _task(question: _Question, split: str) -> Task:
    init, text = question.additional_info.init_config, question.goal.strip()
    answer, *accepted = question.subgoals
    if answer is None:
        # No call can carry a None: the word has to do.
        answer, accepted = "None", [None, *accepted]
    aim = Aim(
        text,
        answer,
        looks=_looks(text, init),
        accepted=tuple(accepted),
        conclusion=f"From all this follows the answer: {answer}.",
    )
    content = digest(["weather", text, question.subgoals, init.current_date, init.current_location])
    setup = Setup(init.current_date, init.current_location, aim, seen=tuple(spot.name for spot in _spots(text, init)))
    return Task(f"weather_{question.id}", split, "weather", content, setup)


def _spots(text: str, init: _Init) -> list[Spot]:
    """The cities that a question names, else the user's own. Names are matched as they are written, the larger city first."""
    words = re.findall(r"[A-Z][\w'.-]*(?: [A-Z][\w'.-]*){0,2}", text)
    names = [part for word in words for part in _parts(word)]
    found: dict[int, Spot] = {}
    for name in names:
        place = next(iter(gazetteer().search(name, 1)), None)
        if place is not None and place.population >= 100_000:
            found.setdefault(place.id, Spot(name, (place.latitude, place.longitude)))
    if re.search(r"\b(current|my|here|this)\b", text) or not found:
        place = next(iter(gazetteer().search(init.current_location, 1)), None)
        if place is not None:
            found.setdefault(place.id, Spot(init.current_location, (place.latitude, place.longitude)))
    return list(found.values())[:3]


def _parts(words: str) -> list[str]:
    parts = words.rstrip(".").split(" ")
    return [
        " ".join(parts[start:end]).rstrip(".") for start in range(len(parts)) for end in range(len(parts), start, -1)
    ]


def _looks(text: str, init: _Init) -> tuple[Goal, ...]:
    """What a person would look at first, by the words of a question; few enough to leave a round for the answer."""
    words, now = text.lower(), init.current_date
    spots = _spots(text, init)
    looks: list[Goal] = [here("The question may be about where the user is."), today("The days count from today.")]
    looks += [Located(spot, f"I have to know where {spot.name} is.") for spot in spots]
    first, last = _span(words, now)
    for kind, pattern in _KINDS.items():
        if re.search(pattern, words):
            looks += [Known(kind, spot, first, last, f"What is known of {spot.name}?") for spot in spots]
    if re.search(r"elevation|altitude|how high|higher", words) and not re.search(r"temperature", words):
        looks += [Measured(spot, f"How high is {spot.name}?") for spot in spots]
    return tuple(looks[:_LOOKS])


def _span(words: str, now: str) -> tuple[str, str]:
    if "air quality" in words or re.search(r"yesterday|past|last|previous|recorded|been|was ", words):
        return shifted(now, -8), shifted(now, -1)
    if re.search(r"tomorrow|next|upcoming|coming|forecast|will ", words):
        return shifted(now, 1), shifted(now, 8)
    return now, now
