from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentgym_env_wordle import words
from agentgym_testing.players import play, source_fixture

__all__ = ["play"]

source = source_fixture("wordle")


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
