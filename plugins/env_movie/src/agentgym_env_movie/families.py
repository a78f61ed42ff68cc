"""All kinds of questions by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agentgym_env_movie import families_films as films
from agentgym_env_movie import families_namesakes as namesakes
from agentgym_env_movie import families_pairs as pairs
from agentgym_env_movie import families_people as people
from agentgym_env_movie.scene import Draft, Scene

Family = Callable[[Scene], Draft | None]
"""Draws a question, or None where chance finds none of its kind."""

_ALL: tuple[Family, ...] = (
    films.profit,
    films.genres,
    films.companies,
    films.title_abroad,
    films.overview_abroad,
    films.played_by,
    films.craft,
    films.producers,
    films.keywords_beyond,
    films.best_rated,
    films.released_first,
    films.earned_most,
    films.mean_rating,
    films.days_apart,
    films.shared_genres,
    films.shared_countries,
    films.shared_company,
    films.shared_cast,
    namesakes.director_of_year,
    namesakes.years_between,
    people.birthplace,
    people.born_apart,
    people.eldest,
    namesakes.born_in_year,
    people.role_in,
    people.films_as,
    people.director_birthplace,
    people.director_age,
    people.actor_birthday,
    people.actor_elsewhere,
    people.director_elsewhere,
    people.other_role,
    pairs.joint_films,
    pairs.director_of_joint_film,
    people.first_film,
    people.best_of_director,
    people.revenue_of_director,
    people.countries_of_role,
    namesakes.player_in_first,
    namesakes.writer_of_year,
)
FAMILIES: Mapping[str, Family] = {family.__name__: family for family in _ALL}
"""The kinds of questions; task N of a split is of kind N modulo their number."""
