"""One `gym eval run` of all tasks, by NeMo Gym's agent, model server and collector, against the endpoint that the first argument names.

Each environment is exported by our command and gives a row, and one server, which is told no environment, plays what the rows name: to
start the processes of a run takes longer than to play all of its episodes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from agentgym_core.cli import main

RUN = Path(__file__).resolve().parents[3] / "plugins" / "bridge_nemo" / "tests" / "nemo_eval.py"


def exported(episode: dict[str, Any], folder: Path) -> tuple[str, dict[str, Any], int]:
    """The name of what was exported, the row of the task, and the limit on replies."""
    words = ("--validation", episode["split"], "--limit", "3", "--out", str(folder))
    assert main(["export-nemo", episode["at"], *words]) == 0
    (place,) = folder.glob("environments/*")
    rows = map(json.loads, (place / "data" / "validation.jsonl").read_text().splitlines())
    (row,) = (row for row in rows if row["task"] == episode["task"])
    agent = json.loads((place / "config.yaml").read_text())[f"{place.name}_agent"]
    return (
        place.name,
        {**row, "environment": episode["at"]},
        agent["responses_api_agents"]["gymnasium_agent"]["max_steps"],
    )


def prepared(episodes: list[dict[str, Any]], folder: Path) -> tuple[str, Path]:
    """The first environment's folder, where the rows of all stand and the server is told none of them."""
    made = [exported(episode, folder / f"of-{number}") for number, episode in enumerate(episodes)]
    name, search = made[0][0], folder / "of-0"
    (search / "environments" / name / "data" / "validation.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for _, row, _ in made)
    )
    config = search / "environments" / name / "config.yaml"
    told = json.loads(config.read_text())
    told[name]["resources_servers"][name]["environment"] = ""
    told[f"{name}_agent"]["responses_api_agents"]["gymnasium_agent"]["max_steps"] = max(most for *_, most in made)
    config.write_text(json.dumps(told))
    return name, search


def play_all(episodes: list[dict[str, Any]]) -> None:
    """Play, and tell the reward of every rollout; one that failed has none."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        name, search = prepared(episodes, folder)
        model = f"--model-type vllm_model --model-url {sys.argv[1]} --model expert --model-api-key none"
        run = f"eval run --search-dir {search} --environment {name} --split validation --output {folder / 'rollouts.jsonl'}"
        done = subprocess.run([sys.executable, str(RUN), *run.split(), *model.split()], cwd=folder, check=False)
        assert done.returncode == 0
        rollouts = [json.loads(line) for line in (folder / "rollouts.jsonl").read_text().splitlines()]
    found = {rollout["info"]["task"]: rollout["reward"] for rollout in rollouts if "info" in rollout}
    for episode in episodes:
        told = {"score": found[episode["task"]]} if episode["task"] in found else {"error": "its rollout failed"}
        print(json.dumps({"environment": episode["environment"], **told}), flush=True)


play_all(json.load(sys.stdin))
