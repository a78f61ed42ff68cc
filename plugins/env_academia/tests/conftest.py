"""Graphs as AgentBoard's files hold them: pickles that name NetworkX's classes, made without NetworkX."""

from __future__ import annotations

import pickle
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TITLES = {1: "On Sparse Maps", 2: "Maps and More", 3: "Maps and More_2"}
NAMES = {"a": "Ada Rossi", "b": "Bao Weber", "c": "Bao Weber_2"}
PAPERS: dict[Any, dict[str, Any]] = {
    1: {"year": 2020, "venue": "Map Days", "n_citation": 7, "keywords": ["maps"], "doc_type": "Conference", "authors": ["Ada Rossi"]},
    2: {"year": 2018, "venue": {"raw": "Map Days"}, "n_citation": 51, "keywords": ["big"], "doc_type": "Journal", "authors": ["Bao Weber"]},
    3: {"year": 2019, "venue": None, "n_citation": 0, "keywords": ("x", "y"), "doc_type": "Journal", "authors": []},
}  # fmt: skip
AUTHORS: dict[Any, dict[str, Any]] = {
    "a": {"name": "Ada Rossi", "org": "MIT of Nowhere"},
    "b": {"name": "Bao Weber", "org": "Line of Sight"},
    "c": {"name": "Bao Weber", "org": "MIT of Nowhere"},
}
CITES = {1: {2: {"weight": 1}, 3: {"weight": 2}}, 2: {}, 3: {}}
WROTE = {
    "a": {"b": {"weight": 2, "collaborative_papers": [1, 2]}, "c": {"weight": 1, "collaborative_papers": [3]}},
    "b": {"a": {"weight": 2, "collaborative_papers": [1, 2]}},
    "c": {"a": {"weight": 1, "collaborative_papers": [3]}},
}


def graph(name: str, nodes: Any, edges: Any) -> Any:
    """An object of a class that says it is NetworkX's, with the state that NetworkX keeps."""
    module, _, kind = name.rpartition(".")
    cls = type(kind, (), {"__module__": module})
    made = cls()
    made.__dict__.update(graph={}, _node=nodes, _adj=edges, __networkx_cache__={})
    return made


def dumped(value: Any, protocol: int = 4) -> bytes:
    """A pickle in which the value's class is found where it says it is."""
    cls = type(value)
    if cls.__module__ == "builtins":
        return pickle.dumps(value, protocol)
    kept = {name: sys.modules.get(name) for name in ("networkx", "networkx.classes", cls.__module__)}
    try:
        for name in kept:
            sys.modules[name] = types.ModuleType(name)
        setattr(sys.modules[cls.__module__], cls.__name__, cls)
        return pickle.dumps(value, protocol)
    finally:
        for name, module in kept.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


@pytest.fixture
def parts() -> dict[str, Any]:
    """What the six files hold, by name."""
    return {
        "paper_net": graph("networkx.classes.digraph.DiGraph", PAPERS, CITES),
        "author_net": graph("networkx.classes.graph.Graph", AUTHORS, WROTE),
        "title2id_dict": {title: id for id, title in TITLES.items()},
        "id2title_dict": TITLES,
        "author2id_dict": {name: id for id, name in NAMES.items()},
        "id2author_dict": NAMES,
    }


@pytest.fixture
def folder(tmp_path: Path, parts: dict[str, Any]) -> Path:
    """A folder of graphs."""
    found = tmp_path / "raw"
    found.mkdir()
    for name, value in parts.items():
        (found / f"{name}.pkl").write_bytes(dumped(value))
    return found


@pytest.fixture
def pickled() -> Callable[..., bytes]:
    """Makes a pickle of a value."""
    return dumped
