"""The texts of a task's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping

from agentgym_bridge_harbor.game import EPISODE
from agentgym_core.environment import Description
from agentgym_core.environments import EnvironmentSource
from agentgym_core.types import Task

PYTHON = "python:3.12.11-slim-bookworm"

AGENT = f"""FROM {PYTHON}
RUN useradd --create-home agent
COPY act /usr/local/bin/act
RUN chmod 755 /usr/local/bin/act
WORKDIR /home/agent
"""

ACT = """#!/usr/bin/env python3
# act: what is seen now. act "an action": take it, and see what is seen then.
import os
import sys
import urllib.request

base = os.environ.get("AGENTGYM_GAME", "http://game:8000")
words = " ".join(sys.argv[1:])
request = urllib.request.Request(base + "/act", words.encode(), method="POST") if words else base + "/"
print(urllib.request.urlopen(request).read().decode())
"""

TEST = """#!/bin/sh
# The reward is the score in the game's own record. Where the environment failed there is none, and the trial fails.
set -e
out=${AGENTGYM_LOGS:-/logs/verifier}
mkdir -p "$out"
python3 - "${AGENTGYM_RECORD:-RECORD}" "$out/reward.json" <<'PROGRAM'
import json
import sys

record, reward = sys.argv[1:]
with open(record) as file:
    told = json.load(file)
if told["score"] is None:
    sys.exit("the environment failed: " + told.get("fault", ""))
with open(reward, "w") as file:
    json.dump({"reward": told["score"], "success": float(told["success"])}, file)
PROGRAM
""".replace("RECORD}", f"{EPISODE}}}")


def image(distribution: str) -> str:
    """The Dockerfile of the game's image: everything comes from the folder of wheels beside it."""
    return f"""FROM {PYTHON}
COPY wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels agentgym-bridge-harbor {distribution} && rm -r /wheels
EXPOSE 8000
CMD ["python", "-m", "agentgym_bridge_harbor.game"]
"""


def task(name: str, source: EnvironmentSource, task: Task) -> str:
    """task.toml; its scalars stand as JSON, which TOML reads."""
    about = source.description
    seconds = about.reset_seconds + about.max_rounds * about.step_seconds
    told = json.dumps
    return f"""schema_version = "1.4"

[task]
name = {told(name)}
description = {told(source.spec.summary or about.instruction[:200])}
keywords = ["agentgym", {told(source.spec.id)}]

[metadata]
environment = {told(source.spec.canonical)}
task = {told(task.id)}
split = {told(task.split)}
kind = {told(task.kind)}
fingerprint = {told(task.fingerprint)}
max_rounds = {about.max_rounds}

[agent]
timeout_sec = {max(600.0, seconds)}
user = "agent"

[verifier]
timeout_sec = 60.0
environment_mode = "separate"

[verifier.environment]
docker_image = {told(PYTHON)}

[environment]
build_timeout_sec = 600.0

[[artifacts]]
service = "game"
source = {told(EPISODE)}
"""


def instruction(about: Description) -> str:
    """What the agent is told."""
    forms = "".join(f"- `{action.text}`{_about(action.description)}\n" for action in about.actions if action.text)
    known = f"\nActions have one of these forms:\n\n{forms}" if forms else ""
    return f"""{about.instruction}

You act with the command `act`. Without arguments it shows what you see now; `act "ACTION"` takes an action and shows what you see
then. There are at most {about.max_rounds} actions, and the episode cannot be started again.
{known}"""


def _about(text: str) -> str:
    return f": {text}" if text else ""


def compose(image: str, variables: Mapping[str, str]) -> str:
    """The game beside the agent's container. JSON is YAML; a `$` is doubled, since compose would put a variable there."""
    named = {name: value.replace("$", "$$") for name, value in variables.items()}
    services = {"main": {"depends_on": ["game"]}, "game": {"image": image, "environment": named}}
    return json.dumps({"services": services}, indent=2) + "\n"
