"""A citation network and a network of co-authors out of a seed, by models that are known to give what real ones show.

- Papers: their number grows by a constant share a year. Each belongs to a field, which has venues and terms of its own.
- Teams: assembled as by Guimerà and others (2005). A seat is taken by somebody new or, with a probability, by an incumbent of the field; an
  incumbent is often a former collaborator of one who sits already, else one drawn in proportion to papers written. Degrees get a long tail.
- References: the copying model (Kleinberg and others, 1999) on top of preferential attachment with ageing. A reference is copied from the
  list of an earlier one, or drawn from the field in proportion to the citations that a paper has, recent ones preferred; few cross to
  another field.

Citations count what this network holds. Names that are taken already get a suffix: _2, _3.
"""

from __future__ import annotations

import random
from collections import defaultdict
from functools import lru_cache
from typing import Any

from agentgym_env_academia.vocabulary import (
    CONDITIONS,
    CONFERENCES,
    FAMILY,
    FIELDS,
    GIVEN,
    JOURNALS,
    ORGANISATIONS,
    PLACES,
    QUALITIES,
    TITLES,
)

PAPERS = 11_000
FIRST_YEAR, LAST_YEAR = 1996, 2024
_GROWTH = 1.07
_INCUMBENT, _REPEAT = 0.62, 0.7
_COPIED, _ABROAD = 0.45, 0.05
_VENUES, _PLACES_A_FIELD = 6, 3
_TEAMS = (1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 8)
_REFERENCES = (2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 10, 14)


class Network:
    """Papers and authors by name, and what connects them. Nothing in it is changed once it is made, and what it gives out are copies.

    `papers` and `authors` hold the attributes of nodes; `cited` the papers that a paper cites; `joint` the papers that two authors wrote
    together, by author and collaborator.
    """

    def __init__(self) -> None:
        self.papers: dict[str, dict[str, Any]] = {}
        self.authors: dict[str, dict[str, Any]] = {}
        self.cited: dict[str, tuple[str, ...]] = {}
        self.joint: dict[str, dict[str, list[str]]] = {}
        self.citation: dict[tuple[str, str], dict[str, Any]] = {}
        self.collaboration: dict[tuple[str, str], dict[str, Any]] = {}

    def paper(self, title: str) -> dict[str, Any] | None:
        """What is known of a paper: year, venue, n_citation, keywords, doc_type, authors."""
        found: dict[str, Any] | None = copied(self.papers.get(title))
        return found

    def author(self, name: str) -> dict[str, Any] | None:
        """What is known of an author: name, org."""
        found: dict[str, Any] | None = copied(self.authors.get(name))
        return found

    def references(self, title: str) -> list[str]:
        """The papers of the network that a paper cites."""
        return list(self.cited.get(title, ()))

    def collaborators(self, name: str) -> list[str]:
        """All with whom an author wrote a paper."""
        return list(self.joint.get(name, ()))

    def paper_edge(self, citing: str, cited: str) -> dict[str, Any] | None:
        """What connects a paper with one that it cites: shared_keywords, shared_authors. None where it does not cite it."""
        if cited not in self.cited.get(citing, ()):
            return None
        known = self.citation.get((citing, cited))
        if known is not None:
            edge: dict[str, Any] = copied(known)
            return edge
        one, other = self.papers[citing], self.papers[cited]
        return {
            "shared_keywords": [word for word in one["keywords"] if word in other["keywords"]],
            "shared_authors": [name for name in one["authors"] if name in other["authors"]],
        }

    def author_edge(self, one: str, other: str) -> dict[str, Any] | None:
        """What connects two authors: weight, collaborative_papers. None where they wrote nothing together."""
        papers = self.joint.get(one, {}).get(other)
        if papers is None:
            return None
        known = self.collaboration.get((one, other))
        return {**copied(known), "collaborative_papers": list(papers)} if known else _edge(papers)


