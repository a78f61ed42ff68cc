"""All kinds of questions by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agentgym_env_academia import families_authors as authors
from agentgym_env_academia import families_papers as papers
from agentgym_env_academia.scene import Draft, Scene

Family = Callable[[Scene], Draft | None]
"""Draws a question, or None where chance finds none of its kind."""

_ALL: tuple[Family, ...] = (
    papers.last_author,
    papers.published_first,
    papers.cited_more,
    papers.last_author_org,
    papers.organisations,
    papers.shared_authors,
    papers.oldest_reference,
    papers.most_cited_reference,
    papers.same_venue_references,
    papers.citations_of_references,
    papers.common_references,
    papers.keywords_with_one_reference,
    papers.closest_reference,
    papers.lead_of_top_reference,
    authors.mutual_collaborators,
    authors.most_cited_paper,
    authors.coauthors_of_best,
    authors.main_venue,
    authors.main_keyword,
    authors.main_collaborator,
    authors.more_with,
    authors.joint_citations,
    authors.first_joint_year,
    authors.joint_articles,
    authors.colleagues,
    authors.outside_collaborators,
    authors.org_of_main_collaborator,
    authors.same_organisation,
)
FAMILIES: Mapping[str, Family] = {family.__name__: family for family in _ALL}
"""The kinds of questions; task N of a split is of kind N modulo their number."""
