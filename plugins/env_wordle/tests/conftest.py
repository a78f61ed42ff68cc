from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action, Step
from agentgym_env_wordle import words


@pytest.fixture
def source() -> Callable[..., EnvironmentSource]:
    """Makes Wordle's source from configuration keys."""
    return lambda **config: resolve_environment("wordle", config)


@pytest.fixture
def play(source: Callable[..., EnvironmentSource]) -> Callable[..., list[Step]]:
    """Plays actions in a task: the steps, the opening first."""

    def play(task: str, actions: Sequence[str], **config: Any) -> list[Step]:
        with GuardedEnvironment(source(**config)) as instance:
            steps = [instance.reset(ResetRequest(task=task, seed=0)).step]
            steps += [instance.step(Action(text=text)).step for text in actions]
        return steps

    return play


@pytest.fixture
def forty(tmp_path: Path) -> Path:
    """A file of 40 words that is not the original's."""
    path = tmp_path / "forty.txt"
    path.write_text("\n".join(words.packaged().words[3:483:12]))
    return path


@pytest.fixture
def stand_in(forty: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same file, taken for the original's."""
    import hashlib

    monkeypatch.setattr(words, "OFFICIAL_SHA256", hashlib.sha256(forty.read_bytes()).hexdigest())
    words._from_file.cache_clear()
    return forty


@pytest.fixture
def original() -> Path:
    """The original's own file, which is not shipped: AGENTGYM_WORDLE_WORDS names it."""
    path = os.environ.get("AGENTGYM_WORDLE_WORDS")
    if not path:
        pytest.skip("the original's word file is not here (AGENTGYM_WORDLE_WORDS=path)")
    return Path(path)
