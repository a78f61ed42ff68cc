"""The variants of the ablations: every one is a valid change of the file, and differs from what it is paired with."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agentgym_core.pipeline import read

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ablations.py"


@pytest.fixture(scope="module")
def ablations() -> ModuleType:
    for name in ("torch", "agentgym_algo_bc", "agentgym_algo_agentevol", "agentgym_policy_transformers"):
        pytest.importorskip(name, reason=f"the ablations need {name}: make setup-learn")
    spec = importlib.util.spec_from_file_location("ablations", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ablations"] = module
    spec.loader.exec_module(module)
    return module


def test_every_variant_is_a_valid_file_of_its_own(ablations: ModuleType) -> None:
    found: dict[str, Any] = {}
    for variant in ablations.VARIANTS:
        settings = read(ablations.FILE, (*ablations.STARTS[variant.start], *variant.changes))
        found[variant.name] = settings.model_dump(mode="json")
    for variant in ablations.VARIANTS:
        if variant.against:
            assert found[variant.name] != found[variant.against]
            assert found[variant.name]["tasks"] == found[variant.against]["tasks"]


def test_a_variant_is_chosen_with_what_it_is_paired_with(ablations: ModuleType) -> None:
    chosen = [variant.name for variant in ablations._chosen("merge-previous")]
    assert chosen == ["reference", "merge-initial", "merge-previous"]
    with pytest.raises(SystemExit, match="no variant nonsense; there are: reference"):
        ablations._chosen("nonsense")
