"""Listing this plugin is cheap, and says what it lacks and how to get it."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from agentgym_core.registry import missing, spec
from agentgym_policy_vllm.config import OURS, VllmConfig

CODE = """
import sys
from agentgym_core.registry import spec, specs
for kind in ("environment", "policy", "command"):
    specs(kind)
assert spec("policy", "vllm").trainable
heavy = {"vllm", "torch", "transformers", "pydantic", "numpy", "rich"} & set(sys.modules)
assert not heavy, heavy
"""
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_listing_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def agentgym(*words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from agentgym_core.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vllm is here")
def test_without_vllm_it_is_unavailable_and_the_doctor_says_how_to_get_it() -> None:
    (lacking,) = missing(spec("policy", "vllm").requires)
    assert lacking.name == "vllm"
    listed = agentgym("list", "policies")
    assert listed.returncode == 0
    assert "unavailable: needs module vllm; see: agentgym doctor vllm" in listed.stdout
    rows = {row["id"]: row for row in json.loads(agentgym("list", "--json").stdout)["policies"]}
    assert rows["vllm"]["missing"] == ["vllm"]
    assert rows["random"]["missing"] == []
    done = agentgym("doctor", "vllm")
    assert done.returncode == 1
    assert "module vllm is missing" in done.stdout
    assert "pip install 'vllm>=0.30'" in done.stdout
    assert "make test-vllm" in done.stdout


def test_arguments_that_other_settings_decide_are_refused() -> None:
    assert VllmConfig(model="m", engine={"gpu_memory_utilization": 0.5}).engine
    for name in sorted(OURS):
        with pytest.raises(ValidationError, match=name):
            VllmConfig(model="m", engine={name: 1})


def test_every_key_is_described_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", README.partition("## Configuration")[2], re.MULTILINE))
    assert rows.keys() | {"revision"} == VllmConfig.model_fields.keys()
    for name, told in rows.items():
        default = VllmConfig.model_fields[name].default
        if isinstance(default, str):
            assert told == f'`"{default}"`'
        elif isinstance(default, bool):
            assert told == f"`{str(default).lower()}`"
        elif isinstance(default, int):
            assert told == f"`{default}`"
