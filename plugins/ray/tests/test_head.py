"""The head of a cluster is lost in the middle of a run: what had ended is kept, the error says how to go on, and going on ends the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="ray is not installed: make test-ray")

pytestmark = [pytest.mark.timeout(1800), pytest.mark.filterwarnings("default::ResourceWarning")]
# So many that the run is still going when the head has been silent for two seconds: steps need no head, and 3,000 episodes take a second.
COLLECT = ["collect", "maze", "--policy", "expert", "--split", "train", "--limit", "40", "--samples", "600"]
Clusters = Callable[[], Any]


def test_a_run_of_episodes(tmp_path: Path, heads: Any, clusters: Clusters) -> None:
    first = clusters()
    place = ["--placement", "ray:address=auto,num_cpus=1,head_seconds=2"]
    lines = tmp_path / "far" / "trajectories.jsonl"
    driver = heads.agentgym(tmp_path, first.address, *COLLECT, *place, "--out", "far")
    heads.wait_for(lambda: lines.exists() and lines.read_bytes().count(b"\n") >= 50, driver)
    first.behead()
    before = lines.read_bytes()
    words = driver.communicate(timeout=600)[1]
    assert driver.returncode == 1
    assert re.search(r"the head of the Ray cluster is lost: it has said nothing for \d+ s", words)
    assert "--resume" in words
    assert lines.read_bytes().startswith(before[: before.rfind(b"\n") + 1])
    assert not [fault for fault in heads.played(tmp_path / "far").values() if "fault" in fault[1].value]
    again = heads.agentgym(tmp_path, clusters().address, *COLLECT, *place, "--out", "far", "--resume")
    words = again.communicate(timeout=600)[1]
    assert again.returncode == 0, words
    here = heads.agentgym(tmp_path, "", *COLLECT, "--out", "here")
    here.communicate(timeout=600)
    assert here.returncode == 0
    far = heads.played(tmp_path / "far")
    assert far == heads.played(tmp_path / "here")
    assert len(far) == 24_000
