"""Questions about films of one title and people of one name: dates tell which of them is meant."""

from __future__ import annotations

from attrs import evolve

from agentgym_env_movie.families_films import AS_NAME, AS_NAMES
from agentgym_env_movie.families_people import AS_PLACE, born
from agentgym_env_movie.scene import Draft, Film, Scene, only
from agentgym_tools import Goal


def director_of_year(scene: Scene) -> Draft | None:
    """Of several films with one title, the one of a year: seldom the first hit."""
    films = scene.namesakes()
    years = [film.year for film in films]
    film = scene.chance.choice(films[1:]) if len(films) > 1 else None
    if film is None or years.count(film.year) > 1 or len(film.with_job("Director")) != 1 or film.position > 4:
        return None
    goals = _tell_apart(films, film)
    goals.append(film.look("crew", f"This is the film of {film.year}; its director is in the crew."))
    text = f"Several films are called '{film.title}'. Who directed the one that was released in {film.year}? {AS_NAME}"
    return Draft(text, film.with_job("Director")[0]["name"], goals, "It is the name beside Director", (film.title,))


def writer_of_year(scene: Scene) -> Draft | None:
    films = scene.namesakes()
    film = scene.chance.choice(films)
    if [each.year for each in films].count(film.year) > 1 or film.position > 4 or not film.with_job("Writer"):
        return None
    goals = _tell_apart(films, film)
    goals.append(film.look("crew", f"This is the film of {film.year}; its writers are in the crew."))
    names = [each["name"] for each in film.with_job("Writer")]
    asked = f"Several films are called '{film.title}'. Who wrote the one that was released in {film.year}?"
    text = f"{asked} {AS_NAMES} Only those whose job is Writer count."
    return Draft(text, names, goals, "These have the job Writer", (film.title,))


def years_between(scene: Scene) -> Draft | None:
    films = scene.namesakes()
    if len(films) != 2 or films[0].year == films[1].year:
        return None
    goals: list[Goal] = []
    for film in films:
        goals.append(film.found(f"There are two films called '{film.title}': this is number {film.position}."))
        goals.append(film.look("details", "When was it released?"))
    answer = abs(films[0].year - films[1].year)
    asked = f"Two films are called '{films[0].title}'. How many years lie between the years of their release?"
    text = f"{asked} Answer with the exact number of years."
    return Draft(
        text, answer, goals, "I take the earlier year from the later", (films[0].title,), unit="years", shared=True
    )


def player_in_first(scene: Scene) -> Draft | None:
    """Who had a role in the first of the films of one title: remakes keep the roles."""
    films = scene.namesakes()
    first = only(films, lambda film: -film.year)
    if len(films) != 2 or first is None:
        return None
    (second,) = [film for film in films if film is not first]
    roles = {each["character"] for each in first.cast} & {each["character"] for each in second.cast}
    if not roles:
        return None
    role = scene.chance.choice(sorted(roles))
    (name,) = [each["name"] for each in first.cast if each["character"] == role]
    if name in {each["name"] for each in second.cast}:
        return None
    goals: list[Goal] = []
    for film in films:
        goals.append(film.found(f"There are two films called '{film.title}': this is number {film.position}."))
        goals.append(film.look("details", "When was it released?"))
    goals.append(first.look("cast", f"The film of {first.year} is the earlier one."))
    text = f"Two films are called '{first.title}'. Who plays {role} in the earlier one? {AS_NAME}"
    return Draft(text, name, goals, f"It is the name beside {role}", (first.title,))


def born_in_year(scene: Scene) -> Draft | None:
    """Of several people with one name, the one of a year."""
    people = scene.people_of_one_name()
    years = [born(person).year for person in people]
    person = scene.chance.choice(people[1:]) if len(people) > 1 else None
    if person is None or not person.details["place_of_birth"] or years.count(born(person).year) > 1:
        return None
    goals: list[Goal] = []
    for each in people[: people.index(person) + 1]:
        own = each.id == person.id
        if own:
            goals.append(each.found(f"Which {each.name} is meant? I look at hit number {each.position}."))
        else:
            goals.append(each.found(f"Several people may be called {each.name}: this is hit number {each.position}."))
        goals.append(each.look("details", "When was this one born?"))
    text = f"Several people are called {person.name}. Where was the one born who was born in {born(person).year}? {AS_PLACE}"
    return Draft(
        text, person.details["place_of_birth"], goals, "It is the place of birth of that one", people=(person.name,)
    )


def _tell_apart(films: list[Film], film: Film) -> list[Goal]:
    """The sub-goals of finding one of several films with one title by its date. What is not that film need not be looked at."""
    goals: list[Goal] = []
    for each in films[: films.index(film) + 1]:
        why = f"Which hit for '{each.title}' is meant? I look at number {each.position}."
        own = each.id == film.id
        goals.append(evolve(each.found(why), needed=own))
        goals.append(each.look("details", "When was it released?", needed=own))
    return goals
