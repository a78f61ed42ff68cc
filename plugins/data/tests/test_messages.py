"""OpenAI's messages, in and out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_core import RolloutSettings, collect, resolve_environment
from agentgym_core.cli import main
from agentgym_core.errors import StoreError
from agentgym_core.rollout import Jobs
from agentgym_core.store import Run
from agentgym_core.types import Message, ToolCall, Trajectory
from agentgym_data import AgentTrajReader, export_messages, from_record, import_agenttraj, to_openai_record, to_record
from agentgym_data.transfer import STYLE

Make = Callable[..., Trajectory]

TOOLS = [
    {
        "type": "function",
        "function": {"name": "look", "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}},
    }
]
RECORD: dict[str, Any] = {
    "messages": [
        {"role": "developer", "content": "Find it."},
        {"role": "user", "content": [{"type": "text", "text": "Where?"}, {"type": "image_url", "image_url": {"url": "x"}}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": "door"}'}},
                {"id": "call_2", "type": "function", "function": {"name": "look", "arguments": '{"at": "box"}'}},
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "Nothing."},
        {"role": "tool", "tool_call_id": "call_2", "content": "A key."},
        {"role": "assistant", "content": "It is in the box.", "weight": 1, "refusal": None},
    ],
    "tools": TOOLS,
    "parallel_tool_calls": True,
}  # fmt: skip


def _lines(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))
    return path


def test_a_record_becomes_turns() -> None:
    found = from_record(RECORD, environment="todo", name="chats-1")
    assert (found.key.task, found.key.policy, found.environment) == ("chats-1", "messages", "todo")
    assert [message.role for message in found.messages] == ["system", "user", "assistant", "tool", "tool", "assistant"]
    assert found.messages[1].content == "Where?"
    assert found.messages[2].tool_calls[0] == ToolCall("call_1", "look", '{"at": "door"}')
    first, last = found.turns
    assert (first.action, first.name) == ('look with Action Input: {"at": "door"}', "look")
    assert first.observation == "Nothing.\nA key."
    assert last.action is None
    assert found.info["imported"]["notes"] == {
        "`refusal` of a message, kept for export": 1,
        "part of type 'image_url', which is no text": 1,
        "tool call beside the first, which is the turn's action": 1,
    }
    assert found.info["imported"]["extra"]["tools"] == TOOLS


def test_a_file_comes_out_byte_for_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _lines(tmp_path / "chats.jsonl", RECORD, {**RECORD, "id": 7}, RECORD)
    command = ["import", str(path), "--out", str(tmp_path / "run")]
    assert main(command) == 1
    assert "--environment ID" in capsys.readouterr().err
    assert main([*command, "--environment", "todo"]) == 0
    out = capsys.readouterr().out
    assert "note: part of type 'image_url', which is no text (3)" in out
    assert "parallel_tool_calls (3), tools (3)" in out
    run = Run.open(tmp_path / "run")
    assert [item.key.task for item in run] == ["chats-1", "7", "chats-3"]
    assert main(["export", str(tmp_path / "run"), "--to", "messages", "--out", str(tmp_path / "out.jsonl")]) == 0
    assert (tmp_path / "out.jsonl").read_bytes() == path.read_bytes()
    assert list(AgentTrajReader(tmp_path / "out.jsonl", environment="todo")) == list(run)


@pytest.mark.parametrize("key", ["item_id", "task_id", "task", "id"])
def test_an_id_of_its_own_names_the_task_and_its_environment(key: str) -> None:
    assert from_record({**RECORD, key: "todo_3"}).key.task == "todo_3"
    found = from_record({**RECORD, "environment": "maze-v1"}, name="a-1")
    assert (found.environment, found.key.environment) == ("maze", "maze-v1")


def test_a_call_of_the_old_form_is_a_call() -> None:
    old = {"role": "assistant", "content": None, "function_call": {"name": "look", "arguments": "{}"}}
    spoken = [RECORD["messages"][0], old, {"role": "function", "name": "look", "content": "A key."}]
    found = from_record({"messages": spoken}, environment="todo", name="x")
    assert found.messages[1].tool_calls == (ToolCall("", "look", "{}"),)
    assert found.messages[2].role == "tool"
    assert to_openai_record(found) == {"messages": spoken}


def test_other_peoples_arguments_may_be_objects() -> None:
    call = {"type": "function", "function": {"name": "look", "arguments": {"at": "é"}}}
    record = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [call]}]}
    found = from_record(record, environment="todo", name="x")
    assert found.messages[1].tool_calls[0].arguments == '{"at": "é"}'
    assert to_openai_record(found) == record


def test_our_episodes_come_back_from_file_and_sidecar(tmp_path: Path, make_trajectory: Make) -> None:
    episodes = [make_trajectory(number) for number in range(3)]
    done = export_messages(episodes, tmp_path / "set.jsonl")
    assert (done.episodes, done.restored, done.sidecar) == (3, 3, str(tmp_path / "set.meta.jsonl"))
    assert list(AgentTrajReader(tmp_path / "set.jsonl")) == episodes
    for line in (tmp_path / "set.jsonl").read_text().splitlines():
        assert list(json.loads(line)) == ["messages"]


def test_one_form_becomes_the_other(tmp_path: Path, make_trajectory: Make) -> None:
    _lines(tmp_path / "in.jsonl", {**RECORD, "item_id": "todo_1"})
    import_agenttraj(tmp_path / "in.jsonl", tmp_path / "run")
    (found,) = Run.open(tmp_path / "run")
    record = to_record(found)
    assert list(record) == ["conversations", "item_id"]
    assert [entry["from"] for entry in record["conversations"]] == ["human", "human", "gpt", "human", "human", "gpt"]
    traj = from_record(record)
    assert [message["role"] for message in to_openai_record(traj)["messages"]] == [
        *("user", "user", "assistant", "user", "user", "assistant")
    ]


def test_the_tools_that_could_be_called_stand_beside_the_calls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make_trajectory: Make
) -> None:
    pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")
    settings = RolloutSettings(action_format="function_calling")
    jobs = Jobs.of(resolve_environment("maze"), "train", limit=1)
    with Run.create(tmp_path / "run") as run:
        collect(jobs, "expert", settings, run=run)
    assert main(["export", str(tmp_path / "run"), "--to", "messages", "--out", str(tmp_path / "a.jsonl")]) == 0
    assert "no `tools`" not in capsys.readouterr().out
    record = json.loads((tmp_path / "a.jsonl").read_text())
    named = {tool["function"]["name"] for tool in record["tools"]}
    called = {call["function"]["name"] for each in record["messages"] for call in each.get("tool_calls", ())}
    assert called
    assert called <= named
    assert list(AgentTrajReader(tmp_path / "a.jsonl")) == list(Run.open(tmp_path / "run"))
    with Run.create(tmp_path / "other") as run:
        one = make_trajectory()
        run.append(evolve(one, key=evolve(one.key, action_format="function_calling", environment="gone-v1")))
    assert main(["export", str(tmp_path / "other"), "--to", "messages", "--out", str(tmp_path / "b.jsonl")]) == 0
    assert (
        "note: an episode that calls tools which no installed environment lists: no `tools` (1)"
        in capsys.readouterr().out
    )


texts = st.text(max_size=6)
calls = st.lists(st.builds(ToolCall, texts, texts, texts), max_size=2).map(tuple)
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    texts,
    st.none() | st.booleans(),
    calls,
    st.none() | texts,
    st.none() | texts,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(messages, min_size=1, max_size=4), min_size=1, max_size=3))
def test_any_messages_come_back(
    tmp_path_factory: pytest.TempPathFactory, make_trajectory: Make, spoken: list[list[Message]]
) -> None:
    folder = tmp_path_factory.mktemp("messages")
    episodes = [make_trajectory(number, messages=tuple(each), turns=()) for number, each in enumerate(spoken)]
    export_messages(episodes, folder / "set.jsonl")
    assert list(AgentTrajReader(folder / "set.jsonl")) == episodes


parts = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=2), max_leaves=3
)
entries = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "developer", "user", "assistant", "tool", "function"])},
    optional={
        "content": st.none()
        | texts
        | st.lists(texts | st.fixed_dictionaries({"type": texts, "text": texts}), max_size=2),
        "tool_calls": st.none()
        | st.lists(
            st.fixed_dictionaries(
                {"id": texts, "function": st.fixed_dictionaries({"name": texts, "arguments": texts})}
            ),
            max_size=2,
        ),
        "weight": st.sampled_from([0, 1]),
        "name": texts,
        "reasoning": texts,
        "audio": parts,
    },
)
records = st.fixed_dictionaries(
    {"messages": st.lists(entries, min_size=1, max_size=4)},
    optional={"item_id": st.sampled_from(["todo_1", 7]), "tools": parts, "metadata": parts, "reward": parts},
)


@settings(max_examples=200)
@given(st.lists(records, min_size=1, max_size=3))
def test_any_record_is_refused_or_comes_out_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("records")
    path = _lines(folder / "in.jsonl", *values)
    try:
        import_agenttraj(path, folder / "run", environment="todo")
    except StoreError:
        assert not (folder / "run").exists()
        return
    run = Run.open(folder / "run")
    export_messages(run, folder / "out.jsonl", style=run.manifest[STYLE])
    assert (folder / "out.jsonl").read_bytes() == path.read_bytes()
