"""A task of WebArena or of WebArena-Verified, as its file has it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from agentgym_core.environment import TaskList
from agentgym_core.types import Task, digest
from agentgym_env_webarena.official import files
from agentgym_env_webarena.official.sites import OPEN

SPLIT = "webarena"
PREFIX = "webarena_"
# `./.auth/gitlab.reddit_state.json`: the sites whose accounts a task begins with.
_STATE = re.compile(r"([a-z_.]+)_state\.json$")


@frozen
class OfficialTask:
    """What a task asks for, where it starts and how it is judged; addresses are still places such as `__SHOPPING__`."""

    number: int
    intent: str
    sites: tuple[str, ...]
    start: tuple[str, ...]
    accounts: tuple[str, ...]
    """Sites that the agent is signed in to."""
    evaluation: Any = field(repr=False)
    geolocation: Mapping[str, float] | None = None

    @property
    def kind(self) -> str:
        """Whether something is to be found out, opened or changed, by how it is judged."""
        if isinstance(self.evaluation, Mapping):
            types = set(self.evaluation["eval_types"])
            return "information" if types == {"string_match"} else "navigation" if types == {"url_match"} else "change"
        said = next((one["expected"]["task_type"] for one in self.evaluation if "task_type" in one["expected"]), "")
        return {"retrieve": "information", "navigate": "navigation"}.get(said.lower(), "change")


def read(tasks: str, record: Mapping[str, Any]) -> OfficialTask:
    """A record of a task file."""
    sites = tuple(str(site) for site in record["sites"])
    if tasks == "webarena":
        state = _STATE.search(record.get("storage_state") or "")
        start = tuple(str(record["start_url"]).split(" |AND| "))
        accounts = tuple(state.group(1).split(".")) if state else ()
    else:
        start = tuple(record["start_urls"])
        accounts = tuple(site for site in sites if site not in OPEN)
    return OfficialTask(
        int(record["task_id"]), str(record["intent"]), sites, start, accounts, record["eval"], record.get("geolocation")
    )


def tasks(name: str, file: Path | None) -> Sequence[Task]:
    """All tasks of a set, by number: `webarena_0` to `webarena_811`, as AgentGym calls them."""
    table = files.records(name, file)

    def make(id: str) -> Task:
        task = read(name, table[int(id.removeprefix(PREFIX))])
        print_of = digest([name, task.intent, list(task.start), task.evaluation])
        return Task(id, SPLIT, task.kind, print_of, task)

    return TaskList([f"{PREFIX}{number}" for number in sorted(table)], make)
