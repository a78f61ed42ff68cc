#!/usr/bin/env bash
# openenv 0.10.0: MCPToolClient.call_tool cannot call a tool that has an argument called `name`.
#
# `call_tool(name, **arguments)` takes the tool's arguments as keywords beside a parameter `name` that is not positional-only, so that a tool
# such as `greet(name)` ends in a TypeError before anything is sent. The server takes such tools, and a step with a CallToolAction calls
# them. Who makes tools for OpenEnv's clients does well to call no argument `name`; who writes a client gives the step.
#
# Prints, and exits with 0 as long as it is so:
#   openenv 0.10.0, call_tool: TypeError
#   step: Hello, Ada!
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openenv==0.10.0 2>/dev/null
"$folder/venv/bin/python" - 2>/dev/null <<'PROGRAM'
import asyncio
import socket
import threading
import time
from importlib.metadata import version

import uvicorn
from fastmcp import FastMCP
from openenv.core.env_server.http_server import create_fastapi_app
from openenv.core.env_server.mcp_environment import MCPEnvironment
from openenv.core.env_server.mcp_types import CallToolAction, CallToolObservation
from openenv.core.env_server.types import Observation, State
from openenv.core.mcp_client import MCPToolClient

tools = FastMCP("tools")


@tools.tool
def greet(name: str) -> str:
    return f"Hello, {name}!"


class Greeter(MCPEnvironment):
    def __init__(self):
        super().__init__(tools)

    def reset(self, **more):
        return Observation(done=False, reward=None)

    def _step_impl(self, action, **more):
        return Observation(done=False, reward=None)

    @property
    def state(self):
        return State()


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
app = create_fastapi_app(Greeter, CallToolAction, CallToolObservation)
server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
threading.Thread(target=server.run, daemon=True).start()
while not server.started:
    time.sleep(0.1)


async def main():
    async with MCPToolClient(base_url=f"http://127.0.0.1:{port}") as client:
        await client.reset()
        try:
            called = await client.call_tool("greet", name="Ada")
        except TypeError as error:
            called = type(error).__name__
        print(f"openenv {version('openenv')}, call_tool:", called)
        told = await client.step(CallToolAction(tool_name="greet", arguments={"name": "Ada"}))
        stepped = told.observation.result["data"]
        print("step:", stepped)
        return called == "TypeError" and stepped == "Hello, Ada!"


raise SystemExit(0 if asyncio.run(main()) else 1)
PROGRAM
