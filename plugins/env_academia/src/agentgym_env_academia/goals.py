"""Sub-goals of the academia: which nodes and edges have been looked at, by whatever tool shows them."""

from __future__ import annotations

from attrs import frozen

from agentgym_core.types import ExpertAction
from agentgym_env_academia.tools import AcademiaTools
from agentgym_tools import Aim, Called, Lookup
from agentgym_tools.goals import move

PAPERS = Lookup("loadPaperNet", "Papers are in PaperNet, which has to be loaded first.")
AUTHORS = Lookup("loadAuthorNet", "Authors are in AuthorNet, which has to be loaded first.")
_NEIGHBOURS = ("neighbourCheck", "neighborCheck")


def paper(title: str, why: str) -> Lookup:
    """The attributes of a paper were looked at."""
    return Lookup("paperNodeCheck", why, {"node": title})


def author(name: str, why: str) -> Lookup:
    """The attributes of an author were looked at."""
    return Lookup("authorNodeCheck", why, {"node": name})


def cites(citing: str, cited: str, why: str) -> Lookup:
    """What connects a paper with one that it cites was looked at."""
    return Lookup("paperEdgeCheck", why, {"node1": citing, "node2": cited})


@frozen
class Neighbours:
    """The neighbours of a node were listed, by either spelling of the tool."""

    graph: str
    node: str
    thought: str
    needed: bool = True

    def after(self, box: AcademiaTools, called: Called, met: bool) -> bool:
        """Whether they were by now."""
        return met or (
            called.ok and called.tool in _NEIGHBOURS and called.arguments == {"graph": self.graph, "node": self.node}
        )

    def move(self, box: AcademiaTools) -> ExpertAction | None:
        """List them."""
        return move(self.thought, "neighbourCheck", {"graph": self.graph, "node": self.node})


@frozen
class Joint:
    """What connects two authors was looked at, in whatever order they are named."""

    one: str
    other: str
    thought: str
    needed: bool = True

    def after(self, box: AcademiaTools, called: Called, met: bool) -> bool:
        """Whether it was by now."""
        if met or not called.ok or called.tool != "authorEdgeCheck":
            return met
        return {called.arguments["node1"], called.arguments["node2"]} == {self.one, self.other}

    def move(self, box: AcademiaTools) -> ExpertAction | None:
        """Look at it."""
        return move(self.thought, "authorEdgeCheck", {"node1": self.one, "node2": self.other})


def references(title: str, why: str) -> Neighbours:
    """The papers that a paper cites were listed."""
    return Neighbours("PaperNet", title, why)


def collaborators(name: str, why: str) -> Neighbours:
    """The collaborators of an author were listed."""
    return Neighbours("AuthorNet", name, why)


@frozen(eq=False)
class Setup:
    """What a task of this environment carries: what it is about, the papers and authors that its words name, and whether the network is
    AgentBoard's.
    """

    aim: Aim
    papers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    theirs: bool = False
