"""Environments of AgentGym's original servers: known by the plugin that is installed here, played there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import evolve

from agentgym_core.environment import Description, Environment, TaskList
from agentgym_core.environments.source import EnvironmentSource, local_source
from agentgym_core.errors import ConfigError, TaskNotFound
from agentgym_core.registry import specs
from agentgym_core.settings import ComponentChoice
from agentgym_core.specs import LegacyProfile
from agentgym_core.types import Task, digest

NUMBERED = "numbered"
SCHEMES = ("legacy+http://", "legacy+https://")


def source(
    reference: str, config: Mapping[str, Any] | Any | None, settings: Mapping[str, Any], where: str = ""
) -> EnvironmentSource:
    """The environment of the address of a server of AgentGym's; an id is this machine's.

    :raises ConfigError: as `LegacySource` says.
    """
    if not reference.startswith(SCHEMES):
        return local_source(reference, config, where=where)
    return LegacySource([part.strip() for part in reference.split(";") if part.strip()], config, where=where)


class LegacySource(EnvironmentSource):
    """An environment that lives at servers of AgentGym's own dialect.

    Which one is said behind `#`, or by the last part of the path: `legacy+http://host:port#textcraft`, `legacy+http://host:port/maze`.
    The installed plugin of this id says what the actions, the tasks and the instruction are; `config` is its configuration. A split
    has those of the plugin's tasks that the server knows by number. Where there are none, the split `numbered` has all numbers that are
    known; it counts as evaluation, since the protocol does not say which of them are. Any number may be named as a task.

    :param urls: servers of the same environment; where there are several they share the sessions.
    :raises ConfigError: the addresses name no environment, or one that says nothing of this dialect.
    """

    def __init__(self, urls: Sequence[str], config: Mapping[str, Any] | Any | None = None, *, where: str = "") -> None:
        named = {_environment(url) for url in urls}
        if len(named) != 1:
            raise ConfigError(f"{'; '.join(urls)}: the servers are of different environments", hint="name one of them")
        self._local = local_source(named.pop(), config, where=where)
        super().__init__(self._local.component, self._local.config)
        if self.spec.legacy is None:
            raise ConfigError(
                f"environment {self.spec.id!r} does not say how AgentGym's own server of it speaks",
                hint=f"those that do: {', '.join(_known()) or 'none is installed'}",
            )
        self.profile: LegacyProfile = self.spec.legacy
        self.addresses = tuple(urls)
        self.urls = tuple(url.removeprefix("legacy+").partition("#")[0].rstrip("/") for url in urls)

    def __reduce__(self) -> tuple[Any, ...]:
        return (LegacySource, (self.addresses, self.config_values))

    @property
    def home(self) -> ComponentChoice:
        """Where it lives: at its servers."""
        return ComponentChoice("legacy")

    @property
    def cls(self) -> type[Environment]:
        """Not to be had here. :raises ConfigError: always."""
        raise ConfigError(f"environment {self.spec.id!r} lives at {self.urls[0]}", hint="leave the placement out")

    @property
    def config_values(self) -> dict[str, Any]:
        """The plugin's own."""
        return self._local.config_values

    @cached_property
    def config_digest(self) -> str:
        """Another program plays these episodes: they are not those of the plugin."""
        return digest(["legacy", self.config_values])

    @cached_property
    def description(self) -> Description:
        """The plugin's own, with the tasks that can be asked for there."""
        local = self._local.description
        counts = {split: len(self._ids(split)) for split in local.splits}
        splits = {split: count for split, count in counts.items() if count}
        if not splits and self.profile.numbers:
            splits = {NUMBERED: self.profile.numbers}
        return evolve(local, splits=splits, evaluation=(*local.evaluation, NUMBERED), expert_score=None)

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of a split that the server knows by number.

        :raises TaskNotFound: it knows none of them.
        """
        if split not in self.splits:
            raise TaskNotFound(
                f"the server of {self.spec.id!r} knows no task of a split {split!r} by number",
                hint=f"splits: {', '.join(self.splits) or 'none'}; or name a task: {self._example}",
            )
        return super().tasks(split)

    def list_tasks(self, split: str) -> Sequence[Task]:
        """Those of the plugin that have a number, or all numbers."""
        if split == NUMBERED:
            ids = [self._template.replace("{index}", str(number)) for number in range(self.profile.numbers)]
            return TaskList(ids, lambda id: evolve(self.find(id), split=NUMBERED))
        return TaskList(self._ids(split), self._local.find)

    def find(self, task_id: str) -> Task:
        """The task of an id: of the plugin where it knows it, else by its number alone."""
        self.index(task_id)
        try:
            return self._local.find(task_id)
        except TaskNotFound:
            return Task(task_id, "", self.spec.kinds[0] if len(self.spec.kinds) == 1 else "", digest([task_id]))

    def index(self, task_id: str) -> int:
        """The number of a task at the server. :raises TaskNotFound: it has none."""
        found = self._pattern.fullmatch(task_id)
        if found is None:
            raise TaskNotFound(
                f"the server of {self.spec.id!r} knows no task {task_id!r}", hint=f"its tasks are named {self._example}"
            )
        return int(found[1])

    @property
    def _example(self) -> str:
        return self._template.replace("{index}", "0") + " and so on"

    @property
    def _template(self) -> str:
        return self.profile.task or f"{self.spec.id}_{{index}}"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        before, _, after = self._template.partition("{index}")
        return re.compile(f"{re.escape(before)}([0-9]{{1,18}}){re.escape(after)}")

    def _ids(self, split: str) -> list[str]:
        tasks = self._local.tasks(split)
        ids = tasks.ids if isinstance(tasks, TaskList) else [task.id for task in tasks]
        return [id for id in ids if self._pattern.fullmatch(id)]


def _environment(url: str) -> str:
    address, _, name = url.partition("#")
    if name:
        return name
    last = address.rstrip("/").rpartition("/")[2]
    known = _known()
    if last in known:
        return last
    raise ConfigError(
        f"{url}: which environment is it?",
        hint=f"write it behind a #, such as {address}#{next(iter(known), 'textcraft')}; there are: {', '.join(known)}",
    )


def _known() -> list[str]:
    return [spec.id for spec in specs("environment") if spec.legacy is not None]
