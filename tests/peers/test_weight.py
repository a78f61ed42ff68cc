"""A face is light: announcing it, and naming its package, imports nothing of the other side and nothing of core that listing does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BRIDGES = Path(__file__).resolve().parents[2] / "plugins"
OTHERS = (
    "fastapi",
    "fastmcp",
    "gymnasium",
    "inspect_ai",
    "mcp",
    "numpy",
    "openai",
    "openenv",
    "pydantic",
    "skyrl_gym",
    "starlette",
    "torch",
    "transformers",
    "trl",
    "uvicorn",
    "verifiers",
    "websockets",
)
PROGRAM = """
import importlib, importlib.util, json, sys
name = sys.argv[1]
importlib.import_module(name)
if importlib.util.find_spec(f"{name}.plugin"):
    importlib.import_module(f"{name}.plugin")
print(json.dumps(sorted({module.partition(".")[0] for module in sys.modules})))
"""


@pytest.mark.parametrize("bridge", [*sorted(path.name for path in BRIDGES.glob("bridge_*")), "legacy", "remote"])
def test_a_face_that_is_only_announced_is_light(bridge: str) -> None:
    module = f"agentgym_{bridge}"
    pytest.importorskip(module, reason=f"the plugin {bridge} is not installed")
    done = subprocess.run([sys.executable, "-c", PROGRAM, module], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert module in loaded
    assert not loaded & set(OTHERS)
