"""A learner of another process, followed in a real browser from its first loss through a kill to its end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentgym_viewer.workbench.runs import pipeline_id
from agentgym_viewer.workbench.settings import WorkbenchSettings
from agentgym_viewer.workbench.site import url

pytestmark = pytest.mark.engine

LEARNER = """
import json, os, sys
folder, first = sys.argv[1], int(sys.argv[2])
def line(step):
    return json.dumps({"step": step, "loss": 8.0 / step}) + "\\n"
with open(folder + "/aside", "w") as file:
    file.write('{"steps": 8}\\n' + "".join(map(line, range(1, first))))
os.replace(folder + "/aside", folder + "/losses.jsonl")
print("begun", flush=True)
with open(folder + "/losses.jsonl", "a") as file:
    for step in map(int, sys.stdin):
        file.write(line(step)[: -9 if step == 5 else None])
        file.flush()
        print("logged", flush=True)
"""


@contextmanager
def learner(folder: Path, first: int) -> Iterator[Any]:
    """A process that learns, a step for each call; it has losses of the steps before `first`. It is killed in the end."""
    command = [sys.executable, "-c", LEARNER, str(folder), str(first)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"

        def step(number: int) -> None:
            process.stdin.write(f"{number}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "logged\n"

        yield step
        process.kill()


def test_losses_are_seen_while_a_learner_of_another_process_learns(
    chromium: Any, serving: Any, axe: Any, tmp_path: Path
) -> None:
    stage = tmp_path / "pipe" / "stages" / "learn"
    stage.mkdir(parents=True)
    (tmp_path / "pipe" / "pipeline.json").write_text(json.dumps({"stages": [{"name": "learn", "kind": "train"}]}))
    (stage / "made_from").write_text("x")
    with serving(tmp_path, WorkbenchSettings(port=0)) as bench:
        context = chromium.new_context(viewport={"width": 1200, "height": 800})
        page = context.new_page()
        page.set_default_timeout(120_000)
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(bench.address + url("pipeline", pipeline_id("pipe")))
        page.wait_for_selector(".live.on")
        assert page.locator("#losses figure").count() == 0
        with learner(stage, 1) as step:
            step(1)
            page.wait_for_selector("#stages >> text=step 1 of 8, loss 8.000")
            step(2)
            page.wait_for_selector("#losses >> text=learn: loss over 2 of 8 steps")
            assert page.inner_text("#stages .state") == "running"
            step(3)
            page.wait_for_selector("#losses >> text=learn: loss over 3 of 8 steps")
            # The last line is torn: killed as it was written.
            step(5)
        assert page.locator("#losses polyline").get_attribute("points").count(",") == 3
        # It goes on from a checkpoint at step 2.
        with learner(stage, 3) as step:
            page.wait_for_selector("#losses >> text=learn: loss over 2 of 8 steps")
            step(3)
            step(4)
            page.wait_for_selector("#stages >> text=step 4 of 8, loss 2.000")
            assert axe(page) == []
        losses = [{"step": step, "loss": 8.0 / step} for step in range(1, 9)]
        (stage / "result.part").write_text(json.dumps({"result": {"metrics": {"steps": 8, "losses": losses}}}))
        (stage / "result.part").rename(stage / "result.json")
        page.wait_for_selector("#losses >> text=learn: loss over 8 steps")
        assert page.inner_text("#stages .state") == "done"
        assert page.inner_text("#state") == "finished"
        assert wrong == []
        context.close()
