"""What is written for NeMo Gym, and its server's episodes beside our judge's. The whole of it under NeMo Gym stands in test_peer.py."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")

from agentgym_bridge_nemo.episodes import Episodes, Settings
from agentgym_core.cli import main
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError, EnvironmentFault, EpisodeStateError, TaskNotFound
from agentgym_core.rollout import RolloutSettings, rollout
from agentgym_core.rollout.settings import Job
from agentgym_core.types import ToolCall
from agentgym_testing.scripted import ScriptedConfig, ScriptedPolicy

TASK = "textcraft-crafting_table"
REPLIES = [
    "I do not know.",
    "Thought: wood.\nAction: get 1 oak logs",
    "Action: craft 4 oak planks using 1 oak logs",
    "Action: craft 1 crafting table using 4 oak planks",
]


def export(out: Path, *words: str) -> None:
    assert main(["export-nemo", "textcraft", "--limit", "7", "--out", str(out), *words]) == 0


def rows(out: Path, kind: str) -> list[dict[str, Any]]:
    path = out / "environments" / "agentgym_textcraft" / "data" / f"{kind}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_rows_of_each_kind_name_their_tasks(tmp_path: Path) -> None:
    export(tmp_path)
    train, validation, example = (rows(tmp_path, kind) for kind in ("train", "validation", "example"))
    assert (len(train), len(validation), len(example)) == (7, 7, 5)
    source = resolve_environment("textcraft")
    assert not {row["task"] for row in train} & {row["task"] for row in validation}
    for row in [*train, *validation]:
        task = source.find(row["task"])
        assert (row["split"], row["fingerprint"]) == (task.split, task.fingerprint)
        assert [each["role"] for each in row["responses_create_params"]["input"]] == ["user", "assistant"]
        assert "tools" not in row["responses_create_params"]


def test_rows_of_native_calls_bring_the_actions_as_tools(tmp_path: Path) -> None:
    export(tmp_path, "--format", "function_calling", "--style", "direct")
    params = rows(tmp_path, "train")[0]["responses_create_params"]
    assert params["input"] == []
    assert {tool["name"] for tool in params["tools"]} == {"get", "craft", "inventory"}
    assert all(tool["type"] == "function" and tool["parameters"]["type"] == "object" for tool in params["tools"])


def test_settings_stand_in_the_configuration(tmp_path: Path) -> None:
    export(tmp_path, "--format", "json", "--max-rounds", "9")
    folder = tmp_path / "environments" / "agentgym_textcraft"
    config = json.loads((folder / "config.yaml").read_text(encoding="utf-8"))
    server = config["agentgym_textcraft"]["resources_servers"]["agentgym_textcraft"]
    assert (server["environment"], server["format"], server["max_rounds"]) == ("textcraft", "json", 9)
    assert config["agentgym_textcraft_agent"]["responses_api_agents"]["gymnasium_agent"]["max_steps"] == 9
    manifest = json.loads((folder / "manifest.yaml").read_text(encoding="utf-8"))
    assert manifest["reward"]["range"] == [0.0, 1.0]


def test_wheels_of_ours_stand_by_their_place(tmp_path: Path) -> None:
    wheels = tmp_path / "dist"
    wheels.mkdir()
    (wheels / "agentgym_core-0.1.0-py3-none-any.whl").touch()
    (wheels / "attrs-25.1.0-py3-none-any.whl").touch()
    export(tmp_path / "out", "--wheels", str(wheels))
    (line,) = (tmp_path / "out/resources_servers/agentgym_textcraft/requirements.txt").read_text().splitlines()
    assert line == f"agentgym-core @ {(wheels / 'agentgym_core-0.1.0-py3-none-any.whl').as_uri()}"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--config", "{"], "no JSON"),
        (["--config", "[1]"], "no JSON object"),
        (["--validation", "nowhere"], "nowhere"),
        (["--wheels", "nowhere"], "no wheel"),
    ],
)
def test_what_cannot_be_written_is_refused(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export-nemo", "textcraft", "--out", str(tmp_path / "out"), *words]) != 0
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_episode_is_what_our_judge_makes_of_the_same_replies() -> None:
    source = resolve_environment("textcraft")

    async def both() -> tuple[Any, list[str], float]:
        policy = ScriptedPolicy(ScriptedConfig(replies=tuple(REPLIES)))
        how = RolloutSettings(concurrency=1, style="default")
        done = await rollout([Job(source, source.find(TASK))], policy, how, policy_id="says")
        games = Episodes(Settings("textcraft"))
        told = [(await games.begin("a", {"task": TASK})).observation or ""]
        total = 0.0
        for reply in REPLIES:
            answer = await games.answer("a", reply)
            told.append(answer.observation or "")
            total += answer.reward
        assert (answer.terminated, answer.truncated) == (True, False)
        assert answer.info["actions"] == list(done.trajectories[0].actions)
        await games.close_all()
        return done.trajectories[0], told, total

    trajectory, told, total = asyncio.run(both())
    heard = [message.content for message in trajectory.messages[2:] if message.role == "user"]
    assert told == [*heard, ""]
    assert total == trajectory.score == 1.0


def test_calls_are_answered_by_their_ids() -> None:
    async def play() -> Any:
        games = Episodes(Settings("textcraft", format="function_calling"))
        await games.begin("a", {"task": TASK})
        call = ToolCall("x", "get", '{"count": 1, "item": "oak logs"}')
        told = [await games.answer("a", "", calls) for calls in ([call], [call, ToolCall("y", "inventory", "{}")])]
        await games.close_all()
        return told

    one, two = asyncio.run(play())
    assert one.observation is None
    assert one.info["tool_outputs"] == [{"call_id": "x", "output": "Got 1 oak logs"}]
    assert [each["call_id"] for each in two.info["tool_outputs"]] == ["x", "y"]
    assert "could not be read" in two.info["tool_outputs"][0]["output"]
    assert two.info["unread"] == 1


def test_a_step_that_is_sent_again_is_not_taken_twice() -> None:
    async def play() -> list[Any]:
        games = Episodes(Settings("textcraft"))
        await games.begin("a", {"task": TASK})
        told = [await games.answer("a", REPLIES[1], request=each) for each in ("1", "1", "2")]
        told += [await games.answer("a", reply, request=reply) for reply in REPLIES[2:]]
        # The last one too, though the episode is over by then.
        told.append(await games.answer("a", REPLIES[-1], request=REPLIES[-1]))
        await games.close_all()
        return told

    first, again, other, *_, last, repeated = asyncio.run(play())
    assert again is first
    assert other.info["turns"] == 2
    assert last.terminated
    assert repeated is last


def test_what_cannot_be_played_is_refused() -> None:
    async def play() -> None:
        games = Episodes(Settings("textcraft"))
        with pytest.raises(EpisodeStateError, match="no episode"):
            await games.answer("a", "Action: inventory")
        with pytest.raises(TaskNotFound):
            await games.begin("a", {"task": "nowhere"})
        with pytest.raises(ConfigError, match="another one than it was"):
            await games.begin("a", {"task": TASK, "fingerprint": "0"})
        with pytest.raises(ConfigError, match="one of 'maze'"):
            await games.begin("a", {"task": TASK, "environment": "maze"})
        with pytest.raises(ConfigError, match="names no environment"):
            await Episodes(Settings()).begin("a", {"task": TASK})
        assert len(games) == 0
        await games.begin("a", {"task": TASK})
        for reply in REPLIES[1:]:
            await games.answer("a", reply)
        with pytest.raises(EpisodeStateError, match="is over"):
            await games.answer("a", "Action: inventory")
        await games.close("a")
        await games.close("a")
        assert len(games) == 0
        await games.close_all()

    asyncio.run(play())


def test_an_episode_that_nobody_goes_on_with_is_closed() -> None:
    async def play() -> None:
        games = Episodes(Settings("textcraft", idle_seconds=-1.0))
        await games.begin("a", {"task": TASK})
        await games.begin("b", {"task": TASK})
        with pytest.raises(EpisodeStateError):
            await games.answer("a", REPLIES[1])
        assert len(games) == 1
        await games.close_all()

    asyncio.run(play())


def test_an_environment_that_fails_has_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    from agentgym_env_textcraft.environment import TextCraftEnvironment

    def broken(self: Any, action: Any) -> Any:
        raise RuntimeError("the chest fell apart")

    async def play() -> None:
        games = Episodes(Settings("textcraft", placement="inline"))
        await games.begin("a", {"task": TASK})
        monkeypatch.setattr(TextCraftEnvironment, "step", broken)
        with pytest.raises(EnvironmentFault, match="fell apart"):
            await games.answer("a", REPLIES[1])
        assert len(games) == 0
        await games.close_all()

    asyncio.run(play())
