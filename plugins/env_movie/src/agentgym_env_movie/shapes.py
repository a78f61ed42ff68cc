"""What TMDB documents that it answers, as far as the tools show it. What has another shape is no answer."""

from __future__ import annotations

from typing import Any

import msgspec

Number = int | float


class _MovieHit(msgspec.Struct):
    id: int
    title: str
    overview: str | None = ""


class _MoviePage(msgspec.Struct):
    page: int
    results: list[_MovieHit]
    total_pages: int
    total_results: int


class _Named(msgspec.Struct):
    id: int
    name: str


class _PersonPage(msgspec.Struct):
    page: int
    results: list[_Named]
    total_pages: int
    total_results: int


class _Company(msgspec.Struct):
    id: int
    logo_path: str | None
    name: str
    origin_country: str = ""


class _Country(msgspec.Struct):
    iso_3166_1: str
    name: str


class _Movie(msgspec.Struct):
    id: int
    title: str
    budget: int
    genres: list[_Named]
    revenue: int
    vote_average: Number
    release_date: str | None
    production_companies: list[_Company]
    production_countries: list[_Country]


class _Cast(msgspec.Struct):
    id: int
    name: str
    character: str | None = ""


class _Crew(msgspec.Struct):
    id: int
    name: str
    job: str


class _Credits(msgspec.Struct):
    id: int
    cast: list[_Cast]
    crew: list[_Crew]


class _Keywords(msgspec.Struct):
    id: int
    keywords: list[_Named]


class _OtherTitle(msgspec.Struct):
    iso_3166_1: str
    title: str
    type: str | None = ""


class _OtherTitles(msgspec.Struct):
    id: int
    titles: list[_OtherTitle]


class _Text(msgspec.Struct):
    homepage: str | None = ""
    overview: str | None = ""
    runtime: int | None = None
    tagline: str | None = ""
    title: str | None = ""


class _Translation(msgspec.Struct):
    iso_3166_1: str
    iso_639_1: str
    name: str
    english_name: str
    data: _Text


class _Translations(msgspec.Struct):
    id: int
    translations: list[_Translation]


class _Person(msgspec.Struct):
    id: int
    name: str
    biography: str | None
    birthday: str | None
    place_of_birth: str | None


class _Role(msgspec.Struct):
    id: int
    title: str
    character: str | None = ""


class _Job(msgspec.Struct):
    id: int
    title: str
    job: str


class _MovieCredits(msgspec.Struct):
    id: int
    cast: list[_Role]
    crew: list[_Job]


class _Elsewhere(msgspec.Struct):
    id: int
    imdb_id: str | None
    facebook_id: str | None
    instagram_id: str | None
    twitter_id: str | None


SHAPES: dict[tuple[str, str], type[msgspec.Struct]] = {
    ("movie", "search"): _MoviePage,
    ("person", "search"): _PersonPage,
    ("movie", ""): _Movie,
    ("movie", "credits"): _Credits,
    ("movie", "keywords"): _Keywords,
    ("movie", "alternative_titles"): _OtherTitles,
    ("movie", "translations"): _Translations,
    ("person", ""): _Person,
    ("person", "movie_credits"): _MovieCredits,
    ("person", "external_ids"): _Elsewhere,
}
"""The shape of every answer: by film or person, and what was asked."""


def shaped(kind: str, what: str, reply: Any) -> dict[str, Any]:
    """What is documented of a reply, and nothing else of it.

    :raises msgspec.ValidationError: it has another shape.
    """
    found: dict[str, Any] = msgspec.to_builtins(msgspec.convert(reply, SHAPES[kind, what]))
    return found
