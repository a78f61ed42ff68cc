"""The conversations over HTTP: the paper's endpoints, AgentGym's own dialect, and the Model Context Protocol."""

from __future__ import annotations

from typing import Any

from golden.said import EVAL, Conversation, get, post, talk


def paper() -> dict[str, Conversation]:
    """The paper's endpoints, and the pages beside them."""
    id = "<session-1>"
    return {
        "maze": talk(
            "many",
            "maze",
            [
                post("/maze/createEnv"),
                get(f"/maze/observation?id={id}"),
                get(f"/maze/available_actions?id={id}"),
                post("/maze/step", {"id": id, "action": "move up"}),
                post("/maze/reset", {"id": id, "task": EVAL, "seed": 4}),
                get(f"/maze/observation?id={id}"),
                get(f"/maze/available_actions?id={id}"),
                post("/maze/step", {"id": id, "action": "move left"}),
                post("/maze/step", {"id": id, "action": "no action"}),
                post("/maze/step", {"id": id, "action": {"name": "move", "arguments": {"direction": "left"}}}),
                post("/maze/step", {"id": id, "action": {"text": "move up"}}),
                post("/maze/step", {"id": id, "action": "move up"}),
                post("/maze/reset", {"id": id, "split": "eval", "index": 2}),
                post("/maze/reset", {"id": id, "seed": 6}),
                post("/maze/reset", {"id": id, "task": "nowhere"}),
                post("/wordle/reset", {"id": id}),
                post("/maze/close", {"id": id}),
                post("/maze/close", {"id": id}),
            ],
        ),
        "needs": talk(
            "many",
            "textcraft",
            [
                post("/textcraft/createEnv", {"needs": ["available_actions", "expert"]}),
                post("/textcraft/reset", {"id": id, "task": "textcraft-melon"}),
                post("/textcraft/step", {"id": id, "action": "get 9 melon slice"}),
                post("/textcraft/step", {"id": id, "action": "craft 1 melon using 9 melon slice"}),
                post("/textcraft/close", {"id": id}),
            ],
        ),
        "babyai": talk(
            "many",
            "babyai",
            [
                post("/babyai/createEnv"),
                post("/babyai/reset", {"id": id, "task": "babyai-GoToRedBallNoDists-102000"}),
                post("/babyai/step", {"id": id, "action": "turn right"}),
                post("/babyai/step", {"id": id, "action": "go to red ball 1"}),
                post("/babyai/close", {"id": id}),
            ],
        ),
        "mistakes": talk(
            "many",
            "maze",
            [
                post("/maze/step", "no JSON"),
                post("/maze/step", []),
                post("/maze/step", {"id": "x"}),
                post("/maze/step", {"id": 5, "action": "move up"}),
                post("/maze/step", {"id": "x", "action": "move up"}),
                post("/maze/step", {"id": "x", "action": "move up", "more": 1}),
                post("/maze/createEnv", {"needs": ["x"]}),
                post("/maze/nothing", {}),
                post("/nothing/step", {}),
                post("/health", {}),
                get("/maze/step"),
                get("/maze/observation"),
                get("/maze/observation?id=x"),
                post("/maze/createEnv", {}, origin="http://elsewhere.example"),
            ],
        ),
        "pages": talk(
            "many",
            "maze",
            [
                get("/health"),
                get("/maze/health"),
                get("/maze/metadata"),
                get("/maze/schema"),
                get("/maze/state"),
                get("/maze/describe"),
                get("/maze/describe?split=nowhere"),
                get("/todo/schema"),
                get("/wordle/metadata"),
                get("/", "status"),
                get("/maze", "status"),
                get("/docs", "status"),
                get("/openapi.json", "paths"),
                get("/metrics", "metrics"),
                get("/nothing"),
            ],
        ),
        "guarded": talk(
            "guarded",
            "maze",
            [
                post("/maze/createEnv"),
                post("/maze/createEnv", {}, authorization="Bearer wrong"),
                get("/health"),
                get("/metadata"),
                get("/metadata", authorization="Bearer open-sesame"),
                post("/maze/createEnv", {}, authorization="Bearer open-sesame"),
                post("/maze/createEnv", {}, authorization="Bearer open-sesame"),
                post("/maze/createEnv", {}, authorization="Bearer open-sesame"),
                post("/maze/close", {"id": "<session-1>"}, authorization="Bearer open-sesame"),
                post("/maze/close", {"id": "<session-2>"}, authorization="Bearer open-sesame"),
            ],
        ),
    }


