"""Questions about papers and what they cite."""

from __future__ import annotations

from agentgym_env_academia.goals import AUTHORS, PAPERS, author, cites, paper, references
from agentgym_env_academia.scene import Draft, Scene, only
from agentgym_tools import Goal

AS_TITLE = "Answer with the title of the paper."
AS_TITLES = "Answer with a list of titles, such as ['title 1', 'title 2']."
AS_NAME = "Answer with the name of the author."
AS_NAMES = "Answer with a list of names, such as ['author 1', 'author 2']."
AS_NUMBER = "Answer with a number."
AS_ORG = "Answer with the name of the organisation."
AS_ORGS = "Answer with a list of organisations, such as ['org 1', 'org 2']."
AS_WORDS = "Answer with a list of keywords, such as ['keyword 1', 'keyword 2']."


def quoted(titles: list[str]) -> str:
    """Titles as a sentence lists them."""
    marked = [f"'{title}'" for title in titles]
    return f"{', '.join(marked[:-1])} or {marked[-1]}"


def looked(titles: list[str], what: str) -> list[Goal]:
    """The sub-goals of looking at papers."""
    return [PAPERS, *(paper(title, f"I need {what} of '{title}'.") for title in titles)]


def last_author(scene: Scene) -> Draft | None:
    title = scene.paper(lambda title: len(scene.of(title, "authors")) > 1)
    if title is None:
        return None
    text = f"Who is the last author of the paper '{title}'? {AS_NAME}"
    return Draft(
        text,
        scene.of(title, "authors")[-1],
        looked([title], "the authors"),
        "It is the last name in the list",
        (title,),
    )


def published_first(scene: Scene) -> Draft | None:
    titles = scene.papers(scene.chance.randint(3, 4))
    first = only(titles, lambda title: -scene.of(title, "year"))
    if first is None:
        return None
    text = f"Which of these papers was published first: {quoted(titles)}? {AS_TITLE}"
    return Draft(text, first, looked(titles, "the year"), "Its year is the earliest", tuple(titles))


def cited_more(scene: Scene) -> Draft | None:
    titles = scene.papers(scene.chance.randint(3, 4))
    most = only(titles, lambda title: scene.of(title, "n_citation"))
    if most is None:
        return None
    text = f"Which of these papers is cited most often: {quoted(titles)}? {AS_TITLE}"
    return Draft(text, most, looked(titles, "the number of citations"), "It has the most citations", tuple(titles))


def last_author_org(scene: Scene) -> Draft | None:
    title = scene.paper(lambda title: len(scene.of(title, "authors")) > 1)
    if title is None:
        return None
    name = scene.of(title, "authors")[-1]
    goals = [
        PAPERS,
        paper(title, "I need to know who wrote it."),
        AUTHORS,
        author(name, f"The last of its authors is {name}."),
    ]
    text = f"For which organisation does the last author of '{title}' work? {AS_ORG}"
    return Draft(text, scene.org(name), goals, "The author's org says it", (title,))


def organisations(scene: Scene) -> Draft | None:
    title = scene.paper(lambda title: 2 <= len(scene.of(title, "authors")) <= 6)
    if title is None:
        return None
    names = scene.of(title, "authors")
    orgs = sorted({scene.org(name) for name in names})
    if len(orgs) < 2:
        return None
    goals: list[Goal] = [PAPERS, paper(title, "I need to know who wrote it."), AUTHORS]
    goals += [author(name, f"Where does {name} work?") for name in names]
    text = f"Which organisations were involved in the paper '{title}'? {AS_ORGS}"
    return Draft(text, orgs, goals, "These are the organisations of its authors, each once", (title,))


def shared_authors(scene: Scene) -> Draft | None:
    name = scene.author(lambda name: len(scene.together(name)) >= 3)
    if name is None:
        return None
    one, other = scene.chance.sample(scene.together(name), 2)
    shared = [each for each in scene.of(one, "authors") if each in scene.of(other, "authors")]
    text = f"Who wrote both '{one}' and '{other}'? {AS_NAMES}"
    return Draft(
        text, shared, looked([one, other], "the authors"), "These names are among the authors of both", (one, other)
    )


def oldest_reference(scene: Scene) -> Draft | None:
    return _best_reference(scene, "published first", "year", "the earliest year", -1)


def most_cited_reference(scene: Scene) -> Draft | None:
    return _best_reference(scene, "cited most often", "n_citation", "the most citations", 1)


def _best_reference(scene: Scene, what: str, key: str, has: str, sign: int) -> Draft | None:
    title = scene.paper(lambda title: 3 <= len(scene.cites(title)) <= 8)
    best = only(scene.cites(title), lambda each: sign * scene.of(each, key)) if title else None
    if title is None or best is None:
        return None
    goals: list[Goal] = [PAPERS, references(title, "First I need the papers that it cites.")]
    goals += [paper(each, f"I need the {key} of '{each}'.") for each in scene.cites(title)]
    text = f"Of the papers that '{title}' cites, which one was {what}? {AS_TITLE}"
    if key == "n_citation":
        text = text.replace(" was ", " is ")
    return Draft(text, best, goals, f"It has {has}", (title,))


