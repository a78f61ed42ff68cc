"""The tools of the academia."""

from __future__ import annotations

from typing import Any, Literal

from agentgym_env_academia.network import Network
from agentgym_tools import Toolbox, ToolError, tool

Net = Literal["PaperNet", "AuthorNet"]
_LONGEST = 200


class AcademiaTools(Toolbox):
    """Eight tools over a network, and an answer. `loaded` are the networks that were loaded."""

    silent = (*Toolbox.silent, "loadPaperNet", "loadAuthorNet")

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.loaded: set[str] = set()

    @tool
    def loadPaperNet(self) -> str:
        """Load PaperNet, the network of papers and of what they cite. It has to be loaded before it is asked."""
        self.loaded.add("PaperNet")
        return "PaperNet is loaded."

    @tool
    def loadAuthorNet(self) -> str:
        """Load AuthorNet, the network of authors and of whom they write with. It has to be loaded before it is asked."""
        self.loaded.add("AuthorNet")
        return "AuthorNet is loaded."

    @tool
    def neighbourCheck(self, graph: Net, node: str) -> list[str]:
        """List the neighbours of a node: the papers that a paper cites, or the collaborators of an author.

        :param graph: PaperNet for a paper, AuthorNet for an author
        :param node: the paper's title or the author's name, letter by letter
        """
        self._node(graph, node)
        return self.network.references(node) if graph == "PaperNet" else self.network.collaborators(node)

    @tool
    def neighborCheck(self, graph: Net, node: str) -> list[str]:
        """The same as neighbourCheck.

        :param graph: PaperNet for a paper, AuthorNet for an author
        :param node: the paper's title or the author's name, letter by letter
        """
        return self.neighbourCheck(graph, node)

    @tool
    def paperNodeCheck(self, node: str) -> dict[str, Any]:
        """Tell what is known of a paper: year, venue, n_citation (how often it is cited), keywords, doc_type and authors.

        :param node: the paper's title, letter by letter
        """
        return self._node("PaperNet", node)

    @tool
    def authorNodeCheck(self, node: str) -> dict[str, Any]:
        """Tell what is known of an author: name and org, where the author works.

        :param node: the author's name, letter by letter
        """
        return self._node("AuthorNet", node)

    @tool
    def authorEdgeCheck(self, node1: str, node2: str) -> dict[str, Any]:
        """Tell what connects two authors: weight, the number of their joint papers, and collaborative_papers, their titles.

        :param node1: one author's name
        :param node2: the other author's name
        """
        self._node("AuthorNet", node1)
        self._node("AuthorNet", node2)
        edge = self.network.author_edge(node1, node2)
        if edge is None:
            raise ToolError(f"There is no edge between {node1} and {node2}.")
        return edge

    @tool
    def paperEdgeCheck(self, node1: str, node2: str) -> dict[str, Any]:
        """Tell what connects a paper with one that it cites: shared_keywords and shared_authors.

        :param node1: the title of the paper that cites
        :param node2: the title of the paper that is cited
        """
        self._node("PaperNet", node1)
        self._node("PaperNet", node2)
        edge = self.network.paper_edge(node1, node2)
        if edge is None:
            raise ToolError(f"There is no edge between {node1} and {node2}.")
        return edge

    def _node(self, graph: str, node: str) -> dict[str, Any]:
        if graph not in self.loaded:
            raise ToolError(f"Please load the {graph} first.")
        found = self.network.paper(node) if graph == "PaperNet" else self.network.author(node)
        if found is None:
            raise ToolError(f"There is no node named {node[:_LONGEST]} in the {graph}.")
        known: dict[str, Any] = found
        return known
