"""Environments that live elsewhere, known here by what is said of them: the base of the sources of another Python and of servers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec

from agentgym_core.environment import Description, Environment, TaskList
from agentgym_core.environments.source import EnvironmentSource
from agentgym_core.errors import ConfigError
from agentgym_core.plugins import Announced, Plugin
from agentgym_core.specs import EnvironmentSpec
from agentgym_core.types import Task


class DescribeResponse(msgspec.Struct):
    """What there is to know of an environment without making one."""

    spec: EnvironmentSpec
    distribution: str
    version: str
    config: dict[str, Any]
    digest: str
    description: Description


class TaskRows(msgspec.Struct):
    """The tasks of a split: id, kind and fingerprint of each."""

    rows: list[tuple[str, str, str]]


def about(source: EnvironmentSource) -> DescribeResponse:
    """What a source knows, for callers that have only its description."""
    plugin = source.component.plugin
    return DescribeResponse(
        source.spec, plugin.distribution, plugin.version, source.config_values, source.config_digest, source.description
    )


def task_rows(source: EnvironmentSource, split: str) -> TaskRows:
    """The tasks of a split, as a description holds them.

    :raises TaskNotFound: there is no such split.
    """
    return TaskRows([(task.id, task.kind, task.fingerprint) for task in source.tasks(split)])


class DescribedSource(EnvironmentSource):
    """An environment that is never imported here. Its tasks carry no `data`.

    :param about: what its owner says of it. :param place: where it lives, in words.
    """

    def __init__(self, about: DescribeResponse, place: str) -> None:
        plugin = Plugin(about.spec.id, "ok", about.distribution, about.version)
        super().__init__(Announced(plugin, about.spec), dict(about.config))
        self.about = about
        self.place = place

    @property
    def cls(self) -> type[Environment]:
        """Not to be had here.

        :raises ConfigError: always.
        """
        raise ConfigError(
            f"environment {self.spec.id!r} lives {self.place}", hint="leave the placement out: the environment knows it"
        )

    @property
    def description(self) -> Description:
        """What is true of every episode."""
        return self.about.description

    @property
    def config_values(self) -> dict[str, Any]:
        """The configuration that it has there, as JSON values."""
        return dict(self.about.config)

    @cached_property
    def config_digest(self) -> str:
        """The digest of the configuration that it has there."""
        return self.about.digest

    def list_tasks(self, split: str) -> Sequence[Task]:
        """The tasks of a split, asked for where it lives."""
        known = {id: Task(id, split, kind, fingerprint) for id, kind, fingerprint in self.ask_tasks(split).rows}
        return TaskList(list(known), known.__getitem__)

    @abstractmethod
    def ask_tasks(self, split: str) -> TaskRows:
        """Ask where it lives for the tasks of a split that exists."""
