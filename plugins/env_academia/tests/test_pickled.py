"""AgentBoard's graphs are read, and nothing in their files is run."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_core.errors import ConfigError
from agentgym_env_academia.pickled import FILES, read_graphs, read_pickle


class Runs:
    """A pickle of it calls a function when it is read the usual way."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def test_graphs_are_read_as_they_are(folder: Path) -> None:
    network = read_graphs(folder)
    assert network.paper("Maps and More") == {
        "year": 2018, "venue": {"raw": "Map Days"}, "n_citation": 51, "keywords": ["big"], "doc_type": "Journal", "authors": ["Bao Weber"],
    }  # fmt: skip
    assert network.author("Bao Weber_2") == {"name": "Bao Weber", "org": "MIT of Nowhere"}
    assert network.references("On Sparse Maps") == ["Maps and More", "Maps and More_2"]
    assert network.collaborators("Ada Rossi") == ["Bao Weber", "Bao Weber_2"]
    assert network.paper_edge("On Sparse Maps", "Maps and More_2") == {"weight": 2}
    assert network.paper_edge("Maps and More", "On Sparse Maps") is None
    edge = {"weight": 2, "collaborative_papers": ["On Sparse Maps", "Maps and More"]}
    assert network.author_edge("Ada Rossi", "Bao Weber") == network.author_edge("Bao Weber", "Ada Rossi") == edge


def test_what_is_given_out_are_copies(folder: Path) -> None:
    network = read_graphs(folder)
    network.paper("Maps and More")["venue"].clear()  # type: ignore[index]
    network.author_edge("Ada Rossi", "Bao Weber")["collaborative_papers"].clear()  # type: ignore[index]
    assert network.paper("Maps and More")["venue"] == {"raw": "Map Days"}  # type: ignore[index]
    assert len(network.author_edge("Ada Rossi", "Bao Weber")["collaborative_papers"]) == 2  # type: ignore[index]


def test_graphs_of_the_real_networkx_are_read(tmp_path: Path, parts: dict[str, Any]) -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is not installed")
    nets = {"paper_net": networkx.DiGraph(), "author_net": networkx.Graph()}
    for name, net in nets.items():
        net.add_nodes_from(parts[name].__dict__["_node"].items())
        net.add_edges_from((a, b, data) for a, near in parts[name].__dict__["_adj"].items() for b, data in near.items())
        # Views that were used are kept in the object, and so in the pickle.
        assert net.nodes
        assert net.edges
        assert net.adj
    for name, value in {**parts, **nets}.items():
        (tmp_path / f"{name}.pkl").write_bytes(pickle.dumps(value))
    assert read_graphs(tmp_path).references("On Sparse Maps") == ["Maps and More", "Maps and More_2"]


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_is_read(
    folder: Path, parts: dict[str, Any], pickled: Callable[..., bytes], protocol: int
) -> None:
    for name, value in parts.items():
        (folder / f"{name}.pkl").write_bytes(pickled(value, protocol))
    assert read_graphs.__wrapped__(folder).collaborators("Bao Weber") == ["Ada Rossi"]


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (os.system, ("touch {}",)),
        (eval, ("open('{}', 'w')",)),
        (exec, ("open('{}', 'w')",)),
        (open, ("{}", "w")),
        (getattr, ({}, "clear")),
        (__import__, ("os",)),
        (bytearray, (10,)),
    ],
)
def test_nothing_in_a_file_is_run(folder: Path, tmp_path: Path, function: Any, arguments: tuple[Any, ...]) -> None:
    made = tmp_path / "made"
    texts = [each.format(made) if isinstance(each, str) else each for each in arguments]
    path = folder / "id2title_dict.pkl"
    path.write_bytes(pickle.dumps({1: Runs(function, *texts)}))
    with pytest.raises(ConfigError, match="which is none of a graph's classes") as caught:
        read_graphs(folder)
    assert str(path) in str(caught.value)
    assert not made.exists()


def test_an_object_cannot_be_put_together_by_a_detour(tmp_path: Path) -> None:
    path = tmp_path / "x.pkl"
    for text in (
        b"ccopyreg\n_reconstructor\n(cbuiltins\ndict\ncbuiltins\nobject\nNtR.",
        b"\x80\x02cbuiltins\ngetattr\n.",
        b"\x80\x04\x8c\x08builtins\x8c\x0cdict.fromkeys\x93.",
        b"\x80\x02Pelsewhere\n.",
        b"c__builtin__\neval\n.",
    ):
        path.write_bytes(text)
        with pytest.raises(ConfigError, match="UnpicklingError"):
            read_pickle(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "cut off|EOFError|Ran out"),
        (b"\x80\x04", "UnpicklingError|EOFError|truncated|Ran out"),
        (b"not a pickle at all", "Error"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git LFS"),
        (pickle.dumps([1, 2]), "holds no graph"),
        (pickle.dumps({"_node": {}}), "holds no graph"),
    ],
)
def test_a_broken_file_is_one_clear_error(folder: Path, text: bytes, words: str) -> None:
    (folder / "paper_net.pkl").write_bytes(text)
    with pytest.raises(ConfigError, match=words) as caught:
        read_graphs(folder)
    assert "paper_net.pkl" in str(caught.value)
    assert "AgentBoard" in str(caught.value.hint)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / f"{name}.pkl").unlink()
    with pytest.raises(ConfigError, match=f"{name}.*No such file"):
        read_graphs(folder)


def test_a_node_without_a_name_is_an_error(folder: Path) -> None:
    (folder / "id2author_dict.pkl").write_bytes(pickle.dumps({"a": "Ada Rossi", "b": "Bao Weber"}))
    with pytest.raises(ConfigError, match="no name for a node of author_net: 'c'"):
        read_graphs(folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.data())
def test_any_damage_is_an_error_or_harmless(folder: Path, data: st.DataObject) -> None:
    whole = bytearray((folder / "author_net.pkl").read_bytes())
    path = folder / "damaged.pkl"
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    with suppress(ConfigError):
        read_pickle(path)
