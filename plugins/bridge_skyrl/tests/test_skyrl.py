"""Our environments as skyrl-gym makes and drives them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_bridge_skyrl import rows

PROGRAM = """
import json
import skyrl_gym
from agentgym_bridge_skyrl import register, rows
from agentgym_core.errors import ConfigError

assert register() == register()
row = {"extra_info": {"task": "textcraft-crafting_table"}}
game = skyrl_gym.make("agentgym/textcraft", env_config={"max_turns": 6}, extras=row)
prompt, told = game.init([{"role": "system", "content": "Be brief."}])
steps = [game.step(reply) for reply in (
    "I do not know.",
    "Thought: wood.\\nAction: get 1 oak logs",
    "Action: craft 4 oak planks using 1 oak logs",
    "Action: craft 1 crafting table using 4 oak planks",
)]
metrics = game.get_metrics()
game.close()
short = skyrl_gym.make("agentgym/textcraft", env_config={"max_turns": 1}, extras=row)
short.init([])
cut = short.step("Action: inventory")
short.close()
try:
    skyrl_gym.make("agentgym/maze", env_config={}, extras={})
    refused = ""
except ConfigError as error:
    refused = str(error)
print(json.dumps([prompt, told, steps, metrics, cut, refused]))
"""


def test_rows_name_their_environment_and_task() -> None:
    pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")
    made = rows("textcraft", "train", limit=3)
    assert {row["env_class"] for row in made} == {"agentgym/textcraft"}
    assert len({row["extra_info"]["task"] for row in made}) == 3


@pytest.mark.slow
def test_an_episode_under_skyrl_gym(peer: Callable[[str], Path]) -> None:
    done = subprocess.run([peer("skyrl-0.4"), "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    prompt, told, steps, metrics, cut, refused = json.loads(done.stdout.splitlines()[-1])
    assert [message["role"] for message in prompt] == ["system", "user"]
    assert "Goal: craft crafting table." in prompt[1]["content"]
    assert "Action:" in prompt[1]["content"]
    assert told == {"task": "textcraft-crafting_table"}
    assert [step["reward"] for step in steps] == [0.0, 0.0, 0.0, 1.0]
    assert [step["done"] for step in steps] == [False, False, False, True]
    assert "Action:" in steps[0]["observations"][0]["content"]
    assert steps[1]["observations"] == [{"role": "user", "content": "Got 1 oak logs"}]
    assert metrics == {"score": 1.0, "success": 1.0, "turns": 4, "unread": 1}
    assert (cut["done"], cut["reward"], cut["observations"]) == (True, 0.0, [])
    assert "names no task" in refused
