"""Trees as text."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_webarena.tree import printed


def node(key: str, role: str, name: str | None, children: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "nodeId": key,
        "role": {"value": role},
        "childIds": list(children),
        "backendDOMNodeId": int(key),
    } | more
    if name is not None:
        found["name"] = {"value": name}
    return found


def test_a_tree_is_printed_as_webarena_prints_it() -> None:
    nodes = [
        node("1", "RootWebArea", "Shop", ("2", "5"), properties=[{"name": "focused", "value": {"value": True}}]),
        node("2", "generic", "", ("3", "4")),
        node("3", "heading", "Hi"),
        node("4", "StaticText", "Hi"),
        node("5", "list", "", ("6",), ignored=True),
        node(
            "6",
            "link",
            'a "b"',
            properties=[
                {"name": "focusable", "value": {"value": True}},
                {"name": "url", "value": {"value": "http://x.test/"}},
            ],
        ),
        node("7", "link", "never reached"),
    ]
    tree = printed(nodes)
    assert (
        tree.text
        == "[1] RootWebArea 'Shop' focused: True\n\t[2] heading 'Hi'\n\t[3] link 'a \"b\"' url: http://x.test/"
    )
    assert [(each.id, each.node) for each in tree.elements.values()] == [(1, 1), (2, 3), (3, 6)]


def test_what_is_out_of_sight_gives_its_place_to_what_is_in_it() -> None:
    nodes = [node("1", "RootWebArea", "Shop", ("2",)), node("2", "main", "m", ("3",)), node("3", "button", "Go")]
    assert printed(nodes, frozenset({1, 3})).text == "[1] RootWebArea 'Shop'\n\t[2] button 'Go'"


@given(
    st.lists(
        st.tuples(st.sampled_from(["link", "generic", "StaticText", "button"]), st.text(max_size=6), st.booleans()),
        max_size=30,
    )
)
def test_every_number_has_its_line(parts: list[tuple[str, str, bool]]) -> None:
    keys = [str(at + 2) for at in range(len(parts))]
    nodes = [node("1", "RootWebArea", "x", tuple(keys))]
    nodes += [node(key, role, name, ignored=hidden) for key, (role, name, hidden) in zip(keys, parts, strict=True)]
    tree = printed(nodes)
    lines = [line.strip("\t") for line in tree.text.split("\n")]
    assert [line.startswith(f"[{at}] ") for at, line in enumerate(lines, 1)] == [True] * len(tree.elements)


def test_a_page_nested_deeper_than_python_goes_is_printed() -> None:
    nodes = [node(str(at), "group", f"g{at}", (str(at + 1),)) for at in range(1, 5000)] + [
        node("5000", "button", "deep")
    ]
    assert printed(nodes).text.endswith("[5000] button 'deep'")
