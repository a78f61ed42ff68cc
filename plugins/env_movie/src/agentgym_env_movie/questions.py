"""AgentGym's own questions, from the user's copy of its file: `movie.jsonl`."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from agentgym_core.types import Task, digest
from agentgym_env_movie.goals import Setup, Told, Tried
from agentgym_env_movie.tools import MovieTools
from agentgym_tools import Aim, Goal, Lookup
from agentgym_tools.user_files import UserFile

EVALUATION = frozenset({1, 3, 5, 9, 13, 20, 23, 44, 54, 55, 56, 63, 78, 89, 94, 97, 109, 113, 125, 223})
"""The questions of AgentEval, by number."""
APART = frozenset({171, 176, 212})
"""Questions that are neither in AgentTraj nor in AgentEval."""
DUBIOUS = {
    4: "the answer has quotation marks of its own",
    13: "the director of another film than question 12 has it",
    22: "No, where the film won six",
    92: "the whole biography where a brief summary is asked for",
    93: "No, where the film won three",
    114: "the whole biography where a brief description is asked for",
    129: "a sentence that the composer is not in the list",
    136: "a sentence that there is no information",
    139: "an actress who was nominated and did not win",
    147: "a sentence that the composer is not in the list",
    159: "the whole biography where a brief summary is asked for",
    160: "the words Not specified",
    161: "the words Not available",
    164: "a sentence that there was no such role",
    166: "a sentence that there is no such title",
    168: "a sentence that the composer is not in the list",
    169: "the whole biography where a brief summary is asked for",
    181: "a name where an id is asked for",
    182: "a name where an id is asked for",
    184: "a name where an id is asked for",
    195: "a sentence of two titles and budgets",
    202: "a sentence that there was no such role",
    203: "the whole biography where a brief description is asked for",
    205: "the best of ten films, a later one had a higher budget",
    214: "the revenue of one of several films",
    219: "the budget of one of several films",
    225: "the revenue of one of several films",
    226: "one of several films",
    235: "the best of ten films, another had a higher revenue",
}
"""Questions whose answers in AgentGym's file are odd, by number. They are judged by these answers all the same."""
_LOOKS = 9
_HINT = "name AgentGym's agentenv-tool/Toolusage/data/movie.jsonl"
# Titles in quotation marks, an apostrophe inside a word being none.
_QUOTED = re.compile(r'"([^"]+)"|(?<!\w)\'(.+?)\'(?!\w)')
_NAME = re.compile(
    r"[A-Z0-9][\w'’.:-]*(?:\s+(?:(?:of|the|and|in|on|at|to|a|De|de|del|for|with)\s+)*[A-Z0-9][\w'’.:-]*)*"
)
# Names behind these words are people, and behind those characters; the rest are films, where none is in quotation marks.
_PERSON = re.compile(
    r"\b(?:actor|actress|(?:biography|birthday|birth) of|born of|by|both|and|did|which|that|with|alongside)\s+$"
)
_CHARACTER = re.compile(r"\b(?:plays?|played|playing|portray(?:s|ed|ing)|as|character of)\s+$")
_NO_NAME = re.compile(
    r"I|What|Which|Who|(?:IMDB|Facebook|Instagram|Twitter)(?: ID)?|Korean|Japanese|German|Dutch|Russian|Mandarin|"
    r".*\b(?:Awards?|Oscars?|Cannes|Festival|Universe|Film|Series|Actress|Actor)\b.*"
)
_ASKED = (
    ("movie", "get_movie_crew", r"direct|produced by|producer|wrote|writer|screenplay|compos|soundtrack"),
    ("movie", "get_movie_cast", r"role|character|play|actor|actress|starred|cast|portray"),
    ("movie", "get_movie_production_companies", r"production compan|companies"),
    ("movie", "get_movie_production_countries", r"countr"),
    ("movie", "get_movie_keywords", r"keyword"),
    ("movie", "get_movie_alternative_titles", r"alternative title|official \w+ title"),
    ("movie", "get_movie_translation", r"translation|overview in|description"),
    ("movie", "get_movie_details", r"genre|budget|revenue|release|rating|vote|profit|earn|earlier|first"),
    ("person", "get_person_external_ids", r"imdb|facebook|instagram|twitter"),
    ("person", "get_person_details", r"born|birth|biography"),
    ("person", "get_person_cast", r"role|starred|portray|play|movie"),
    ("person", "get_person_crew", r"directed"),
)


