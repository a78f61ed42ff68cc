"""The network of our own: what real ones show, it shows too."""

from __future__ import annotations

from collections import Counter

import pytest

from agentgym_env_academia.network import FIRST_YEAR, LAST_YEAR, Generated, generated
from agentgym_env_academia.scene import fields_of

NETWORK = generated(0)


def share_of_top(values: list[int], percent: int) -> float:
    ranked = sorted(values, reverse=True)
    return sum(ranked[: len(ranked) * percent // 100]) / sum(ranked)


def test_it_has_more_than_twenty_thousand_nodes() -> None:
    assert len(NETWORK.papers) + len(NETWORK.authors) > 20_000
    years = Counter(paper["year"] for paper in NETWORK.papers.values())
    assert set(years) == set(range(FIRST_YEAR, LAST_YEAR + 1))
    assert years[LAST_YEAR] > 3 * years[FIRST_YEAR]


def test_edges_agree_with_nodes() -> None:
    counted: Counter[str] = Counter(each for cited in NETWORK.cited.values() for each in cited)
    for title, paper in NETWORK.papers.items():
        assert paper["n_citation"] == counted[title]
        assert all(NETWORK.papers[each]["year"] <= paper["year"] for each in NETWORK.cited[title])
        assert title not in NETWORK.cited[title]
        assert len(set(paper["authors"])) == len(paper["authors"]) >= 1
    for name, joint in NETWORK.joint.items():
        for other, titles in joint.items():
            assert NETWORK.joint[other][name] == titles
            assert all({name, other} <= set(NETWORK.papers[title]["authors"]) for title in titles)
            assert NETWORK.author_edge(name, other) == {"weight": len(titles), "collaborative_papers": titles}


def test_degrees_have_a_long_tail() -> None:
    citations = [paper["n_citation"] for paper in NETWORK.papers.values()]
    mean = sum(citations) / len(citations)
    assert max(citations) > 50 * mean
    assert 0.3 < citations.count(0) / len(citations) < 0.7
    assert share_of_top(citations, 10) > 0.5
    degrees = [len(joint) for joint in NETWORK.joint.values()]
    assert max(degrees) > 8 * sum(degrees) / len(degrees)
    papers = Counter(len(titles) for titles in NETWORK.written.values())
    assert papers[1] > papers[2] > papers[3] > papers[5] > 0


def test_who_works_together_works_close_by() -> None:
    """Clustering: two collaborators of one author are far more often collaborators than two authors by chance."""
    names = [name for name, joint in NETWORK.joint.items() if 3 <= len(joint) <= 20][:800]
    closed = pairs = 0
    for name in names:
        mates = list(NETWORK.joint[name])
        for place, one in enumerate(mates):
            closed += sum(other in NETWORK.joint[one] for other in mates[place + 1 :])
            pairs += len(mates) - place - 1
    assert closed / pairs > 0.3


def test_most_citations_stay_in_their_field_and_splits_share_none() -> None:
    pairs = [(title, each) for title, cited in NETWORK.cited.items() for each in cited]
    inside = sum(NETWORK.fields[one] == NETWORK.fields[other] for one, other in pairs)
    assert 0.75 < inside / len(pairs) < 0.99
    assert not fields_of("train") & fields_of("eval")
    assert len(fields_of("eval")) == 4


def test_namesakes_have_suffixes() -> None:
    name = next(name for name in NETWORK.authors if name.endswith("_2"))
    assert name.removesuffix("_2") in NETWORK.authors
    title = next(title for title in NETWORK.papers if title.endswith("_2"))
    assert title.removesuffix("_2") in NETWORK.papers


def test_another_seed_is_another_network_and_the_same_seed_the_same() -> None:
    def plain(network: Generated) -> object:
        return network.papers, network.authors, network.cited, network.joint

    small = [generated.__wrapped__(seed, 500) for seed in (3, 3, 4)]
    assert plain(small[0]) == plain(small[1]) != plain(small[2])


def test_what_it_gives_out_are_copies() -> None:
    title = next(iter(NETWORK.papers))
    found = NETWORK.paper(title)
    assert found is not None
    found["authors"].clear()
    NETWORK.references(title).append("x")
    assert NETWORK.papers[title]["authors"]
    assert NETWORK.paper("No Such Title") is NETWORK.author("X") is None
    with pytest.raises(TypeError):
        NETWORK.cited[title][0] = "x"  # type: ignore[index]
