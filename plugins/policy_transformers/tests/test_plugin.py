"""Listing this plugin is cheap, and its components are found by id."""

from __future__ import annotations

import subprocess
import sys

from agentgym_core.registry import spec

CODE = """
import sys
from agentgym_core.registry import spec, specs
for kind in ("environment", "policy", "command"):
    specs(kind)
assert spec("policy", "transformers").trainable
import agentgym_policy_transformers.commands.model, agentgym_policy_transformers.commands.audit_tokens
heavy = {"torch", "transformers", "peft", "accelerate", "tokenizers", "pydantic", "numpy", "rich"} & set(sys.modules)
assert not heavy, heavy
"""


def test_listing_and_the_commands_import_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_commands_are_announced() -> None:
    assert spec("command", "model").target.endswith(".model")
    assert spec("command", "audit-tokens").target.endswith(".audit_tokens")
