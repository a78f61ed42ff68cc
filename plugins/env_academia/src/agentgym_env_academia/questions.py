"""AgentGym's own questions, from the user's copy of `academia.jsonl`, over AgentBoard's graphs."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from agentgym_core.types import Task, digest
from agentgym_env_academia.goals import AUTHORS, PAPERS, Setup, author, collaborators, paper, references
from agentgym_env_academia.network import Network
from agentgym_env_academia.pickled import read_graphs
from agentgym_tools import Aim, Goal
from agentgym_tools.user_files import UserFile

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
    file = UserFile("academia", "questions", path, _HINT)
    for where, question in file.lines(_Question):
        if not question.subgoals:
            raise file.unreadable(f"{where}: there is no answer")
        tasks.append(_task(question, network))
    return file.checked({"agenteval": tasks})


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
