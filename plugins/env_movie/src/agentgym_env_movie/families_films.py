"""Questions about one film, or about several side by side."""

from __future__ import annotations

from datetime import date

from agentgym_env_movie.names import COUNTRIES
from agentgym_env_movie.scene import Draft, Film, Scene, quoted
from agentgym_tools import Goal

AS_TITLE = "Answer with the title."
AS_NAME = "Answer with the name."
AS_NAMES = "Answer with a list of names, such as ['name 1', 'name 2']."
AS_WORDS = "Answer with a list, such as ['word 1', 'word 2']."
MOST_DOLLARS = 1_000_000_000
"""Answers are compared to a millionth of themselves at least, which must not be more than the tolerance."""
AS_DOLLARS = "Answer with a number in USD, to within 1000."
_LANGUAGES = {"NL": "Dutch", "CN": "Mandarin", "DE": "German", "RU": "Russian", "JP": "Japanese"}
_CRAFTS = {
    "Original Music Composer": "composed the music for", "Director of Photography": "was the director of photography of",
    "Editor": "was the editor of", "Production Design": "did the production design of",
}  # fmt: skip


def known(*films: Film) -> list[Goal]:
    """The sub-goals of knowing the films' ids."""
    return [film.found() for film in films]


def details(films: list[Film], what: str) -> list[Goal]:
    """The sub-goals of a look at the details of each film."""
    goals: list[Goal] = []
    for film in films:
        goals += [film.found(), film.look("details", f"The details of '{film.title}' tell {what}.")]
    return goals


def profit(scene: Scene) -> Draft | None:
    film = scene.film(lambda film: film.details["budget"] > 0 and film.details["revenue"] > 0)
    if film is None:
        return None
    answer = film.details["revenue"] - film.details["budget"]
    if abs(answer) > MOST_DOLLARS:
        return None
    text = f"By how much is the revenue of '{film.title}' higher than its budget? A negative number says that it is lower. {AS_DOLLARS}"
    goals = details([film], "budget and revenue")
    why = "I take the budget from the revenue"
    return Draft(text, answer, goals, why, (film.title,), tolerance=1000.0, unit="USD", shared=True)


def genres(scene: Scene) -> Draft | None:
    film = scene.film(lambda film: len(film.genres) > 1)
    if film is None:
        return None
    text = f"Which genres does '{film.title}' belong to? {AS_WORDS}"
    goals = details([film], "the genres")
    return Draft(text, film.genres, goals, "These are the names of its genres", (film.title,), shared=True)


def companies(scene: Scene) -> Draft | None:
    film = scene.film(lambda film: len(film.companies) > 1)
    if film is None:
        return None
    text = f"Which companies produced '{film.title}'? {AS_NAMES}"
    goals = [*known(film), film.look("production_companies", "One tool lists the companies.")]
    return Draft(text, film.companies, goals, "These are their names", (film.title,))


def title_abroad(scene: Scene) -> Draft | None:
    film = scene.film()
    if film is None:
        return None
    titles = film.tools.get_movie_alternative_titles(film.id)["titles"]
    if not titles:
        return None
    chosen = scene.chance.choice(titles)
    text = f"Under which title is '{film.title}' known in {COUNTRIES[chosen['iso_3166_1']][0]}? {AS_TITLE}"
    why = f"I look for {chosen['iso_3166_1']} among its alternative titles."
    goals = [*known(film), film.look("alternative_titles", why)]
    return Draft(text, chosen["title"], goals, "It is the title of that country", (film.title,))


def overview_abroad(scene: Scene) -> Draft | None:
    film = scene.film()
    if film is None:
        return None
    shown = film.tools.get_movie_translation(film.id)["translations"]
    chosen = [each for each in shown if each["iso_3166_1"] in _LANGUAGES]
    if len(chosen) < 2:
        return None
    one = scene.chance.choice(chosen)
    text = f"What is the overview of '{film.title}' in {_LANGUAGES[one['iso_3166_1']]}? Answer with its very words."
    goals = [*known(film), film.look("translation", "The overviews in other languages are among the translations.")]
    return Draft(text, one["data"]["overview"], goals, "It is the overview of that translation", (film.title,))


def played_by(scene: Scene) -> Draft | None:
    film = scene.film(lambda film: len(film.cast) > 3)
    if film is None:
        return None
    one = scene.chance.choice(film.cast[1:])
    text = f"Who plays {one['character']} in '{film.title}'? {AS_NAME}"
    goals = [*known(film), film.look("cast", f"I look for {one['character']} in the cast.")]
    return Draft(text, one["name"], goals, "It is the name beside the character", (film.title,))


def craft(scene: Scene) -> Draft | None:
    job = scene.chance.choice(list(_CRAFTS))
    film = scene.film(lambda film: len(film.with_job(job)) == 1)
    if film is None:
        return None
    text = f"Who {_CRAFTS[job]} '{film.title}'? {AS_NAME}"
    goals = [*known(film), film.look("crew", f"I look for the job {job} in the crew.")]
    return Draft(text, film.with_job(job)[0]["name"], goals, f"It is the name beside {job}", (film.title,))


def producers(scene: Scene) -> Draft | None:
    film = scene.film(lambda film: len(film.with_job("Producer")) > 1)
    if film is None:
        return None
    names = [each["name"] for each in film.with_job("Producer")]
    text = f"Who produced '{film.title}'? {AS_NAMES} Only those whose job is Producer count."
    goals = [*known(film), film.look("crew", "Producers are in the crew.")]
    return Draft(text, names, goals, "These have the job Producer", (film.title,))


