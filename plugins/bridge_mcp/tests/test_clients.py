"""Both lines of the protocol's own SDK as clients, each in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import resolve_environment

DRIVER = Path(__file__).resolve().parent / "mcp_client.py"
NOWHERE = ("task=none", "split=none", "index=x", "index=99", "session=0-unknown")
LOOK: tuple[str, dict[str, Any]] = ("observation", {})


def adds(number: Any) -> tuple[str, dict[str, Any]]:
    return "add", {"number": number}


@pytest.mark.parametrize("line", ["mcp-1", "mcp-2"])
def test_the_sdks_client_plays(
    server: Callable[..., Any], source: Callable[..., Any], peer: Callable[[str], Path], line: str
) -> None:
    pytest.importorskip("agentgym_env_todo", reason="the plugin env_todo is not installed")
    python = peer(line)
    todo = resolve_environment("todo")
    live = server(source(), todo)
    task, calls, steps = todo.tasks("eval")[4], [], []
    with closing(todo.make()) as environment:
        opening = environment.reset(task)
        while not (steps and steps[-1].ended) and (move := environment.expert()) is not None:
            action = live.app.served["todo"].said(move.action)
            calls.append((action.name, dict(action.arguments)))
            steps.append(environment.step(action))
    handed = live.http("POST", "/counter/createEnv")[1]["id"]
    live.http("POST", "/counter/reset", {"id": handed, "task": "t5"})
    at = f"http://127.0.0.1:{live.port}"
    # The address names a task, or a session that an orchestrator has started, or nothing; two clients of one address play two episodes.
    talks: list[dict[str, Any]] = [
        {"url": f"{at}/todo/mcp?task={task.id}", "asked": [(None, {}), LOOK, *calls]},
        {"url": f"{at}/counter/mcp?session={handed}", "asked": [LOOK, adds(2)]},
        {"url": f"{at}/counter/mcp?split=train&index=1", "asked": [adds(1), adds("x"), ("nonesuch", {})]},
        {"url": f"{at}/counter/mcp?split=train&index=1", "asked": [adds(2), adds(1)]},
        *({"url": f"{at}/counter/mcp?{query}", "asked": [LOOK]} for query in NOWHERE),
    ]
    done = subprocess.run([python, DRIVER], input=json.dumps(talks), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    (names, shown, *told), orchestrated, one, other, *nowhere = json.loads(done.stdout)

    assert set(names) == {action.name for action in todo.description.actions} | {"observation"}
    assert shown["text"] == opening
    assert [(each["text"], each["meta"]["agentgym"]["score"]) for each in told] == [
        (step.observation, step.score) for step in steps
    ]
    assert steps[-1].score == 1.0

    assert orchestrated[0]["text"].startswith("Task t5")
    assert live.http("GET", f"/counter/observation?id={handed}")[1]["observation"] == "count 2, you said add 2"
    live.http("POST", "/counter/close", {"id": handed})

    added, wrong, unknown = one
    assert (added["text"], added["wrong"]) == ("count 1, you said add 1", False)
    # What is wrong reaches the model as a result; a tool that there is not is an error of the protocol.
    assert wrong["wrong"]
    assert '"number" must be a whole number' in wrong["text"]
    assert "nonesuch" in unknown["words"]
    assert [each["text"] for each in other] == ["count 2, you said add 2", "count 3, you said add 1"]
    assert ["words" in answer for (answer,) in nowhere] == [True] * len(NOWHERE)
    assert live.sessions == 0
