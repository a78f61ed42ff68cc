"""What stands in two libraries, since neither may import the other, is the same in both."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from workspace import ROOT

SERVICE = ROOT / "plugins/service/src/agentgym_service/admission.py"
WORKBENCH = ROOT / "plugins/viewer/src/agentgym_viewer/workbench/admission.py"


def definition(path: Path, name: str) -> str:
    """The code of a function or a constant at the top of a module, without its comments."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.unparse(node)
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            return ast.unparse(node)
    raise LookupError(f"{path} has no {name}")


@pytest.mark.parametrize("name", ["LOOPBACK", "_EVERYWHERE", "host_name", "_is_address"])
def test_who_may_ask_is_decided_alike_by_servers_and_workbench(name: str) -> None:
    assert definition(SERVICE, name) == definition(WORKBENCH, name)