class _Question(msgspec.Struct):
    id: int
    goal: str
    subgoals: list[Any]


@lru_cache(maxsize=4)
def read_questions(path: Path) -> dict[str, tuple[Task, ...]]:
    """The splits `agenttraj`, `agenteval` and `agentgym-other` out of the file, ids as in the paper: `movie_0` and so on.

    :raises ConfigError: the file cannot be read, or holds something else.
    """
    splits: dict[str, list[Task]] = {"agenttraj": [], "agenteval": [], "agentgym-other": []}
    file = UserFile("movie", "questions", path, _HINT)
    for where, question in file.lines(_Question):
        if not question.subgoals:
            raise file.unreadable(f"{where}: there is no answer")
        split = "agenteval" if question.id in EVALUATION else "agentgym-other" if question.id in APART else "agenttraj"
        splits[split].append(_task(question, split))
    return file.checked(splits)


def _task(question: _Question, split: str) -> Task:
    text = question.goal.strip()
    answer, *accepted = question.subgoals
    movies, people = named(text)
    aim = Aim(
        text,
        answer,
        looks=_looks(text, movies, people),
        accepted=tuple(accepted),
        conclusion=f"From all this follows the answer: {answer}.",
    )
    content = digest(["movie", text, question.subgoals])
    return Task(f"movie_{question.id}", split, "movie", content, Setup(aim, movies, people))


def named(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The films and the people that a question names, as far as its writing tells."""
    body = re.split(r"\bPlease\b|\bAnswer\b|\bGive me\b", text)[0] or text
    quoted = [one or other for one, other in _QUOTED.findall(body)]
    movies = dict.fromkeys(title.rstrip(",.") for title in quoted)
    people: dict[str, None] = {}
    for sentence in re.split(r"(?<=[a-z0-9])[.?!]\s+(?=[A-Z])", _QUOTED.sub(" , ", body)):
        for match in _NAME.finditer(sentence):
            before = sentence[: match.start()]
            name = re.sub(r"(?:'s|’s)?[.:,]*$", "", match[0])
            if not before.strip():
                # The word that a sentence begins with is none of a name, unless somebody did something.
                name = name if re.match(r"[A-Z]\w+ [A-Z]\w+ won\b", sentence) else name.partition(" ")[2]
                before = "actor " if name == match[0] else before
            if _CHARACTER.search(before):
                name = "" if quoted else name.partition(" in ")[2].removeprefix("the ")
                before = ""
            if not name or _NO_NAME.fullmatch(name):
                continue
            if _PERSON.search(before) or (" won" in sentence[match.end() : match.end() + 5] and " " in name):
                people.update(dict.fromkeys(re.split(r"\s+and\s+", name)))
            elif not quoted:
                movies.update(dict.fromkeys(re.split(r"\s+and\s+(?=[A-Z])", name)))
    return tuple(movies), tuple(people)


def _looks(text: str, movies: tuple[str, ...], people: tuple[str, ...]) -> tuple[Goal, ...]:
    """What a person would look at first, by the words of a question; few enough to leave a round for the answer."""
    words = text.lower()
    looks: list[Goal] = []
    for kind, names in (("movie", movies[:3]), ("person", people[:2])):
        for name in names:
            looks.append(_tried(kind, name))
            looks += [_then(kind, name, tool) for of, tool, asked in _ASKED if of == kind and re.search(asked, words)]
    return (*looks[:_LOOKS], Told("Nothing has told me anything yet; I search for any film at all."))


def _tried(kind: Any, name: str) -> Goal:
    return Tried(kind, name, f"I look up {name}, which the question names.")


def _then(kind: str, name: str, tool: str) -> Goal:
    def arguments(box: MovieTools) -> dict[str, int] | None:
        id = box.found.get((kind, name))
        return None if id is None else {f"{kind}_id": id}

    return Lookup(tool, f"What does this tool tell about {name}?", arguments, needed=False)
