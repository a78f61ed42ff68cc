"""The kit for served environments passes where a server tells the truth, and finds it out where not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve
from msgspec.structs import replace

from agentgym_testing import ServedConformance
from agentgym_testing.serving import Episode

for _name in ("agentgym_service", "websockets"):
    pytest.importorskip(_name, reason="the plugin service is not installed")
pytest.importorskip("agentgym_env_wordle", reason="the plugin env_wordle is not installed")


class WordleServed(ServedConformance):
    environment = "wordle"


FACES = sorted(name for name in vars(ServedConformance) if name.startswith("test_"))


@pytest.fixture(scope="module")
def served() -> Iterator[ServedConformance]:
    """A running server of Wordle."""
    WordleServed.setup_class()
    yield WordleServed()
    WordleServed.teardown_class()


@pytest.mark.parametrize("face", FACES)
def test_what_is_served_as_it_is_passes(served: ServedConformance, face: str) -> None:
    getattr(served, face)()


@pytest.mark.parametrize("face", FACES)
def test_another_text_is_found_on_every_face(
    served: ServedConformance, face: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = served.episode

    def altered(task: str) -> Episode:
        episode = real(task)
        moves = tuple((action, replace(step, observation=step.observation + "!")) for action, step in episode.moves)
        return evolve(episode, moves=moves)

    monkeypatch.setattr(WordleServed, "episode", staticmethod(altered))
    with pytest.raises(AssertionError):
        getattr(served, face)()
