"""Questions about people, and about what leads from films to people and back."""

from __future__ import annotations

from datetime import date

from agentgym_env_movie.families_films import AS_DOLLARS, AS_NAME, AS_NAMES, AS_TITLE, MOST_DOLLARS, known
from agentgym_env_movie.scene import MOST_CALLS, Draft, Film, Scene, Someone, listed, only
from agentgym_tools import Goal

AS_DATE = "Answer with a date as YYYY-MM-DD."
AS_PLACE = "Answer with the place as it is told."
AS_TITLES = "Answer with a list of titles, such as ['title 1', 'title 2']."
_SITES = {
    "imdb_id": "IMDb id",
    "facebook_id": "Facebook id",
    "instagram_id": "Instagram id",
    "twitter_id": "Twitter id",
}


def birthplace(scene: Scene) -> Draft | None:
    person = scene.person(lambda person: bool(person.details["place_of_birth"]))
    if person is None:
        return None
    goals: list[Goal] = [person.found(), person.look("details", f"Where was {person.name} born?")]
    text = f"Where was {person.name} born? {AS_PLACE}"
    return Draft(text, person.details["place_of_birth"], goals, "It is the place of birth", people=(person.name,))


def born_apart(scene: Scene) -> Draft | None:
    one, other = scene.person(), scene.person()
    if one is None or other is None:
        return None
    days = abs((born(one) - born(other)).days)
    goals: list[Goal] = []
    for person in (one, other):
        goals += [person.found(), person.look("details", f"When was {person.name} born?")]
    asked = f"How many days lie between the days on which {one.name} and {other.name} were born?"
    text = f"{asked} Answer with the exact number of days."
    names = (one.name, other.name)
    return Draft(text, days, goals, "I count from the earlier to the later", people=names, unit="days", shared=True)


def eldest(scene: Scene) -> Draft | None:
    people = [scene.person() for _ in range(3)]
    found = [person for person in people if person is not None]
    first = only(found, lambda person: -born(person).toordinal())
    if len(found) < 3 or first is None:
        return None
    goals: list[Goal] = []
    for person in found:
        goals += [person.found(), person.look("details", f"When was {person.name} born?")]
    names = tuple(person.name for person in found)
    text = f"Who was born first: {listed(names)}? {AS_NAME}"
    return Draft(text, first.name, goals, "This birthday is the earliest", people=names)


def role_in(scene: Scene) -> Draft | None:
    person = scene.person(lambda person: len(person.cast) > 1 and person.whole("cast"))
    if person is None:
        return None
    entry = scene.chance.choice(person.cast)
    if entry["id"] not in set(scene.stock.films):
        return None
    film = scene.film_of(entry["id"])
    both = ("get_movie_cast", film.id)
    goals: list[Goal] = [
        person.found(),
        person.look("cast", f"I look for '{film.title}' among the films of {person.name}.", both),
    ]
    if entry["character"] not in {each["character"] for each in film.cast}:
        return None
    text = f"Which character does {person.name} play in '{film.title}'? Answer with the character's name."
    return Draft(text, entry["character"], goals, "It is the character of that film", (film.title,), (person.name,))


def films_as(scene: Scene) -> Draft | None:
    person = scene.person(lambda person: len({entry["job"] for entry in person.crew}) > 1 and person.whole("crew"))
    if person is None:
        return None
    job = scene.chance.choice([entry["job"] for entry in person.crew])
    titles = [entry["title"] for entry in person.crew if entry["job"] == job]
    if len(set(titles)) < len(titles):
        return None
    goals: list[Goal] = [person.found(), person.look("crew", f"I look for the job {job} in the list.")]
    text = f"In which films did {person.name} have the job {job}? {AS_TITLES}"
    return Draft(text, titles, goals, "These are the titles beside that job", people=(person.name,))


def director_birthplace(scene: Scene) -> Draft | None:
    film, person = _directed(scene)
    if film is None or person is None or not person.details["place_of_birth"]:
        return None
    goals = [*_to_director(film), person.look("details", f"The director is {person.name}.")]
    text = f"Where was the director of '{film.title}' born? {AS_PLACE}"
    return Draft(text, person.details["place_of_birth"], goals, "It is the place of birth", (film.title,))


def director_age(scene: Scene) -> Draft | None:
    film, person = _directed(scene)
    if film is None or person is None:
        return None
    day, start = date.fromisoformat(film.details["release_date"]), born(person)
    years = day.year - start.year - ((day.month, day.day) < (start.month, start.day))
    goals = [
        *_to_director(film),
        person.look("details", f"The director is {person.name}: when were they born?"),
        film.look("details", "I also need the release date."),
    ]
    text = f"How old was the director of '{film.title}' on the day of its release? Answer with the exact number of whole years."
    return Draft(
        text,
        years,
        goals,
        "I count full years from the birthday to the release",
        (film.title,),
        unit="years",
        shared=True,
    )


def actor_birthday(scene: Scene) -> Draft | None:
    film, role, person = _role(scene)
    if film is None or person is None:
        return None
    goals = [*_to_actor(film, role), person.look("details", f"{person.name} plays {role}.")]
    text = f"When was the one born who plays {role} in '{film.title}'? {AS_DATE}"
    return Draft(text, person.details["birthday"], goals, "It is the birthday", (film.title,), shared=True)


def actor_elsewhere(scene: Scene) -> Draft | None:
    film, role, person = _role(scene)
    if film is None or person is None:
        return None
    site = scene.chance.choice(list(_SITES))
    if not person.elsewhere[site]:
        return None
    goals = [*_to_actor(film, role), person.look("external_ids", f"{person.name} plays {role}.")]
    text = f"What is the {_SITES[site]} of the one who plays {role} in '{film.title}'? Answer with the id."
    return Draft(text, person.elsewhere[site], goals, f"It is the {site}", (film.title,))


