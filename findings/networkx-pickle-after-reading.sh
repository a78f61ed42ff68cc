#!/usr/bin/env bash
# networkx 3.6.1: reading a graph changes what its pickle holds: `graph.nodes`, `.edges`, `.adj` and `.degree` leave their views in it.
#
# The views are cached properties: the first use of one puts the view object into the graph's __dict__, and a pickle writes that down. So
# the same graph has two pickles, the one after reading larger and naming classes of networkx.classes.reportviews and .coreviews beside the
# graph's own. A hash of the pickle tells equal graphs apart, and a reader with a list of allowed classes that was made from a fresh graph
# refuses the graph once somebody has looked at it.
#
# Prints, and exits with 0 as long as it is so:
#   networkx 3.6.1
#   fresh: networkx.classes.digraph.DiGraph
#   read : networkx.classes.coreviews.AdjacencyView networkx.classes.digraph.DiGraph networkx.classes.reportviews.NodeView
#   equal graphs: True, equal pickles: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q networkx==3.6.1 2>/dev/null
"$folder/venv/bin/python" - <<'PROGRAM'
import io
import pickle

import networkx


class Noting(pickle.Unpickler):
    def __init__(self, data):
        super().__init__(io.BytesIO(data))
        self.named = set()

    def find_class(self, module, name):
        self.named.add(f"{module}.{name}")
        return super().find_class(module, name)


def names(data):
    reader = Noting(data)
    reader.load()
    return sorted(name for name in reader.named if name.startswith("networkx."))


graph = networkx.DiGraph()
graph.add_edge("a", "b")
fresh = pickle.dumps(graph)
graph.nodes, graph.adj
read = pickle.dumps(graph)
print("networkx", networkx.__version__)
print("fresh:", *names(fresh))
print("read :", *names(read))
same = networkx.utils.graphs_equal(pickle.loads(fresh), pickle.loads(read))
print(f"equal graphs: {same}, equal pickles: {fresh == read}")
expected = ["networkx.classes.coreviews.AdjacencyView", "networkx.classes.digraph.DiGraph", "networkx.classes.reportviews.NodeView"]
assert names(fresh) == ["networkx.classes.digraph.DiGraph"] and names(read) == expected and same and fresh != read
PROGRAM
