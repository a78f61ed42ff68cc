"""Questions about authors and whom they write with."""

from __future__ import annotations

from agentgym_env_academia.families_papers import AS_NAME, AS_NAMES, AS_NUMBER, AS_TITLE, AS_TITLES
from agentgym_env_academia.goals import AUTHORS, PAPERS, Joint, author, collaborators, paper
from agentgym_env_academia.scene import MOST_CALLS, Draft, Scene, commonest, only
from agentgym_tools import Goal

AS_YEAR = "Answer with a year."
AS_VENUE = "Answer with the name of the venue."
AS_WORD = "Answer with the keyword."
AS_ORG = "Answer with the name of the organisation."


def mutual_collaborators(scene: Scene) -> Draft | None:
    one = scene.author(lambda name: 3 <= len(scene.network.joint[name]) <= 20)
    if one is None:
        return None
    middle = scene.chance.choice(scene.network.collaborators(one))
    other = scene.chance.choice(scene.network.collaborators(middle))
    found = [name for name in scene.network.joint[one] if name in scene.network.joint[other]]
    if other == one or not 1 <= len(found) <= 8 or len(scene.network.joint[other]) > 30:
        return None
    goals: list[Goal] = [AUTHORS, *(collaborators(name, f"With whom did {name} write?") for name in (one, other))]
    text = f"Who are the mutual collaborators of {one} and {other}? {AS_NAMES}"
    return Draft(text, found, goals, "These names are in both lists", authors=(one, other))


def _through_papers(scene: Scene, name: str) -> list[Goal]:
    """The sub-goals of reading all papers of an author: the edges that show them, and each of them."""
    goals: list[Goal] = [AUTHORS, collaborators(name, f"The papers of {name} are on the edges to the collaborators.")]
    goals += [Joint(name, other, f"Which papers did {name} write with {other}?") for other in scene.cover(name)]
    goals += [PAPERS, *(paper(title, f"I look at '{title}'.") for title in scene.together(name))]
    return goals


def _read(scene: Scene, least: int) -> str | None:
    """An author all of whose papers can be read in time."""
    return scene.author(
        lambda name: (
            least <= len(scene.together(name)) <= 6
            and scene.all_shared(name)
            and 3 + len(scene.cover(name)) + len(scene.together(name)) <= MOST_CALLS
        )
    )


def most_cited_paper(scene: Scene) -> Draft | None:
    name = _read(scene, 2)
    best = only(scene.together(name), lambda title: scene.of(title, "n_citation")) if name else None
    if name is None or best is None:
        return None
    text = f"Which paper by {name} is cited most often? {AS_TITLE}"
    return Draft(text, best, _through_papers(scene, name), "It has the most citations", authors=(name,))


def coauthors_of_best(scene: Scene) -> Draft | None:
    name = _read(scene, 2)
    best = only(scene.together(name), lambda title: scene.of(title, "n_citation")) if name else None
    if name is None or best is None:
        return None
    mates = [each for each in scene.of(best, "authors") if each != name]
    text = f"With whom did {name} write the paper of theirs that is cited most often? {AS_NAMES}"
    return Draft(
        text,
        mates,
        _through_papers(scene, name),
        f"'{best}' is cited most, and these are its other authors",
        authors=(name,),
    )


def main_venue(scene: Scene) -> Draft | None:
    name = _read(scene, 3)
    venue = commonest(scene.of(title, "venue") for title in scene.together(name)) if name else None
    if name is None or venue is None:
        return None
    text = f"In which venue did {name} publish most often? {AS_VENUE}"
    return Draft(text, venue, _through_papers(scene, name), "It is the venue of the most papers", authors=(name,))


def main_keyword(scene: Scene) -> Draft | None:
    name = _read(scene, 2)
    word = commonest(word for title in scene.together(name) for word in scene.of(title, "keywords")) if name else None
    if name is None or word is None:
        return None
    text = f"Which keyword do the papers by {name} have most often? {AS_WORD}"
    return Draft(text, word, _through_papers(scene, name), "It is a keyword of the most papers", authors=(name,))


def main_collaborator(scene: Scene) -> Draft | None:
    name = scene.author(lambda name: 2 <= len(scene.network.joint[name]) <= MOST_CALLS - 2)
    if name is None:
        return None
    joint = scene.network.joint[name]
    best = only(joint, lambda other: len(joint[other]))
    if best is None:
        return None
    goals: list[Goal] = [AUTHORS, collaborators(name, f"With whom did {name} write?")]
    goals += [Joint(name, other, f"How often with {other}?") for other in joint]
    text = f"With whom did {name} write the most papers? {AS_NAME}"
    return Draft(text, best, goals, "The weight of this edge is the largest", authors=(name,))


def more_with(scene: Scene) -> Draft | None:
    name = scene.author(lambda name: len(scene.network.joint[name]) >= 4)
    if name is None:
        return None
    joint = scene.network.joint[name]
    others = scene.chance.sample(list(joint), 3)
    best = only(others, lambda other: len(joint[other]))
    if best is None:
        return None
    goals: list[Goal] = [
        AUTHORS,
        *(Joint(name, other, f"How often did {name} write with {other}?") for other in others),
    ]
    text = f"With which of these did {name} write the most papers: {others[0]}, {others[1]} or {others[2]}? {AS_NAME}"
    return Draft(text, best, goals, "The weight of this edge is the largest", authors=(name, *others))