def director_elsewhere(scene: Scene) -> Draft | None:
    film, person = _directed(scene)
    if film is None or person is None:
        return None
    site = scene.chance.choice(list(_SITES))
    if not person.elsewhere[site]:
        return None
    goals = [*_to_director(film), person.look("external_ids", f"The director is {person.name}.")]
    text = f"What is the {_SITES[site]} of the director of '{film.title}'? Answer with the id."
    return Draft(text, person.elsewhere[site], goals, f"It is the {site}", (film.title,))


def other_role(scene: Scene) -> Draft | None:
    film, role, person = _role(scene)
    if film is None or person is None or not person.whole("cast"):
        return None
    others = [entry for entry in person.cast if entry["id"] != film.id and entry["id"] in set(scene.stock.films)]
    if not others:
        return None
    entry = scene.chance.choice(others)
    other = scene.film_of(entry["id"])
    if entry["character"] not in {each["character"] for each in other.cast} or entry["character"] == role:
        return None
    goals = [
        *_to_actor(film, role),
        person.look("cast", f"{person.name} plays {role}; what else?", ("get_movie_cast", other.id)),
    ]
    text = f"The one who plays {role} in '{film.title}': whom do they play in '{other.title}'? Answer with the character's name."
    return Draft(
        text, entry["character"], goals, f"It is the character beside '{other.title}'", (film.title, other.title)
    )


def first_film(scene: Scene) -> Draft | None:
    person = scene.person(lambda person: 2 <= len(person.cast) <= MOST_CALLS - 4 and person.whole("cast"))
    if person is None:
        return None
    films = [scene.film_of(entry["id"]) for entry in person.cast]
    first = only(films, lambda film: -date.fromisoformat(film.details["release_date"]).toordinal())
    if first is None or [film.title for film in films].count(first.title) > 1:
        return None
    goals: list[Goal] = [person.found(), person.look("cast", f"In which films does {person.name} act?")]
    goals += [film.look("details", f"When was '{film.title}' released?") for film in films]
    text = f"What is the earliest film in which {person.name} acts? {AS_TITLE}"
    return Draft(text, first.title, goals, "Its release date is the earliest", people=(person.name,))


def best_of_director(scene: Scene) -> Draft | None:
    person, films = _director_with_films(scene)
    best = only(films, lambda film: film.details["vote_average"])
    if person is None or best is None or [film.title for film in films].count(best.title) > 1:
        return None
    goals: list[Goal] = [person.found(), person.look("crew", f"Which films did {person.name} direct?")]
    goals += [film.look("details", f"How is '{film.title}' rated?") for film in films]
    text = f"Which of the films directed by {person.name} has the highest rating (vote_average)? {AS_TITLE}"
    return Draft(text, best.title, goals, "Its rating is the highest", people=(person.name,))


def revenue_of_director(scene: Scene) -> Draft | None:
    person, films = _director_with_films(scene)
    if person is None or not all(film.details["revenue"] for film in films):
        return None
    goals: list[Goal] = [person.found(), person.look("crew", f"Which films did {person.name} direct?")]
    goals += [film.look("details", f"What did '{film.title}' earn?") for film in films]
    total = sum(film.details["revenue"] for film in films)
    if total > MOST_DOLLARS:
        return None
    text = f"What is the revenue of all films directed by {person.name} together? {AS_DOLLARS}"
    return Draft(text, total, goals, "I add up the revenues", people=(person.name,), tolerance=1000.0, unit="USD")


def countries_of_role(scene: Scene) -> Draft | None:
    person = scene.person(lambda person: len(person.cast) > 1 and person.whole("cast"))
    if person is None:
        return None
    entry = scene.chance.choice(person.cast)
    film = scene.film_of(entry["id"])
    if len(film.countries) < 2 or [each["character"] for each in person.cast].count(entry["character"]) > 1:
        return None
    goals: list[Goal] = [
        person.found(),
        person.look("cast", f"In which film does {person.name} play {entry['character']}?"),
        film.look("production_countries", f"It is '{film.title}'."),
    ]
    text = f"In which countries was the film produced in which {person.name} plays {entry['character']}? {AS_NAMES}"
    return Draft(text, film.countries, goals, "These are its countries", people=(person.name,), shared=True)


def born(person: Someone) -> date:
    """A person's birthday."""
    return date.fromisoformat(person.details["birthday"])


def _directed(scene: Scene) -> tuple[Film | None, Someone | None]:
    film = scene.film(lambda film: len(film.with_job("Director")) == 1)
    return (None, None) if film is None else (film, scene.someone(film.with_job("Director")[0]["id"]))


def _to_director(film: Film) -> list[Goal]:
    return [*known(film), film.look("crew", "The director is in the crew.")]


def _role(scene: Scene) -> tuple[Film | None, str, Someone | None]:
    film = scene.film(lambda film: len(film.cast) > 2)
    if film is None:
        return None, "", None
    entry = scene.chance.choice(film.cast)
    return film, entry["character"], scene.someone(entry["id"])


def _to_actor(film: Film, role: str) -> list[Goal]:
    return [*known(film), film.look("cast", f"I look for {role} in the cast.")]


def _director_with_films(scene: Scene) -> tuple[Someone | None, list[Film]]:
    def directed(person: Someone) -> list[int]:
        return [entry["id"] for entry in person.crew if entry["job"] == "Director"]

    person = scene.person(lambda person: 2 <= len(directed(person)) <= MOST_CALLS - 4 and person.whole("crew"))
    return (None, []) if person is None else (person, [scene.film_of(id) for id in directed(person)])