def copied(value: Any) -> Any:
    """A JSON value that a caller may change."""
    if isinstance(value, dict):
        return {key: copied(each) for key, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


def _edge(papers: list[str]) -> dict[str, Any]:
    return {"weight": len(papers), "collaborative_papers": list(papers)}


class Generated(Network):
    """A network of our own. `fields` tells the field of each author and paper, `written` the papers of each author."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.written: dict[str, list[str]] = defaultdict(list)


@lru_cache(maxsize=2)
def generated(seed: int, papers: int = PAPERS) -> Generated:
    """The network of a seed, made once a process: about a second."""
    return _Maker(seed, papers).network


class _Maker:
    def __init__(self, seed: int, papers: int) -> None:
        self.chance = random.Random(f"academia {seed}")
        self.network = Generated()
        self.names: dict[str, int] = {}
        self.titles: dict[str, int] = {}
        self.venues = {field: self._venues(field) for field in FIELDS}
        self.organisations = dict(zip(FIELDS, self._organisations(), strict=True))
        # By field: everybody once for each paper written, every paper once when it appears and again for each citation.
        self.seats: dict[str, list[str]] = defaultdict(list)
        self.shelf: dict[str, list[str]] = defaultdict(list)
        self.home: dict[str, list[str]] = {}
        shares = [_GROWTH**number for number in range(LAST_YEAR - FIRST_YEAR + 1)]
        for year, share in enumerate(shares, FIRST_YEAR):
            for _ in range(round(papers * share / sum(shares))):
                self._paper(year)
        for cited in self.network.cited.values():
            for each in cited:
                self.network.papers[each]["n_citation"] += 1

    def _venues(self, field: str) -> list[tuple[str, str]]:
        found = [(shape.format(field), "Conference") for shape in CONFERENCES]
        return found + [(shape.format(field), "Journal") for shape in JOURNALS]

    def _organisations(self) -> list[list[str]]:
        places = list(PLACES)
        self.chance.shuffle(places)
        groups = [places[start : start + _PLACES_A_FIELD] for start in range(0, len(places), _PLACES_A_FIELD)]
        return [[shape.format(place) for place in group for shape in ORGANISATIONS] for group in groups]

    def _paper(self, year: int) -> None:
        chance = self.chance
        field = chance.choice(list(FIELDS))
        keywords = chance.sample(FIELDS[field], chance.choice((3, 4, 4, 5)))
        venue, kind = self.venues[field][min(chance.randrange(_VENUES), chance.randrange(_VENUES))]
        title = self._title(keywords)
        team = self._team(field)
        cited = self._cited(field, title)
        network = self.network
        network.papers[title] = {
            "year": year,
            "venue": venue,
            "n_citation": 0,
            "keywords": keywords,
            "doc_type": kind,
            "authors": team,
        }
        network.cited[title] = cited
        network.fields[title] = field
        self.shelf[field].append(title)
        for name in team:
            network.written[name].append(title)
            for other in team:
                if other != name:
                    network.joint[name].setdefault(other, []).append(title)
        self.seats[field] += team

    def _title(self, keywords: list[str]) -> str:
        chance = self.chance
        parts = {
            "first": _capitals(keywords[0]),
            "second": _capitals(keywords[1]),
            "quality": chance.choice(QUALITIES),
            "condition": chance.choice(CONDITIONS),
        }
        return _unique(self.titles, chance.choice(TITLES).format(**parts))

    def _team(self, field: str) -> list[str]:
        chance = self.chance
        team: list[str] = []
        seats = self.seats[field]
        for _ in range(chance.choice(_TEAMS)):
            name = ""
            if seats and chance.random() < _INCUMBENT:
                if team and chance.random() < _REPEAT:
                    known = list(self.network.joint[chance.choice(team)])
                    name = chance.choice(known) if known else ""
                name = name or chance.choice(seats)
            if not name or name in team:
                name = self._newcomer(field, team)
            team.append(name)
        return team

    def _newcomer(self, field: str, team: list[str]) -> str:
        chance = self.chance
        name = f"{chance.choice(GIVEN)} {FAMILY[int(len(FAMILY) * chance.random() ** 1.4)]}"
        if chance.random() < 0.75:
            name = name.replace(" ", f" {chance.choice('ABCDEFGHJKLMNPRSTW')}. ", 1)
        name = _unique(self.names, name)
        # Half of all newcomers work where one of the team does.
        mates = [self.network.authors[each]["org"] for each in team]
        org = chance.choice(mates) if mates and chance.random() < 0.5 else chance.choice(self.organisations[field])
        self.network.authors[name] = {"name": name, "org": org}
        self.network.joint[name] = {}
        self.network.fields[name] = field
        return name

    def _cited(self, field: str, title: str) -> tuple[str, ...]:
        chance, found = self.chance, dict[str, None]()
        for _ in range(chance.choice(_REFERENCES)):
            shelf = self.shelf[chance.choice(list(FIELDS)) if chance.random() < _ABROAD else field]
            if not shelf:
                continue
            earlier = [each for each in found if self.network.cited[each]]
            if earlier and chance.random() < _COPIED:
                cited = chance.choice(self.network.cited[chance.choice(earlier)])
            else:
                # The shelf is in the order of time: of two draws the later one, so that what is recent is cited more.
                cited = shelf[max(chance.randrange(len(shelf)), chance.randrange(len(shelf)))]
            if cited not in found:
                found[cited] = None
                self.shelf[self.network.fields[cited]].append(cited)
        return tuple(found)


def _unique(taken: dict[str, int], name: str) -> str:
    count = taken[name] = taken.get(name, 0) + 1
    return name if count == 1 else f"{name}_{count}"


def _capitals(term: str) -> str:
    return " ".join(word if word[0].isupper() else word[0].upper() + word[1:] for word in term.split())