def legacy() -> dict[str, Conversation]:
    """AgentGym's own servers: each environment by its keys."""

    def episode(environment: str, index: str, actions: tuple[str, ...], looks: tuple[str, ...] = ()) -> Conversation:
        at = f"/legacy/{environment}"
        return talk(
            "many",
            environment,
            [
                get(f"{at}/"),
                post(f"{at}/create", {}),
                get(f"{at}/observation?id=0"),
                post(f"{at}/reset", {"id": 0, index: 0}),
                *(post(f"{at}/step", {"id": 0, "action": action}) for action in actions),
                get(f"{at}/observation?id=0"),
                *(get(f"{at}/{look}?id=0") for look in looks),
                post(f"{at}/reset", {"id": 0, index: 1}),
                post(f"{at}/reset", {"id": 0, index: "x"}),
                post(f"{at}/reset", {"id": 0, index: 1000000}),
                post(f"{at}/step", {"id": 0}),
                post(f"{at}/step", {"id": 7, "action": "look"}),
                post(f"{at}/step", "no JSON"),
                post(f"{at}/create", {}),
                post(f"{at}/close", {"id": 0}),
                post(f"{at}/close", {"id": 0}),
                post(f"{at}/step", {"id": 0, "action": "look"}),
                post(f"{at}/close", {"id": 1}),
            ],
        )

    right, down = "move right", "move down"
    way = (right, right, *[down] * 4, *[right] * 3, *[down] * 3, down)
    return {
        "maze": episode("maze", "game", ("move up", "nonsense", *way), ("available_actions",)),
        "wordle": episode("wordle", "seed", ("c h e v y", "b l u r b", "nonsense", "swept"), ("filtered_vocab",)),
        "textcraft": episode("textcraft", "data_idx", ("inventory", "get 1 oak log", "craft 1 moon using 2 cheese")),
        "babyai": episode("babyai", "data_idx", ("turn left", "nonsense", "turn right", "go to red ball 1")),
        "at-the-root": talk(
            "guarded",
            "maze",
            [
                post("/create", {}),
                post("/create", {}, authorization="Bearer open-sesame"),
                post("/reset", {"id": 0, "game": 2}, authorization="Bearer open-sesame"),
                post("/step", {"id": 0, "action": "move up"}, authorization="Bearer open-sesame"),
                post("/close", {"id": 0}, authorization="Bearer open-sesame"),
            ],
        ),
    }


def mcp() -> dict[str, Conversation]:
    """The Model Context Protocol over HTTP, in a session of the paper's endpoints and in one of its own."""
    both = {"accept": "application/json, text/event-stream"}
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "golden", "version": "1"},
    }

    def ask(number: int, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}

    at = "/todo/mcp?task=todo-eval-0"
    own = {**both, "mcp_session_id": "<mcp-session-id-1>"}
    return {
        "todo": talk(
            "many",
            "todo",
            [
                post(at, ask(1, "initialize", hello), **both),
                post(at, {"jsonrpc": "2.0", "method": "notifications/initialized"}, **own),
                post(at, ask(2, "tools/list", {}), **own),
                post(at, ask(3, "tools/call", {"name": "observation", "arguments": {}}), **own),
                post(at, ask(4, "tools/call", {"name": "get_projects", "arguments": {}}), **own),
                post(at, ask(5, "tools/call", {"name": "get_tasks", "arguments": {"project_id": "4846633572"}}), **own),
                post(at, ask(6, "tools/call", {"name": "finish", "arguments": {"answer": "2026-06-25"}}), **own),
            ],
        ),
    }
