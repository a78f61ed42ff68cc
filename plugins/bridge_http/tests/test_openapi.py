"""Requests made up from the OpenAPI document: nothing breaks, and what it declares is what comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")

Start = Callable[..., Any]


@pytest.mark.parametrize("name", ["createEnv", "reset", "step", "close", "observation", "available_actions"])
def test_every_answer_is_one_that_the_document_declares(server: Start, source: Start, name: str) -> None:
    live = server(source("Raises"), max_sessions=4, expert=True)
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{live.port}/openapi.json")
    operation = schema[f"/raises/{name}"]["GET" if name in ("observation", "available_actions") else "POST"]
    seen: set[int] = set()

    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), known=st.booleans())
    def play(case: Any, known: bool) -> None:
        created, answer, _ = live.http("POST", "/raises/createEnv")
        if known and created == 200:
            # No made-up id is that of a session.
            for given in (case.body, case.query):
                if isinstance(given, dict) and "id" in given:
                    given["id"] = answer["id"]
            if name != "reset":
                live.http("POST", "/raises/reset", {"id": answer["id"], "task": "t1"})
        # A full server (503) and an environment that breaks (502) are what the document says they are, and no failures here.
        seen.add(case.call_and_validate(excluded_checks=[schemathesis.checks.not_a_server_error]).status_code)
        if created == 200:
            live.http("POST", "/raises/close", {"id": answer["id"]})

    play()
    assert 200 in seen, f"only refusals came: {seen}"
    assert 500 not in seen
    # createEnv's own are all that may be left, up to the limit.
    assert live.sessions <= (4 if name == "createEnv" else 0)
