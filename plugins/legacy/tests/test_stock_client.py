"""OpenEnv's own generic client plays whole episodes, where it is installed; it sees nothing of the superset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("openenv", reason="OpenEnv (openenv-core) is not installed")
pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

Start = Callable[..., Any]


def test_whole_episodes(server: Start, source: Start) -> None:
    from openenv.core.generic_client import GenericEnvClient  # type: ignore[import-not-found]

    live = server(source(), source("Raises"))
    with GenericEnvClient(base_url=f"http://127.0.0.1:{live.port}/counter").sync() as environment:
        for task in ("t1", "t2"):
            result = environment.reset(task=task, seed=3)
            assert (result.observation["task"], result.reward, result.done) == (task, None, False)
            total = 0.0
            while not result.done:
                result = environment.step({"text": "add 1"})
                total += result.reward
            assert total == pytest.approx(1.0)
            assert environment.state()["step_count"] == 4
    with GenericEnvClient(base_url=f"ws://127.0.0.1:{live.port}/raises/").sync() as environment:
        environment.reset()
        with pytest.raises(RuntimeError, match="EXECUTION_ERROR"):
            environment.step({"text": "fail"})
        with pytest.raises(RuntimeError, match="VALIDATION_ERROR"):
            environment.step({"words": "fail"})
        assert environment.reset().done is False


def test_a_full_server(server: Start, source: Start) -> None:
    from openenv.core.generic_client import GenericEnvClient

    live = server(source(), max_sessions=1)
    address = f"http://127.0.0.1:{live.port}/counter"
    with GenericEnvClient(base_url=address).sync() as first:
        first.reset()
        with (
            GenericEnvClient(base_url=address).sync() as second,
            pytest.raises(RuntimeError, match="CAPACITY_REACHED"),
        ):
            second.reset()
