"""The films of a circle, in the order of time: new stories, remakes, sequels, and films that share a title and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from attrs import define, evolve

from agentgym_env_movie.circles import OLDEST, Circle, Person, nouns_of, one_of, some_of
from agentgym_env_movie.names import COUNTRIES
from agentgym_env_movie.titles import Title, draw_title

GENRES = {
    28: "Action", 12: "Adventure", 16: "Animation", 35: "Comedy", 80: "Crime", 18: "Drama", 10751: "Family", 14: "Fantasy",
    36: "History", 27: "Horror", 10402: "Music", 9648: "Mystery", 10749: "Romance", 878: "Science Fiction", 53: "Thriller", 10752: "War",
}  # fmt: skip
"""Genres by the ids that TMDB gives them."""
_GENRES, _CODES = tuple(GENRES), tuple(COUNTRIES)
FIRST_YEAR, LAST_YEAR = 1958, 2024
REMAKE, SEQUEL = "remake", "sequel"
_CRAFTS = (
    ("Original Music Composer", "Sound"), ("Director of Photography", "Camera"), ("Editor", "Editing"),
    ("Production Design", "Art"), ("Costume Design", "Costume & Make-Up"), ("Casting", "Production"),
    ("Makeup Artist", "Costume & Make-Up"), ("Sound Designer", "Sound"), ("Stunt Coordinator", "Crew"),
)  # fmt: skip


@define
class Film:
    """A film as it is made."""

    id: int
    title: Title
    date: str
    story: tuple[int, int, int]
    hero: str
    city: str
    genres: list[int]
    companies: list[int]
    countries: list[str]
    keywords: list[str]
    cast: list[tuple[Person, str]]
    crew: list[tuple[Person, str, str]]
    budget: int
    revenue: int
    runtime: int
    rating: float
    votes: int
    fame: float
    releases: list[tuple[str, int, str]]
    languages: list[str]
    circle: int
    remake_of: int | None
    sequel_of: int | None


def make_films(circle: Circle, chance: random.Random, ids: Sequence[int], keywords: Sequence[str]) -> list[Film]:
    """All films of a circle."""
    span = LAST_YEAR - FIRST_YEAR
    # More films a year as time goes on.
    days = sorted(
        date(FIRST_YEAR, 1, 1) + timedelta(days=int(365.25 * (span + 1) * chance.random() ** 0.7) - 1) for _ in ids
    )
    nouns = nouns_of(circle.number)
    films: list[Film] = []
    for id, day in zip(ids, days, strict=True):
        films.append(_film(circle, chance, id, max(day, date(FIRST_YEAR, 1, 1)), films, nouns, keywords))
    return films


def _film(
    circle: Circle,
    chance: random.Random,
    id: int,
    day: date,
    earlier: Sequence[Film],
    nouns: Sequence[int],
    keywords: Sequence[str],
) -> Film:
    kind = chance.random()
    model = one_of(chance, earlier) if len(earlier) > 20 and kind < 0.22 else None
    gap = day.year - int(model.date[:4]) if model else 0
    remake = model if model and kind < 0.08 and gap >= 8 and not model.title.sequel else None
    sequel = model if model and 0.08 <= kind < 0.15 and 1 <= gap <= 9 and not model.title.sequel else None
    namesake = model if model and kind >= 0.15 else None
    base = remake or sequel
    people = circle.actors.draw(chance, day.year, 5 + int(chance.random() * 8))
    names: dict[str, None] = dict.fromkeys([role for _, role in base.cast[: 2 + chance.randrange(2)]] if base else ())
    if sequel:
        kept = [person for person, _ in sequel.cast[: len(names)]]
        people = [*kept, *(person for person in people if person not in kept)]
    while len(names) < len(people):
        names[circle.name(chance)] = None
    if base:
        title = base.title if remake else evolve(base.title, sequel=one_of(chance, ("II", "again")))
        story = base.story if remake else (base.story[0], int(chance.random() * 8), int(chance.random() * 8))
        genres = base.genres
    else:
        # Whoever a title is named after is nobody in particular.
        title = namesake.title if namesake else draw_title(chance, nouns, circle.towns, [circle.name(chance)])
        story = (int(chance.random() * 8), int(chance.random() * 8), int(chance.random() * 8))
        genres = some_of(chance, _GENRES, 1 + int(chance.random() * 3))
    marks = [REMAKE] * bool(remake) + [SEQUEL] * bool(sequel)
    cast = list(zip(people, names, strict=True))
    budget = int(10 ** (5.6 + 2.6 * chance.random())) // 1000 * 1000 if chance.random() < 0.85 else 0
    revenue = int((budget or 3_000_000) * chance.lognormvariate(0.4, 0.9)) if chance.random() < 0.85 else 0
    fame = round(chance.paretovariate(0.9) + 3 * (chance.random() if remake is None else 0), 3)
    return Film(
        id,
        title,
        day.isoformat(),
        story,
        cast[0][1] if cast else circle.name(chance),
        base.city if base else one_of(chance, circle.towns),
        genres,
        base.companies if sequel and base else [id for id, _ in some_of(chance, circle.companies, 1 + int(chance.random() * 4))],
        [circle.home, *(code for code in some_of(chance, _CODES, 2) if code != circle.home and chance.random() < 0.3)],
        marks + some_of(chance, keywords, 2 + int(chance.random() * 5)),
        cast,
        _crew(circle, chance, day.year, sequel, people),
        budget,
        revenue,
        75 + int(chance.random() * 90),
        round(min(9.4, max(1.5, chance.gauss(6.3, 1.1))), 3),
        int(chance.paretovariate(0.7)) + 4,
        fame,
        _releases(chance, circle.home, day),
        ["en", *some_of(chance, ("de", "nl", "fr", "es", "ru", "ja", "zh"), 3 + int(chance.random() * 4))],
        circle.number,
        remake.id if remake else None,
        sequel.id if sequel else None,
    )  # fmt: skip


def _crew(
    circle: Circle, chance: random.Random, year: int, sequel: Film | None, cast: Sequence[Person]
) -> list[tuple[Person, str, str]]:
    crew: list[tuple[Person, str, str]] = []
    directors = circle.directors.draw(chance, year, 1 + (chance.random() < 0.12), 25, OLDEST)
    if sequel and chance.random() < 0.6:
        directors = [person for person, job, _ in sequel.crew if job == "Director"]
    elif cast and chance.random() < 0.06:
        directors = [cast[0]]
    writers = circle.writers.draw(chance, year, 1 + (chance.random() < 0.4), 23, OLDEST)
    if directors and chance.random() < 0.3:
        writers = [directors[0], *writers[:1]]
    producers = circle.producers.draw(chance, year, 1 + int(chance.random() * 3), 26, OLDEST)
    crew += [(person, "Director", "Directing") for person in directors]
    crew += [(person, "Producer", "Production") for person in producers]
    crew += [(person, "Writer", "Writing") for person in writers]
    crafts = circle.crafts.draw(chance, year, 3 + int(chance.random() * 3), 22, OLDEST)
    crew += [(person, *craft) for person, craft in zip(crafts, _CRAFTS, strict=False)]
    crew.sort(key=lambda each: chance.random())
    return crew


def _releases(chance: random.Random, home: str, day: date) -> list[tuple[str, int, str]]:
    """Days by country: in cinemas at home first, some with a premiere before."""
    found = [(home, 3, day.isoformat())]
    if chance.random() < 0.4:
        found.append((home, 1, (day - timedelta(days=chance.randint(2, 60))).isoformat()))
    for code in some_of(chance, _CODES, 2):
        if code != home:
            later = day + timedelta(days=3 + int(298 * chance.random()))
            found.append((code, 3, later.isoformat()))
    return found
