"""One episode of one task, over HTTP, for an agent that has a shell in another container: python -m agentgym_bridge_harbor.game

AGENTGYM_ENVIRONMENT, AGENTGYM_TASK, AGENTGYM_CONFIG (JSON) and AGENTGYM_ROUNDS say what is played. `GET /` is the first observation, or the
last; `POST /act` takes the canonical text of an action. How it went stands in a file of this container, where the agent cannot reach it.
"""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from agentgym_core.errors import AgentGymError, sayable
from agentgym_core.rollout import BlockingEnvironment, make_environment
from agentgym_core.terminal import say

PORT = 8000
EPISODE = "/var/agentgym/episode.json"
"""The file that tells how the episode went."""
LONGEST = 1_000_000
"""Bytes that an action may have."""


class Game:
    """The episode: it can be played once, and for so many rounds."""

    def __init__(self, environment: BlockingEnvironment, task: str, rounds: int, record: Path) -> None:
        self._environment = environment
        self._rounds = rounds
        self._record = record
        self.shown = environment.reset(task)
        self.told: dict[str, Any] = {"task": task, "score": 0.0, "success": False, "rounds": 0, "outcome": "unfinished"}
        self._write()

    @property
    def over(self) -> bool:
        """Whether no further action is taken."""
        return bool(self.told["outcome"] != "unfinished")

    def act(self, text: str) -> str:
        """Take an action: what is seen then."""
        if self.over:
            return "The episode is over."
        self.told["rounds"] += 1
        try:
            return self._taken(text)
        finally:
            self._write()

    def _taken(self, text: str) -> str:
        try:
            step = self._environment.step(sayable(text.strip()))
        except AgentGymError as error:
            # No score: the verifier finds none and fails the trial instead.
            self.told |= {"outcome": "environment_fault", "score": None, "fault": str(error)}
            return "The environment failed. The episode is over."
        self.told |= {"score": step.score, "success": step.solved}
        self.shown = step.observation
        if step.ended or self.told["rounds"] >= self._rounds:
            self.told["outcome"] = "solved" if step.solved else "failed" if step.terminated else "truncated"
            return f"{step.observation}\nThe episode is over."
        return step.observation

    def _write(self) -> None:
        new = self._record.with_suffix(".new")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(self.told), encoding="utf-8")
        new.replace(self._record)


def server(game: Game, port: int = PORT) -> HTTPServer:
    """Serves one request at a time: there is one episode."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(game.shown, 200 if self.path == "/" else 404)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if self.path != "/act" or length > LONGEST:
                self._send("", 404 if self.path != "/act" else 413)
            else:
                self._send(game.act(self.rfile.read(length).decode("utf-8", "replace")), 200)

        def _send(self, text: str, status: int) -> None:
            content = text.encode("utf-8", "replace")
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return HTTPServer(("", port), Handler)


def main() -> None:
    """Serve until the container is stopped."""
    variables = os.environ
    config = json.loads(variables.get("AGENTGYM_CONFIG") or "{}")
    with make_environment(variables["AGENTGYM_ENVIRONMENT"], config or None, needs=()) as environment:
        rounds = int(variables.get("AGENTGYM_ROUNDS") or environment.description.max_rounds)
        game = Game(environment, variables["AGENTGYM_TASK"], rounds, Path(variables.get("AGENTGYM_RECORD") or EPISODE))
        with server(game, int(variables.get("AGENTGYM_PORT") or PORT)) as serving:
            say(f"http://127.0.0.1:{serving.server_address[1]}", flush=True)
            serving.serve_forever()


if __name__ == "__main__":
    main()
