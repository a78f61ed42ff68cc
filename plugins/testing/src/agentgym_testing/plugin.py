"""The pytest side of the conformance kit. Loaded in every pytest run of every project, so it imports nothing at the top.

One line in a `conftest.py` runs the kit: `agentgym_conformance = ["maze"]`, or `{"maze": {"sizes": [7]}}` with a configuration each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

VARIABLE = "agentgym_conformance"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A `conftest.py` that names environments becomes a module with a test class for each."""
    if file_path.name != "conftest.py":
        return None
    conftest = _module(parent.config, file_path)
    named = getattr(conftest, VARIABLE, None)
    if named is None:
        return None
    import pytest

    if not isinstance(named, (list, tuple, dict)) or not all(isinstance(id, str) for id in named):
        raise pytest.UsageError(f"{file_path}: {VARIABLE} must be a list of ids of environments, not {named!r}")
    from types import ModuleType

    from agentgym_testing.environments import conformance

    generated = ModuleType(conftest.__name__)
    generated.__file__ = str(file_path)
    for id in named:
        made = conformance(id, config=named[id] if isinstance(named, dict) else None)
        setattr(generated, made.__name__, made)
    module: pytest.Module = pytest.Module.from_parent(parent, path=file_path)
    module.obj = generated
    return module


def _module(config: pytest.Config, path: Path) -> Any:
    for plugin in config.pluginmanager.get_plugins():
        if getattr(plugin, "__file__", None) == str(path):
            return plugin
    return None
