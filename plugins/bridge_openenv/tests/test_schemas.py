"""What OpenEnv's clients are told of messages is what is sent and taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Start = Callable[..., Any]


def test_the_document_says_which_numbers_are_taken(server: Start, source: Start) -> None:
    live = server(source("Raises"))
    typed = live.http("GET", "/raises/schema")[1]["action"]["$defs"]
    declared = typed["add"]["properties"]["arguments"]["properties"]["number"]
    created = live.http("POST", "/raises/createEnv")[1]["id"]
    live.http("POST", "/raises/reset", {"id": created, "task": "t1"})
    for bound, beyond in ((declared["minimum"], -1), (declared["maximum"], 1)):
        status = [
            live.http(
                "POST",
                "/raises/step",
                {"id": created, "action": {"name": "add", "arguments": {"number": value}}},
            )[0]
            for value in (bound, bound + beyond)
        ]
        assert status[0] != 422
        assert status[1] == 422
    live.http("POST", "/raises/close", {"id": created})


def test_schemas_name_what_is_really_sent(server: Start, source: Start) -> None:
    live = server(source(), expert=True)
    schema = live.http("GET", "/counter/schema")[1]
    client = live.connect()
    shown = client.ask({"type": "reset", "data": {"needs": ["available_actions", "expert"]}})["data"]["observation"]
    declared = schema["observation"]["properties"]
    assert set(shown) <= set(declared)
    assert set(schema["observation"]["required"]) <= set(shown)
    assert set(schema["reset_observation"]["required"]) <= set(shown)
    action = schema["action"]
    # What trainers look at to tell an environment of texts from one of tools.
    assert (action["title"], action["type"], action["required"]) == ("CounterAction", "object", ["text"])
    assert list(action["$defs"]) == ["add", "fail"]
    typed = action["$defs"]["add"]
    assert typed["properties"]["name"] == {"const": "add"}
    assert typed["properties"]["arguments"]["required"] == ["number"]