def _pair(scene: Scene, least: int, most: int) -> tuple[str, str, list[str]] | None:
    """Two authors with so many joint papers."""
    name = scene.author(lambda name: any(least <= len(papers) <= most for papers in scene.network.joint[name].values()))
    if name is None:
        return None
    joint = scene.network.joint[name]
    other = scene.chance.choice([each for each, papers in joint.items() if least <= len(papers) <= most])
    return name, other, list(joint[other])


def _joint_papers(one: str, other: str, titles: list[str], what: str) -> list[Goal]:
    goals: list[Goal] = [AUTHORS, Joint(one, other, f"Which papers did {one} and {other} write together?"), PAPERS]
    return goals + [paper(title, f"I need {what} of '{title}'.") for title in titles]


def joint_citations(scene: Scene) -> Draft | None:
    pair = _pair(scene, 2, 6)
    if pair is None:
        return None
    one, other, titles = pair
    total = sum(scene.of(title, "n_citation") for title in titles)
    if total < 10:
        return None
    goals = _joint_papers(one, other, titles, "the citations")
    text = f"How many citations do the joint papers of {one} and {other} have all together? {AS_NUMBER}"
    return Draft(text, total, goals, "I add up their citations", authors=(one, other))


def first_joint_year(scene: Scene) -> Draft | None:
    pair = _pair(scene, 2, 6)
    if pair is None:
        return None
    one, other, titles = pair
    goals = _joint_papers(one, other, titles, "the year")
    text = f"In which year did {one} and {other} publish their first joint paper? {AS_YEAR}"
    return Draft(
        text, min(scene.of(title, "year") for title in titles), goals, "The earliest of the years", authors=(one, other)
    )


def joint_articles(scene: Scene) -> Draft | None:
    pair = _pair(scene, 2, 7)
    if pair is None:
        return None
    one, other, titles = pair
    kind = scene.chance.choice(("Journal", "Conference"))
    found = [title for title in titles if scene.of(title, "doc_type") == kind]
    if not 1 <= len(found) < len(titles):
        return None
    goals = _joint_papers(one, other, titles, "the type")
    where = "in a journal" if kind == "Journal" else "at a conference"
    text = f"Which of the joint papers of {one} and {other} appeared {where}? {AS_TITLES}"
    return Draft(text, found, goals, f"Their doc_type is {kind}", authors=(one, other))


def _colleagues(scene: Scene, same: bool) -> Draft | None:
    name = scene.author(lambda name: 2 <= len(scene.network.joint[name]) <= MOST_CALLS - 3)
    if name is None:
        return None
    found = [other for other in scene.network.joint[name] if (scene.org(other) == scene.org(name)) == same]
    if not found or len(found) == len(scene.network.joint[name]):
        return None
    goals: list[Goal] = [
        AUTHORS,
        author(name, f"Where does {name} work?"),
        collaborators(name, f"With whom did {name} write?"),
    ]
    goals += [author(other, f"Where does {other} work?") for other in scene.network.joint[name]]
    where = "the same organisation as" if same else "other organisations than"
    text = f"Which collaborators of {name} work for {where} {name}? {AS_NAMES}"
    return Draft(text, found, goals, f"Their org is {'the same' if same else 'another one'}", authors=(name,))


def colleagues(scene: Scene) -> Draft | None:
    return _colleagues(scene, same=True)


def outside_collaborators(scene: Scene) -> Draft | None:
    return _colleagues(scene, same=False)


def org_of_main_collaborator(scene: Scene) -> Draft | None:
    name = scene.author(lambda name: 2 <= len(scene.network.joint[name]) <= MOST_CALLS - 3)
    if name is None:
        return None
    joint = scene.network.joint[name]
    best = only(joint, lambda other: len(joint[other]))
    if best is None:
        return None
    goals: list[Goal] = [AUTHORS, collaborators(name, f"With whom did {name} write?")]
    goals += [Joint(name, other, f"How often with {other}?") for other in joint]
    goals.append(author(best, f"Most often with {best}."))
    text = f"For which organisation does the one work with whom {name} wrote the most papers? {AS_ORG}"
    return Draft(text, scene.org(best), goals, "The collaborator's org says it", authors=(name,))


def same_organisation(scene: Scene) -> Draft | None:
    names = [name for name in {scene.author() for _ in range(5)} if name]
    first = scene.author(lambda name: len(scene.network.joint[name]) >= 3)
    if first is None:
        return None
    others = scene.chance.sample(scene.network.collaborators(first), 3) + sorted(names)[:2]
    others = [other for other in dict.fromkeys(others) if other != first]
    found = [other for other in others if scene.org(other) == scene.org(first)]
    if not 1 <= len(found) < len(others):
        return None
    goals: list[Goal] = [AUTHORS, *(author(name, f"Where does {name} work?") for name in (first, *others))]
    listed = f"{', '.join(others[:-1])} and {others[-1]}"
    text = f"Which of {listed} work for the same organisation as {first}? {AS_NAMES}"
    return Draft(text, found, goals, "Their org is the same", authors=(first, *others))