def keywords_beyond(scene: Scene) -> Draft | None:
    one = scene.film()
    other = scene.film(lambda film: one is not None and bool(set(film.keywords) & set(one.keywords)))
    if one is None or other is None:
        return None
    rest = [word for word in one.keywords if word not in other.keywords]
    if not rest:
        return None
    goals: list[Goal] = []
    for film in (one, other):
        goals += [film.found(), film.look("keywords", f"I need the keywords of '{film.title}'.")]
    text = f"Which keywords does '{one.title}' have that '{other.title}' does not have? {AS_WORDS}"
    return Draft(text, rest, goals, "I leave out the keywords of the second", (one.title, other.title), shared=True)


def best_rated(scene: Scene) -> Draft | None:
    return _first_of(scene, "has the highest rating (vote_average)", "vote_average", "the rating", 1)


def released_first(scene: Scene) -> Draft | None:
    return _first_of(scene, "was released first", "release_date", "the release date", -1)


def earned_most(scene: Scene) -> Draft | None:
    return _first_of(scene, "had the highest revenue", "revenue", "the revenue", 1)


def _first_of(scene: Scene, asked: str, key: str, what: str, sign: int) -> Draft | None:
    films = scene.films(scene.chance.randint(3, 4))
    values = {film.title: film.details[key] for film in films}
    if not all(values.values()) or len(set(values.values())) < len(films):
        return None
    best = (max if sign > 0 else min)(values, key=values.__getitem__)
    text = f"Which of these films {asked}: {quoted(films)}? {AS_TITLE}"
    return Draft(text, best, details(films, what), f"{what.capitalize()} of this film decides", tuple(values))


def mean_rating(scene: Scene) -> Draft | None:
    films = scene.films(3)
    answer = round(sum(film.details["vote_average"] for film in films) / 3, 3)
    text = f"What is the mean of the ratings (vote_average) of {quoted(films, 'and')}? Answer with a number in points, to within 0.01."
    goals = details(films, "the rating")
    titles = tuple(film.title for film in films)
    return Draft(
        text,
        answer,
        goals,
        "I add up the ratings and divide by three",
        titles,
        tolerance=0.01,
        unit="points",
        shared=True,
    )


def days_apart(scene: Scene) -> Draft | None:
    one, other = scene.films(2)
    first, second = (date.fromisoformat(film.details["release_date"]) for film in (one, other))
    text = f"How many days lie between the release dates of '{one.title}' and '{other.title}'? Answer with the exact number of days."
    goals = details([one, other], "the release date")
    titles = (one.title, other.title)
    return Draft(
        text,
        abs((first - second).days),
        goals,
        "I count from the earlier to the later",
        titles,
        unit="days",
        shared=True,
    )


def shared_genres(scene: Scene) -> Draft | None:
    one = scene.film(lambda film: len(film.genres) > 1)
    other = scene.film(lambda film: one is not None and bool(set(film.genres) & set(one.genres)))
    if one is None or other is None or set(one.genres) == set(other.genres):
        return None
    both = [name for name in one.genres if name in other.genres]
    text = f"Which genres do '{one.title}' and '{other.title}' share? {AS_WORDS}"
    goals = details([one, other], "the genres")
    return Draft(text, both, goals, "These are among the genres of both", (one.title, other.title), shared=True)


def shared_countries(scene: Scene) -> Draft | None:
    one = scene.film(lambda film: len(film.countries) > 1)
    other = scene.film(lambda film: one is not None and bool(set(film.countries) & set(one.countries)))
    if one is None or other is None or set(one.countries) == set(other.countries):
        return None
    both = [name for name in one.countries if name in other.countries]
    goals: list[Goal] = []
    for film in (one, other):
        goals += [film.found(), film.look("production_countries", f"In which countries was '{film.title}' produced?")]
    text = f"In which countries were both '{one.title}' and '{other.title}' produced? {AS_NAMES}"
    return Draft(text, both, goals, "These are among the countries of both", (one.title, other.title), shared=True)


def shared_company(scene: Scene) -> Draft | None:
    one = scene.film(lambda film: len(film.companies) > 1)
    other = scene.film(
        lambda film: one is not None and len(film.companies) > 1 and len(set(film.companies) & set(one.companies)) == 1
    )
    if one is None or other is None:
        return None
    (both,) = set(one.companies) & set(other.companies)
    goals: list[Goal] = []
    for film in (one, other):
        goals += [film.found(), film.look("production_companies", f"Which companies produced '{film.title}'?")]
    text = f"Which company produced both '{one.title}' and '{other.title}'? {AS_NAME}"
    return Draft(text, both, goals, "It is among the companies of both", (one.title, other.title))


def shared_cast(scene: Scene) -> Draft | None:
    one = scene.film(lambda film: film.whole_cast)
    if one is None:
        return None
    actors = {each["id"] for each in one.cast}
    near = [entry["id"] for each in one.cast for entry in scene.someone(each["id"]).cast if entry["id"] != one.id]
    others = [id for id in dict.fromkeys(near) if id in set(scene.stock.films)]
    if not others:
        return None
    other = scene.film_of(scene.chance.choice(others))
    both = [each["name"] for each in other.cast if each["id"] in actors]
    if not other.whole_cast or not both:
        return None
    goals: list[Goal] = []
    for film in (one, other):
        goals += [film.found(), film.look("cast", f"Who acts in '{film.title}'?")]
    text = f"Who acts both in '{one.title}' and in '{other.title}'? {AS_NAMES}"
    return Draft(text, both, goals, "These names are in the cast of both", (one.title, other.title))
