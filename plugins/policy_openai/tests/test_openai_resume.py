"""A run that an endpoint played goes on when only the way to it changes, and refuses to when what answers does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.rollout.collecting import made_policy, policy_name
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run

pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")
pytest.importorskip("openai", reason="the extra `openai` is not installed")

Collect = Callable[..., int]


@pytest.fixture
def collect(stub: Any, tmp_path: Path) -> Collect:
    stub.plan = [stub.says("Thought:\nOn.\n\nAction:\nmove up")]

    def play(limit: int, *words: str, **config: Any) -> int:
        values = {"base_url": stub.url, "model": "m", "weights": "one", **config}
        said = [word for key, value in values.items() for word in ("--policy-config", f"{key}={value}")]
        fixed = ["--policy", "openai", "--rounds", "1", "--limit", str(limit), "--out", str(tmp_path / "run")]
        return main(["collect", "maze", *fixed, *said, *words])

    return play


def test_another_time_limit_and_address_go_on(stub: Any, collect: Collect, tmp_path: Path) -> None:
    assert collect(2) == 0
    other_address = stub.url.replace("127.0.0.1", "localhost")
    assert collect(3, "--resume", timeout=77, max_retries=1, base_url=other_address) == 0
    assert len(stub.requests) == 3
    episodes = list(Run.open(tmp_path / "run").trajectories())
    assert [episode.key.policy for episode in episodes] == ["openai-v1"] * 3
    assert len({episode.key.weights for episode in episodes}) == 1


@pytest.mark.parametrize("change", [{"model": "other"}, {"weights": "two"}, {"extra_body": '{"top_k": 1}'}])
def test_other_answers_are_another_run(
    stub: Any, collect: Collect, change: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect(1) == 0
    assert collect(2, "--resume", **change) == 1
    assert "policy was" in capsys.readouterr().err
    assert len(stub.requests) == 1


def test_another_policy_cannot_go_on(collect: Collect, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect(1) == 0
    assert (
        main(
            [
                "collect",
                "maze",
                "--policy",
                "random",
                "--out",
                str(tmp_path / "run"),
                "--limit",
                "2",
                "--resume",
                "--rounds",
                "1",
            ]
        )
        == 1
    )
    error = capsys.readouterr().err
    assert "policy was" in error
    assert '"model": "m"' in error


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        (ComponentChoice("random"), "random-v1"),
        (ComponentChoice("scripted", {"actions": ["go"]}), "scripted-v1"),
        (ComponentChoice("openai", {"base_url": "http://h/v1", "model": "m", "timeout": 3}), "openai-v1"),
    ],
)
def test_what_has_a_digest_of_its_own_is_named_by_its_id(choice: ComponentChoice, name: str) -> None:
    assert policy_name(choice, made_policy(choice)) == name


def test_without_one_the_configuration_tells_policies_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (ComponentChoice("scripted", {"actions": [word]}) for word in ("go", "stay"))
    policies = [made_policy(choice) for choice in (one, two)]
    monkeypatch.setattr(type(policies[0]), "weights_digest", lambda self: "")
    names = {policy_name(choice, policy) for choice, policy in zip((one, two), policies, strict=True)}
    assert len(names) == 2
    assert all(name.startswith("scripted-v1:") for name in names)
