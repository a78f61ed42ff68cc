"""The conversations over WebSocket: OpenEnv's protocol, and what `hello` adds to it."""

from __future__ import annotations

from golden.said import EVAL, Conversation, frame, raw, talk


def openenv() -> dict[str, Conversation]:
    """The plain WebSocket protocol: OpenEnv's clients."""
    return {
        "maze": talk(
            "many",
            "maze",
            [
                frame("state"),
                frame("step", {"text": "move up"}),
                frame("reset", {"task": EVAL, "seed": 3}),
                *(frame("step", {"text": text}) for text in ("move left", "move left")),
                frame("state"),
                frame("step", {"name": "move", "arguments": {"direction": "up"}}),
                frame("step", {"text": "move up"}),
                frame("reset", {"split": "eval", "index": 1, "seed": 3, "more": 1}),
                frame("step", {"text": "fly to the moon"}),
                frame("step", {"direction": "left"}),
                frame("reset", {"seed": 11, "needs": ["available_actions", "expert"]}),
                frame("reset", {"task": "nowhere"}),
                frame("reset", {"split": "nowhere"}),
                frame("reset", {"split": "eval", "index": 100000}),
                frame("close"),
            ],
            socket="/maze/ws",
        ),
        "mistakes": talk(
            "many",
            "maze",
            [
                raw("no JSON"),
                raw("{}"),
                frame("dance"),
                frame("reset", 5),
                frame("reset", {"seed": "x"}),
                frame("step"),
                frame("step", {"text": 5}),
                frame("state", more=1),
                frame("step", {"text": "move up"}, id=1),
                frame("mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
                frame("mcp", {"jsonrpc": "2.0", "id": 2}),
                frame("close"),
            ],
            socket="/maze/ws",
        ),
        "fatal": talk("many", "maze", [raw("[]"), frame("state")], socket="/maze/ws"),
        "todo-tools": talk(
            "many",
            "todo",
            [
                frame("reset", {"task": "todo-eval-0"}),
                frame("step", {"type": "list_tools"}),
                frame("step", {"type": "call_tool", "tool_name": "get_projects", "arguments": {}}),
                frame("step", {"name": "get_projects", "arguments": {}}),
                frame("step", {"type": "call_tool", "tool_name": "nothing", "arguments": {}}),
                frame("step", {"name": "get_tasks", "arguments": {"project_id": "4846633572"}}),
                frame("step", {"name": "finish", "arguments": {"answer": "2026-06-25"}}),
                frame("close"),
            ],
            socket="/todo/ws",
        ),
        "nowhere": talk("many", "maze", [frame("state")], socket="/nowhere/ws"),
        "no-token": talk("guarded", "maze", [frame("state")], socket="/maze/ws"),
        "at-the-root": talk(
            "guarded",
            "maze",
            [frame("reset", {"task": EVAL}), frame("step", {"text": "move left"}), frame("close")],
            socket="/ws",
            headers={"authorization": "Bearer open-sesame"},
        ),
        "another-site": talk(
            "many", "maze", [frame("state")], socket="/maze/ws", headers={"origin": "http://elsewhere.example"}
        ),
    }


def extended() -> dict[str, Conversation]:
    """The protocol after `hello`: sessions, ids, batches, snapshots, tasks."""
    one, two = {"session": "<session-1>"}, {"session": "<session-2>"}
    return {
        "maze": talk(
            "many",
            "maze",
            [
                frame("hello", {"version": 9, "needs": ["available_actions"]}, id="a"),
                frame("open", id=1),
                frame("state", id=2, **one),
                frame("step", {"text": "move up"}, id=3, **one),
                frame("reset", {"task": EVAL, "seed": 5}, id=4, **one),
                frame("reset", {"task": EVAL, "seed": 5}, id=4, **one),
                frame("actions", id=5, **one),
                frame("snapshot", id=6, **one),
                frame("step", {"text": "move left"}, id=7, deadline=20, **one),
                frame("step", {"text": "move left"}, id=7, **one),
                frame("fork", {}, id=8, **one),
                frame("step", {"text": "move left"}, id=9, **two),
                frame("restore", {"snapshot": "<snapshot-1>"}, id=10, **one),
                frame(
                    "batch",
                    [
                        {"type": "step", "id": 11, **one, "data": {"text": "move left"}},
                        {"type": "step", "id": 12, **two, "data": {"text": "move up"}},
                        {"type": "step", "id": 13, "session": "none", "data": {"text": "move up"}},
                    ],
                    id=14,
                ),
                frame("state", id=15, **two),
                frame("step", {"text": "move up"}, id=16, **two),
                frame("resume", id=17, **one),
                frame("render", id=18, **one),
                frame("fork", {"snapshot": "<snapshot-1>"}, id=19, **one),
                frame("close", id=20, **two),
                frame("state", id=21, **two),
                frame("close", id=22),
            ],
            socket="/maze/ws",
            subprotocol="agentgym.1",
        ),
        "tasks": talk(
            "many",
            "wordle",
            [
                frame("hello", {}),
                frame("tasks", {}, id=1),
                frame("tasks", {"split": "eval", "start": 0, "stop": 3}, id=2),
                frame("tasks", {"split": "train"}, id=3),
                frame("tasks", {"split": "eval", "start": 5, "stop": 2}, id=4),
                frame("tasks", {"split": "nowhere"}, id=5),
                frame("open", {"needs": ["expert"]}, id=6),
                frame("reset", {"task": "wordle-eval-0"}, id=7, session="<session-1>"),
                *(
                    frame("step", {"text": word}, id=8 + index, session="<session-1>")
                    for index, word in enumerate(("swept", "blurb", "humid"))
                ),
                frame("mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, id=20, session="<session-1>"),
                frame("close", id=21, session="<session-1>"),
                frame("close"),
            ],
            socket="/wordle/ws",
            subprotocol="agentgym.1",
        ),
        "mistakes": talk(
            "many",
            "maze",
            [
                frame("hello", {"needs": []}),
                raw("no JSON"),
                frame("dance", id=1),
                frame("open", {"needs": ["x"]}, id=2),
                frame("step", {"text": "move up"}, id=3),
                frame("step", {"text": "move up"}, id=4, session="none"),
                frame("resume", id=5, session="none"),
                frame("resume", id=6),
                frame("open", id=7),
                frame("reset", {"task": "nowhere"}, id=8, session="<session-1>"),
                frame("reset", {"task": EVAL}, id=9, session="<session-1>", deadline=0),
                frame("reset", {"task": EVAL}, id=10, session="<session-1>"),
                frame("restore", {"snapshot": "none"}, id=11, session="<session-1>"),
                frame("restore", {}, id=12, session="<session-1>"),
                frame("step", {"name": "move", "arguments": {"direction": "north"}}, id=13, session="<session-1>"),
                frame("step", {"name": "fly", "arguments": {}}, id=14, session="<session-1>"),
                frame("hello", {"version": 0}, id=15),
                frame("batch", 5, id=16),
                frame("close"),
            ],
            socket="/maze/ws",
            subprotocol="agentgym.1",
        ),
    }