def same_venue_references(scene: Scene) -> Draft | None:
    title = scene.paper(lambda title: 3 <= len(scene.cites(title)) <= 8)
    if title is None:
        return None
    found = [each for each in scene.cites(title) if scene.of(each, "venue") == scene.of(title, "venue")]
    if not found:
        return None
    goals: list[Goal] = [
        PAPERS,
        paper(title, "I need its venue."),
        references(title, "Then I need the papers that it cites."),
    ]
    goals += [paper(each, f"Where did '{each}' appear?") for each in scene.cites(title)]
    text = f"Which of the papers that '{title}' cites appeared in the same venue as it? {AS_TITLES}"
    return Draft(text, found, goals, "Their venue is the same", (title,))


def citations_of_references(scene: Scene) -> Draft | None:
    title = scene.paper(lambda title: 2 <= len(scene.cites(title)) <= 7)
    if title is None:
        return None
    total = sum(scene.of(each, "n_citation") for each in scene.cites(title))
    if total < 20:
        return None
    goals: list[Goal] = [PAPERS, references(title, "First I need the papers that it cites.")]
    goals += [paper(each, f"How often is '{each}' cited?") for each in scene.cites(title)]
    text = f"How many citations do the papers that '{title}' cites have all together? {AS_NUMBER}"
    return Draft(text, total, goals, "I add up their citations", (title,))


def common_references(scene: Scene) -> Draft | None:
    one = scene.paper(lambda title: len(scene.cites(title)) >= 3)
    if one is None:
        return None
    name = scene.chance.choice(scene.of(one, "authors"))
    others = [
        title
        for title in scene.network.written[name]
        if title != one and set(scene.cites(one)) & set(scene.cites(title))
    ]
    if not others:
        return None
    other = scene.chance.choice(others)
    found = [title for title in scene.cites(one) if title in scene.cites(other)]
    goals: list[Goal] = [PAPERS, *(references(title, f"I need what '{title}' cites.") for title in (one, other))]
    text = f"Which papers do both '{one}' and '{other}' cite? {AS_TITLES}"
    return Draft(text, found, goals, "These titles are in both lists", (one, other))


def keywords_with_one_reference(scene: Scene) -> Draft | None:
    title = scene.paper(lambda title: len(scene.cites(title)) >= 2)
    if title is None:
        return None
    one, other = scene.chance.sample(scene.cites(title), 2)
    with_one, with_other = (scene.network.paper_edge(title, each)["shared_keywords"] for each in (one, other))  # type: ignore[index]
    found = [word for word in with_one if word not in with_other]
    if not found or found == with_one:
        return None
    goals: list[Goal] = [
        PAPERS,
        *(cites(title, each, f"What does it have in common with '{each}'?") for each in (one, other)),
    ]
    text = f"Which keywords does '{title}' share with '{one}', which it cites, but not with '{other}', which it cites too? {AS_WORDS}"
    return Draft(text, found, goals, "The first edge has these keywords and the second has not", (title, one, other))


def closest_reference(scene: Scene) -> Draft | None:
    title = scene.paper(lambda title: 3 <= len(scene.cites(title)) <= 8)
    if title is None:
        return None
    shared = {
        each: len(set(scene.of(title, "keywords")) & set(scene.of(each, "keywords"))) for each in scene.cites(title)
    }
    best = only(shared, shared.__getitem__)
    if best is None:
        return None
    goals: list[Goal] = [PAPERS, references(title, "First I need the papers that it cites.")]
    goals += [cites(title, each, f"How much does it have in common with '{each}'?") for each in shared]
    text = f"With which of the papers that it cites does '{title}' share the most keywords? {AS_TITLE}"
    return Draft(text, best, goals, "The edge to it has the most shared keywords", (title,))


def lead_of_top_reference(scene: Scene) -> Draft | None:
    title = scene.paper(lambda title: 2 <= len(scene.cites(title)) <= 6)
    best = only(scene.cites(title), lambda each: scene.of(each, "n_citation")) if title else None
    if title is None or best is None:
        return None
    name = scene.of(best, "authors")[0]
    goals: list[Goal] = [PAPERS, references(title, "First I need the papers that it cites.")]
    goals += [paper(each, f"How often is '{each}' cited, and who wrote it?") for each in scene.cites(title)]
    goals += [AUTHORS, author(name, f"'{best}' is cited most, and {name} is its first author.")]
    text = f"Take the most cited one of the papers that '{title}' cites. For which organisation does its first author work? {AS_ORG}"
    return Draft(text, scene.org(name), goals, "The author's org says it", (title,))
