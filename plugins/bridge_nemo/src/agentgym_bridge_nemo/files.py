"""The texts of what NeMo Gym is given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_bridge.conversation import Conversation
from agentgym_core.environments import EnvironmentSource
from agentgym_core.types import Message, Task

APP = '''"""The resources server: `gym env start` and `gym eval run` start it."""

from agentgym_bridge_nemo.server import AgentGymServer


# NeMo Gym looks for the class of a server in this file.
class Server(AgentGymServer):
    pass


if __name__ == "__main__":
    Server.run_webserver()
'''

TASK_DATA = '''"""What a row holds beside what NeMo Gym asks for: `gym dataset collate` checks it."""

from pydantic import BaseModel, ConfigDict, Field


class TaskData(BaseModel):
    model_config = ConfigDict(extra="allow")

    task: str = Field(description="The task's id.", json_schema_extra={"consumed_by": ["verify"]})
    fingerprint: str = Field(
        default="",
        description="What the task is made of: another one under the same id is refused.",
        json_schema_extra={"consumed_by": ["verify"]},
    )
'''


@frozen
class Exported:
    """An environment under the name that it has in NeMo Gym, how it is played, and the rows of each kind of data set."""

    name: str
    source: EnvironmentSource
    settings: Mapping[str, Any]
    max_rounds: int
    kinds: Sequence[str]

    @property
    def data(self) -> str:
        """The folder of its rows, from the folder that NeMo Gym searches."""
        return f"environments/{self.name}/data"


def row(source: EnvironmentSource, task: Task, talk: Conversation) -> dict[str, Any]:
    """A row: what the model is told before the first observation, its tools, and the task."""
    params: dict[str, Any] = {"input": [_item(message) for message in talk.opening]}
    if talk.tools:
        tools = [each["function"] for each in talk.tools]
        params |= {
            "tools": [{"type": "function", "strict": False, **tool} for tool in tools],
            "parallel_tool_calls": False,
        }
    told = {"task": task.id, "split": task.split, "kind": task.kind, "fingerprint": task.fingerprint}
    return {"responses_create_params": params, **told}


def _item(message: Message) -> dict[str, Any]:
    return {"role": message.role, "content": message.content}


def config(made: Exported) -> str:
    """The configuration: the server, the agent that drives it, and the rows. JSON is YAML."""
    told = made.source.spec.summary or made.source.description.instruction
    server = {
        "allowed_agents": ["gymnasium_agent"],
        "entrypoint": "app.py",
        "domain": "agent",
        "verified": False,
        "description": told,
        **made.settings,
    }
    agent = {
        "entrypoint": "app.py",
        "resources_server": {"type": "resources_servers", "name": made.name},
        "model_server": {"type": "responses_api_models", "name": "policy_model"},
        "max_steps": made.max_rounds,
        "datasets": [{**_dataset(made, kind), **_licence(kind)} for kind in made.kinds],
    }
    front = {"entrypoint": "app.py", "agent_server": {"type": "responses_api_agents", "name": f"{made.name}_agent"}}
    whole = {
        made.name: {"resources_servers": {made.name: server}},
        f"{made.name}_agent": {"responses_api_agents": {"gymnasium_agent": agent}},
        f"{made.name}_environment_server": {"environment_servers": {"legacy_agent": front}},
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _dataset(made: Exported, kind: str) -> dict[str, Any]:
    return {"name": kind, "type": kind, "jsonl_fpath": f"{made.data}/{kind}.jsonl"}


def _licence(kind: str) -> dict[str, Any]:
    # NeMo Gym asks for one of its list; what tasks of ours are under stands in the page of each environment.
    return {} if kind == "example" else {"license": "TBD"}


def manifest(made: Exported) -> str:
    """What NeMo Gym's catalogue says of it. JSON is YAML."""
    source = made.source
    told = {
        "name": made.name,
        "version": "0.1.0",
        "kind": "environment",
        "integration_profile": "custom-gym-agent-loop",
        "domain": "agent",
        "description": source.spec.summary or source.description.instruction,
        "modality": "text",
        "licensing": "unknown",
        "authors": [source.component.plugin.distribution],
        "reward": {"range": [0.0, 1.0], "higher_is_better": True},
        "determinism": "seeded" if source.description.deterministic else "stochastic",
        "resources_server": made.name,
        "agent_server": "gymnasium_agent",
        "model_server": "policy_model",
        "datasets": [{**_dataset(made, kind), "num_repeats": 1} for kind in made.kinds],
        "session_model": "episode",
        "state": "per_session",
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def requirements(wheels: Sequence[Path], distributions: Sequence[str]) -> str:
    """What the server's environment holds beside nemo-gym: wheels by their place, so that no index is asked for one of ours."""
    lines = [f"{wheel.name.split('-')[0].replace('_', '-')} @ {wheel.resolve().as_uri()}" for wheel in wheels]
    return "\n".join(lines or distributions) + "\n"


def rows_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as lines of JSON."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows)
