"""The README of an environment's plugin: its example prints what the page says, and its figures are those of the environment."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Collection
from pathlib import Path
from statistics import fmean
from typing import ClassVar

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_testing.subject import Sizes, Subject

# A block of Python with the block of its output right behind it.
_EXAMPLE = re.compile(r"```python\n(.*?)```\n\n```\n(.*?)```", re.DOTALL)
# What a page says of the expert's rounds: the fewest, the most, the mean.
_ROUNDS = re.compile(r"takes (\d+) to (\d+) rounds, ([\d.]+) in the mean")


class ReadmeConformance:
    """Subclass it and name the page: its first example is run.

    :cvar readme: the page's path.
    """

    readme: ClassVar[Path]

    @classmethod
    def text(cls) -> str:
        """The page."""
        return cls.readme.read_text(encoding="utf-8")

    def test_the_example_prints_what_is_shown(self) -> None:
        """The first block of Python prints the block behind it."""
        found = _EXAMPLE.search(self.text())
        assert found is not None, f"{self.readme} has no example with its output"
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(found[1], str(self.readme), "exec"), {})  # noqa: S102 - the plugin's own page
        assert printed.getvalue() == found[2]


class ToolReadmeConformance(ReadmeConformance):
    """The page of a tool environment whose generated splits hold as many tasks of each kind.

    :cvar environment: its id.
    :cvar kinds: the kinds of questions.
    :cvar tools: the tools' names.
    """

    environment: ClassVar[str] = ""
    kinds: ClassVar[Collection[str]] = ()
    tools: ClassVar[Collection[str]] = ()

    def test_the_tables_are_true(self) -> None:
        """The sizes of the splits, the number of kinds, and every tool."""
        splits, kinds, text = resolve_environment(self.environment).splits, len(self.kinds), self.text()
        assert f"| `train` | {splits['train']} | {splits['train'] // kinds} each of {kinds} kinds" in text
        assert f"| `eval` | {splits['eval']} | {splits['eval'] // kinds} each" in text
        assert [name for name in self.tools if f"`{name}`" not in text] == []

    def test_the_figures_of_the_expert_are_true(self) -> None:
        """Where the page says how many rounds the expert takes, over every task of every split."""
        said = _ROUNDS.search(self.text())
        if said is None:
            pytest.skip(f"{self.readme} does not say how many rounds the expert takes")
        with Subject(self.environment, sizes=Sizes(tasks=sys.maxsize)) as subject:
            rounds = [len(episode.steps) for episode in subject.expert_episodes]
        assert said.groups() == (str(min(rounds)), str(max(rounds)), f"{fmean(rounds):.1f}")
