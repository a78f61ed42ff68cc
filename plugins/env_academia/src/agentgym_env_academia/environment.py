"""The academia behind the interface."""

from __future__ import annotations

from attrs import evolve

from agentgym_core.environment import Description
from agentgym_core.types import Task
from agentgym_env_academia.config import AcademiaConfig
from agentgym_env_academia.goals import Setup
from agentgym_env_academia.network import Network, generated
from agentgym_env_academia.pickled import read_graphs
from agentgym_env_academia.tasks import CATALOGUE
from agentgym_env_academia.tools import AcademiaTools
from agentgym_tools import Aim
from agentgym_tools.config import ToolConfig
from agentgym_tools.environment import ToolEnvironment
from agentgym_tools.goals import text_of

INSTRUCTION = """\
You answer questions about papers and their authors with the help of tools. PaperNet is a network of papers: a paper's neighbours \
are the papers that it cites. AuthorNet is a network of authors: an author's neighbours are the collaborators, and the edge between two \
authors holds their joint papers.
Load a network before you ask it. Write titles and names letter by letter, a suffix such as _2 included: it tells namesakes apart. When \
you know the answer, call finish once, with the answer in the form that the question asks for."""


class AcademiaEnvironment(ToolEnvironment[AcademiaTools]):
    """Answer a question about papers and authors."""

    catalogue = CATALOGUE
    tools = AcademiaTools
    instruction = INSTRUCTION
    max_rounds = 12
    random_ceiling = 0.3
    config: AcademiaConfig

    @classmethod
    def describe(cls, config: ToolConfig) -> Description:
        # The first episode of a process makes or reads the network.
        return evolve(super().describe(config), reset_seconds=120.0)

    def aim(self, task: Task) -> Aim:
        setup: Setup = task.data
        self._setup = setup
        return setup.aim

    def open(self, task: Task, seed: int | None) -> AcademiaTools:
        return AcademiaTools(self._network())

    def available_actions(self) -> list[str]:
        """Loading, and every look at the papers and authors that the question names."""
        texts = [text_of("loadPaperNet", {}), text_of("loadAuthorNet", {})]
        for title in self._setup.papers:
            texts.append(text_of("paperNodeCheck", {"node": title}))
            texts.append(text_of("neighbourCheck", {"graph": "PaperNet", "node": title}))
        for name in self._setup.authors:
            texts.append(text_of("authorNodeCheck", {"node": name}))
            texts.append(text_of("neighbourCheck", {"graph": "AuthorNet", "node": name}))
        for tool, nodes in (("paperEdgeCheck", self._setup.papers), ("authorEdgeCheck", self._setup.authors)):
            texts += [text_of(tool, {"node1": nodes[0], "node2": other}) for other in nodes[1:]]
        return [*texts, text_of("finish", {"answer": "unknown"}), text_of("check_valid_actions", {})]

    def _network(self) -> Network:
        if self._setup.theirs and self.config.graphs is not None:
            return read_graphs(self.config.graphs)
        return generated(self.config.seed)
