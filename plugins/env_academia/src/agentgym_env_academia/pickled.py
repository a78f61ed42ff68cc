"""AgentBoard's graphs, read without running anything that is in their files.

A pickle is a program: it may name any function, and the usual way to read it calls it. Here only the names of a list are known: plain
containers, and the classes of NetworkX's graphs, for which shells of ours stand in that keep what they are given. Anything else is an
error.
"""

from __future__ import annotations

import collections
import io
import pickle
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from agentgym_core.errors import ConfigError
from agentgym_env_academia.network import Network

FILES = ("paper_net", "author_net", "title2id_dict", "id2title_dict", "author2id_dict", "id2author_dict")
"""The files of the folder, each with the ending .pkl."""
_HINT = "name the folder raw of AgentBoard's data/tool-query/academia, with its six .pkl files"
_OLD_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""What Python 2, and so protocols 0 to 2, call modules."""
_ADJACENT = ("_succ", "_adj", "adj")


class Shell:
    """Stands in for a class that is not run: it keeps the state that a pickle gives it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        # With slots a state is a pair of dictionaries.
        parts = state if isinstance(state, tuple) else (state,)
        self.state = {}
        for part in parts:
            if isinstance(part, dict):
                self.state.update(part)


class _Graph(Shell):
    pass


class _Directed(Shell):
    pass


def _rebuilt(cls: type, base: type, state: Any) -> Any:
    """What `copyreg._reconstructor` does, for our shells alone."""
    if not (isinstance(cls, type) and issubclass(cls, Shell)):
        raise pickle.UnpicklingError("an object that is not a graph is put together")
    return cls()


_KNOWN: Mapping[tuple[str, str], Any] = {
    **{("builtins", kind.__name__): kind for kind in (dict, list, set, frozenset, tuple, object)},
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("copyreg", "_reconstructor"): _rebuilt,
    ("networkx.classes.graph", "Graph"): _Graph,
    ("networkx.classes.digraph", "DiGraph"): _Directed,
    **{
        (f"networkx.classes.{module}", name): Shell
        for module, names in (
            ("reportviews", ("NodeView", "EdgeView", "OutEdgeView", "InEdgeView")),
            ("reportviews", ("DegreeView", "OutDegreeView", "InDegreeView", "DiDegreeView")),
            ("coreviews", ("AdjacencyView", "AtlasView")),
        )
        for name in names
    },
}  # fmt: skip


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        module = _OLD_NAMES.get(module, module)
        known = _KNOWN.get((module, name))
        if known is None:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is none of a graph's classes")
        return known

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("it refers to something outside of itself")


def read_pickle(path: Path) -> Any:
    """The value of a pickle that holds containers, texts, numbers and graphs. Nothing in it is run.

    :raises ConfigError: it cannot be read, is broken or cut off, or names anything else.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if data.startswith(b"version https://git-lfs"):
        raise _unreadable(path, "it is a pointer of git LFS, not the data: run git lfs pull")
    try:
        return _Reader(io.BytesIO(data)).load()
    except Exception as error:  # A broken pickle raises nearly anything.
        raise _unreadable(path, f"{type(error).__name__}: {error}" if str(error) else "it is cut off") from error


@lru_cache(maxsize=2)
def read_graphs(folder: Path) -> Network:
    """The networks of a folder of AgentBoard's, read once a process.

    :raises ConfigError: a file is not there, cannot be read, or holds something else.
    """
    found = {name: read_pickle(folder / f"{name}.pkl") for name in FILES}
    network = Network()
    for kind, nodes in (("paper", network.papers), ("author", network.authors)):
        for id, attributes in _nodes(folder, f"{kind}_net", found[f"{kind}_net"]).items():
            name = _name(folder, found, kind, id)
            nodes[name] = attributes
    titles = found["id2title_dict"]
    for id, neighbours in _edges(folder, "paper_net", found["paper_net"]).items():
        title = _name(folder, found, "paper", id)
        network.cited[title] = tuple(_name(folder, found, "paper", each) for each in neighbours)
        for each, attributes in neighbours.items():
            network.citation[title, titles[each]] = _plain(attributes)
    for id, neighbours in _edges(folder, "author_net", found["author_net"]).items():
        one = _name(folder, found, "author", id)
        joint = network.joint[one] = {}
        for each, attributes in neighbours.items():
            other, edge = _name(folder, found, "author", each), _plain(attributes)
            joint[other] = [str(titles.get(paper, paper)) for paper in edge.get("collaborative_papers", ())]
            network.collaboration[one, other] = edge
    return network


def _nodes(folder: Path, name: str, graph: Any) -> dict[Any, dict[str, Any]]:
    nodes = graph.state.get("_node", graph.state.get("node")) if isinstance(graph, (_Graph, _Directed)) else None
    if not isinstance(nodes, dict) or not all(isinstance(each, dict) for each in nodes.values()):
        raise _unreadable(folder / f"{name}.pkl", "it holds no graph")
    return {id: _plain(attributes) for id, attributes in nodes.items()}


def _edges(folder: Path, name: str, graph: Any) -> dict[Any, dict[Any, Any]]:
    for key in _ADJACENT:
        found = graph.state.get(key)
        if isinstance(found, dict):
            unknown = [id for id, neighbours in found.items() if not isinstance(neighbours, dict)]
            if not unknown:
                return found
    raise _unreadable(folder / f"{name}.pkl", "its graph has no edges in it")


def _name(folder: Path, found: Mapping[str, Any], kind: str, id: Any) -> str:
    key = {"paper": "id2title_dict", "author": "id2author_dict"}[kind]
    names = found[key]
    if not isinstance(names, dict) or not isinstance(names.get(id), str):
        raise _unreadable(folder / f"{key}.pkl", f"it has no name for a node of {kind}_net: {id!r}"[:200])
    name: str = names[id]
    return name


def _plain(attributes: Any) -> dict[str, Any]:
    """Attributes as JSON values; what is none becomes text."""
    return {str(key): _value(value) for key, value in attributes.items()} if isinstance(attributes, dict) else {}


def _value(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _value(each) for key, each in value.items()}
    return str(type(value).__name__)


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError(f"academia: graphs: {str(path)!r}: {why}", hint=_HINT)
