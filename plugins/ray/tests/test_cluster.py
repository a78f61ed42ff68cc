"""Which cluster a process comes to talk to."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from agentgym_ray import cluster


@pytest.mark.parametrize(
    ("given", "variable", "asked"),
    [
        ("", None, "local"),
        ("", "10.0.0.1:6379", "10.0.0.1:6379"),
        ("auto", None, "auto"),
        ("auto", "10.0.0.1:6379", "auto"),
    ],
)
def test_without_an_address_it_is_a_cluster_of_its_own_and_not_one_that_runs_here(
    given: str, variable: str | None, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ray itself would join whatever cluster was started on this machine last, and fail with it when it ends.
    addresses: list[Any] = []

    def init(*, address: str | None, **others: Any) -> None:
        addresses.append(address)
        raise ConnectionError("not here")

    monkeypatch.setattr(cluster.ray, "init", init)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    if variable:
        monkeypatch.setenv("RAY_ADDRESS", variable)
    done: Future[None] = Future()
    cluster._init(given, done)
    assert isinstance(done.exception(), ConnectionError)
    assert addresses == [asked]
