"""Runs where OpenEnv is: its own server, with a game of ours. Prints its port."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn
from openenv.core.env_server import Action, Environment, Observation, State, create_fastapi_app


class Said(Action):
    """What the player says."""

    text: str


class Heard(Observation):
    """What is answered."""

    text: str


class Count(Environment):
    """Say `up` until the number is reached that the seed draws; every step of the way earns its share."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def reset(self, seed: int | None = None, episode_id: str | None = None, **more: Any) -> Heard:
        """Start again."""
        self.goal, self.count = 2 + (seed or 0) % 3, 0
        return Heard(text=f"Count to {self.goal}.")

    def step(self, action: Said, timeout_s: float | None = None, **more: Any) -> Heard:
        """Count, where the player says so."""
        on = action.text == "up"
        self.count += on
        return Heard(text=f"{self.count} of {self.goal}", reward=on / self.goal, done=self.count == self.goal)

    @property
    def state(self) -> State:
        """Nothing is told."""
        return State()


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
app = create_fastapi_app(Count, Said, Heard, max_concurrent_envs=256)
uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False)).run(sockets=[listener])
