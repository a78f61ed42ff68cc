"""Every action gets a method of its own, whatever the names are."""

from __future__ import annotations

import pytest

from agentgym_bridge_trl.tools import RESERVED, methods_of
from agentgym_core.specs import ActionSpec


@pytest.mark.parametrize(
    "names",
    [
        ("look", "go"),
        ("reset", "reset_"),
        ("reset_", "reset"),
        ("reset", "reset_", "reset__"),
        ("_x", "x_", "x"),
        ("_x", "__x"),
        ("_", "__", "act_"),
    ],
)
def test_every_action_has_a_method_of_its_own(names: tuple[str, ...]) -> None:
    found = methods_of(ActionSpec(name, description=f"Do {name}.") for name in names)
    assert [(method.__doc__ or "").partition("\n")[0] for method in found.values()] == [f"Do {name}." for name in names]
    assert all(name == method.__name__ and name not in RESERVED and name[0] != "_" for name, method in found.items())
    # An action whose name can be its method's keeps it.
    assert {name for name in names if name not in RESERVED and name[0] != "_"} <= set(found)
