"""Every tool and every declared error, by its name; scores and ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.environments import resolve_environment
from agentgym_env_academia.families import FAMILIES
from agentgym_env_academia.network import generated
from agentgym_env_academia.tools import AcademiaTools
from agentgym_testing.players import ToolPlayer

SOURCE = resolve_environment("academia")
GRAMMAR = Grammar(SOURCE.description.actions)
NETWORK = generated(0)
CITING = next(title for title, cited in NETWORK.cited.items() if len(cited) > 2)
CITED = NETWORK.cited[CITING][0]
ONE = next(name for name, joint in NETWORK.joint.items() if len(joint) > 2)
OTHER = next(iter(NETWORK.joint[ONE]))


Player = partial(ToolPlayer, "academia", task="academia-train-0")


@pytest.fixture
def player() -> Iterator[ToolPlayer]:
    with Player() as found:
        yield found


@pytest.fixture
def loaded(player: ToolPlayer) -> ToolPlayer:
    player.call("loadPaperNet")
    player.call("loadAuthorNet")
    return player


def kind(name: str, split: str = "train") -> str:
    """The first task of a kind."""
    return f"academia-{split}-{list(FAMILIES).index(name)}"


def test_every_tool_and_error_has_a_test_named_after_it() -> None:
    tests = set(globals())
    assert not [name for name in AcademiaTools.tools() if f"test_tool_{name}" not in tests]


def test_tool_loadPaperNet(player: ToolPlayer) -> None:
    assert player.call("loadPaperNet").observation == "PaperNet is loaded."
    assert player.value("paperNodeCheck", node=CITING)


def test_tool_loadAuthorNet(player: ToolPlayer) -> None:
    assert player.call("loadAuthorNet").observation == "AuthorNet is loaded."
    assert player.value("authorNodeCheck", node=ONE)


def test_tool_neighbourCheck(loaded: ToolPlayer) -> None:
    assert loaded.value("neighbourCheck", graph="PaperNet", node=CITING) == list(NETWORK.cited[CITING])
    assert loaded.value("neighbourCheck", graph="AuthorNet", node=ONE) == list(NETWORK.joint[ONE])


def test_tool_neighborCheck(loaded: ToolPlayer) -> None:
    for graph, node in (("PaperNet", CITING), ("AuthorNet", ONE)):
        assert loaded.value("neighborCheck", graph=graph, node=node) == loaded.value(
            "neighbourCheck", graph=graph, node=node
        )


def test_tool_paperNodeCheck(loaded: ToolPlayer) -> None:
    found = loaded.value("paperNodeCheck", node=CITING)
    assert list(found) == ["year", "venue", "n_citation", "keywords", "doc_type", "authors"]
    assert found == NETWORK.papers[CITING]


def test_tool_authorNodeCheck(loaded: ToolPlayer) -> None:
    assert loaded.value("authorNodeCheck", node=ONE) == {"name": ONE, "org": NETWORK.authors[ONE]["org"]}


def test_tool_authorEdgeCheck(loaded: ToolPlayer) -> None:
    found = loaded.value("authorEdgeCheck", node1=ONE, node2=OTHER)
    assert found == {"weight": len(NETWORK.joint[ONE][OTHER]), "collaborative_papers": NETWORK.joint[ONE][OTHER]}
    assert loaded.value("authorEdgeCheck", node1=OTHER, node2=ONE) == found


def test_tool_paperEdgeCheck(loaded: ToolPlayer) -> None:
    found = loaded.value("paperEdgeCheck", node1=CITING, node2=CITED)
    assert set(found) == {"shared_keywords", "shared_authors"}
    assert set(found["shared_keywords"]) == set(NETWORK.papers[CITING]["keywords"]) & set(
        NETWORK.papers[CITED]["keywords"]
    )


def test_tool_check_valid_actions(player: ToolPlayer) -> None:
    told = player.call("check_valid_actions").observation
    assert all(repr(name) in told for name in AcademiaTools.tools())


def test_tool_finish(player: ToolPlayer) -> None:
    step = player.call("finish", answer=3)
    assert (step.terminated, step.success, step.score) == (True, False, 0.0)


def test_error_not_loaded(player: ToolPlayer) -> None:
    for name, arguments, net in (
        ("paperNodeCheck", {"node": CITING}, "PaperNet"),
        ("authorNodeCheck", {"node": ONE}, "AuthorNet"),
        ("authorEdgeCheck", {"node1": ONE, "node2": OTHER}, "AuthorNet"),
        ("paperEdgeCheck", {"node1": CITING, "node2": CITED}, "PaperNet"),
        ("neighbourCheck", {"graph": "PaperNet", "node": CITING}, "PaperNet"),
        ("neighborCheck", {"graph": "AuthorNet", "node": ONE}, "AuthorNet"),
    ):
        assert player.error(name, **arguments) == f"Please load the {net} first."


def test_error_no_such_node(loaded: ToolPlayer) -> None:
    assert (
        loaded.error("paperNodeCheck", node="No Such Title") == "There is no node named No Such Title in the PaperNet."
    )
    assert loaded.error("authorNodeCheck", node=CITING) == f"There is no node named {CITING} in the AuthorNet."
    assert loaded.error("neighbourCheck", graph="AuthorNet", node="X") == "There is no node named X in the AuthorNet."
    assert loaded.error("authorEdgeCheck", node1=ONE, node2="X") == "There is no node named X in the AuthorNet."
    assert loaded.error("paperEdgeCheck", node1="X", node2=CITED) == "There is no node named X in the PaperNet."
    assert len(loaded.error("paperNodeCheck", node="x" * 9000)) < 300


def test_error_no_edge(loaded: ToolPlayer) -> None:
    assert (
        loaded.error("paperEdgeCheck", node1=CITED, node2=CITING) == f"There is no edge between {CITED} and {CITING}."
    )
    assert loaded.error("authorEdgeCheck", node1=ONE, node2=ONE) == f"There is no edge between {ONE} and {ONE}."


@pytest.mark.parametrize("form", FORMATS)
def test_error_wrong_call_says_which_argument_in_every_format(form: str) -> None:
    grammar = Grammar(SOURCE.description.actions, form)
    for arguments, words in (
        ({"graph": "PaperNet"}, '"node"'),
        ({"graph": "TitleNet", "node": "x"}, "PaperNet"),
    ):
        inside = json.dumps(arguments)
        written = {
            "react": f"Thought: x\n\nAction: neighbourCheck with Action Input: {inside}",
            "code_as_action": f"```python\nneighbourCheck({', '.join(f'{key}={value!r}' for key, value in arguments.items())})\n```",
        }
        text = written.get(form, f'{{"thought": "x", "function_name": "neighbourCheck", "arguments": {inside}}}')
        reading = grammar.read(text)
        told = reading.error
        if reading.action is not None:
            with SOURCE.make() as environment:
                environment.reset(SOURCE.find("academia-train-0"))
                told = environment.step(reading.action).observation
        assert told is not None
        assert words in told, (form, told)


def test_the_same_knowledge_in_other_ways_counts(player: ToolPlayer) -> None:
    task = player.source.find(kind("mutual_collaborators"))
    player.environment.reset(task, seed=0)
    player.call("loadAuthorNet")
    for name in reversed(task.data.authors):
        player.call("neighborCheck", graph="AuthorNet", node=name)
    assert player.call("finish", answer=task.data.aim.answer[::-1]).score == 1.0
    task = player.source.find(kind("more_with"))
    player.environment.reset(task, seed=0)
    player.call("loadAuthorNet")
    for name in task.data.authors[1:]:
        player.call("authorEdgeCheck", node1=name, node2=task.data.authors[0])
    assert player.call("finish", answer=task.data.aim.answer.upper()).score == 1.0


def test_an_answer_that_was_not_looked_up_counts_for_nothing(player: ToolPlayer) -> None:
    for name in FAMILIES:
        task = player.source.find(kind(name))
        player.environment.reset(task, seed=0)
        player.call("loadPaperNet")
        player.call("loadAuthorNet")
        step = player.call("finish", answer=task.data.aim.answer)
        assert (step.success, step.info["answer_right"], step.info["looked_up"]) == (False, True, False)


def test_original_words_are_behind_a_setting() -> None:
    player = Player({"original_texts": True})
    assert player.call("loadPaperNet").observation == "Observation: PaperNet is loaded.\nGive me one action."
    step = player.environment.step(GRAMMAR.action('neighbourCheck with Action Input: {"graph": "PaperNet"}'))
    assert step.observation == "Observation: ERROR | KeyError('node')\nGive me one action."
    player.environment.close()
