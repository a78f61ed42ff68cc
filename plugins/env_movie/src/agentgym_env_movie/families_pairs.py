"""Questions about two people who act in the same films."""

from __future__ import annotations

from agentgym_env_movie.families_films import AS_NAME
from agentgym_env_movie.families_people import AS_TITLES
from agentgym_env_movie.scene import Draft, Scene, Someone
from agentgym_tools import Goal


def joint_films(scene: Scene) -> Draft | None:
    pair = _pair(scene)
    if pair is None:
        return None
    one, other, films = pair
    goals = _both(one, other)
    text = f"In which films do both {one.name} and {other.name} act? {AS_TITLES}"
    titles = [scene.stock.titles[id] for id in films]
    if len(set(titles)) < len(titles):
        return None
    return Draft(text, titles, goals, "These films are in both lists", people=(one.name, other.name))


def director_of_joint_film(scene: Scene) -> Draft | None:
    pair = _pair(scene)
    if pair is None or len(pair[2]) != 1:
        return None
    one, other, (id,) = pair
    film = scene.film_of(id)
    directors = film.with_job("Director")
    if len(directors) != 1:
        return None
    goals = [*_both(one, other), film.look("crew", f"Both act in '{film.title}': who directed it?")]
    text = f"Who directed the film in which both {one.name} and {other.name} act? {AS_NAME}"
    return Draft(text, directors[0]["name"], goals, "It is the name beside Director", people=(one.name, other.name))


def _pair(scene: Scene) -> tuple[Someone, Someone, list[int]] | None:
    """Two people with films in which both act, all of their films shown."""
    one = scene.person(lambda person: len(person.cast) > 1 and person.whole("cast"))
    if one is None:
        return None
    film = scene.film_of(scene.chance.choice(one.cast)["id"])
    mates = [each["id"] for each in film.cast if each["id"] != one.id and each["id"] in set(scene.stock.people)]
    if not mates:
        return None
    other = scene.someone(scene.chance.choice(mates))
    films = {entry["id"] for entry in other.cast}
    joint = [entry["id"] for entry in one.cast if entry["id"] in films]
    return (one, other, joint) if joint and other.whole("cast") and len(joint) < len(one.cast) else None


def _both(one: Someone, other: Someone) -> list[Goal]:
    goals: list[Goal] = []
    for person in (one, other):
        goals += [person.found(), person.look("cast", f"In which films does {person.name} act?")]
    return goals
