"""AgentGym's own questions, from the user's copy of `academia.jsonl`, over AgentBoard's graphs."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from agentgym_core.errors import ConfigError
from agentgym_core.types import Task, digest
from agentgym_env_academia.goals import AUTHORS, PAPERS, Setup, author, collaborators, paper, references
from agentgym_env_academia.network import Network
from agentgym_env_academia.pickled import read_graphs
from agentgym_tools import Aim, Goal

_LOOKS = 11
_HINT = "name AgentGym's agentenv-tool/Toolusage/data/academia.jsonl"
_QUOTED = re.compile(r"'(.+?)'(?=[\s?.,:]|$)")


class _Question(msgspec.Struct):
    id: int
    goal: str
    subgoals: list[Any]


@lru_cache(maxsize=4)
def read_questions(path: Path, graphs: Path) -> dict[str, tuple[Task, ...]]:
    """The split `agenteval` out of the file, ids as in the paper: `tool_academia_0` and so on.

    :raises ConfigError: a file cannot be read, or holds something else.
    """
    network = read_graphs(graphs)
    tasks = []
    for number, line in enumerate(_read(path).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            question = msgspec.json.decode(line, type=_Question)
        except msgspec.MsgspecError as error:
            raise _unreadable(path, f"line {number}: {error}") from error
        if not question.subgoals:
            raise _unreadable(path, f"line {number}: there is no answer")
        tasks.append(_task(question, network))
    ids = [task.id for task in tasks]
    if not ids or len(set(ids)) != len(ids):
        raise _unreadable(path, "two questions share an id" if ids else "it is empty")
    return {"agenteval": tuple(tasks)}


def _task(question: _Question, network: Network) -> Task:
    text = question.goal.strip()
    answer, *accepted = question.subgoals
    papers, authors = named(text, network)
    aim = Aim(
        text,
        answer,
        looks=_looks(papers, authors),
        accepted=tuple(accepted),
        conclusion=f"From all this follows the answer: {answer}.",
    )
    setup = Setup(aim, papers, authors, theirs=True)
    return Task(
        f"tool_academia_{question.id}", "agenteval", "academia", digest(["academia", text, question.subgoals]), setup
    )


def named(text: str, network: Network) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The papers in quotes and the authors that a question names, as far as the network knows them."""
    papers = tuple(dict.fromkeys(title for title in _QUOTED.findall(text) if title in network.papers))
    rest = text
    for title in papers:
        rest = rest.replace(title, " ")
    words = re.findall(r"[^\s?,:]+", rest)
    authors: dict[str, None] = {}
    for start in range(len(words)):
        for end in range(min(len(words), start + 5), start, -1):
            name = " ".join(words[start:end]).removesuffix("'s").rstrip(".")
            if name in network.authors:
                authors[name] = None
                break
    return papers, tuple(authors)


def _looks(papers: tuple[str, ...], authors: tuple[str, ...]) -> tuple[Goal, ...]:
    looks: list[Goal] = [PAPERS, AUTHORS] if not papers and not authors else []
    if papers:
        looks += [PAPERS, *(paper(title, f"What is known of '{title}'?") for title in papers)]
        looks += [references(title, f"What does '{title}' cite?") for title in papers]
    if authors:
        looks += [AUTHORS, *(author(name, f"What is known of {name}?") for name in authors)]
        looks += [collaborators(name, f"With whom did {name} write?") for name in authors]
    return tuple(looks[:_LOOKS])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError(f"academia: questions: {str(path)!r}: {why}", hint=_HINT)
