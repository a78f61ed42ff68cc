-- The film database. Ids are those that the tools show; `position` is the place in a list, from 0. `folded` is a title or name as it is
-- searched, `circle` the circle of people that made a film.
CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE genres (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE keywords (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE companies (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL);
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, given TEXT NOT NULL, family TEXT NOT NULL, birthday TEXT NOT NULL, deathday TEXT,
    place_of_birth TEXT, department TEXT NOT NULL, popularity REAL NOT NULL, imdb TEXT, facebook TEXT, instagram TEXT, twitter TEXT,
    circle INTEGER NOT NULL
);
-- `setup`, `turn` and `ending` are the sentences of the story, `hero` and `city` what is put into them; `languages` are those in which
-- somebody has told it. Budget and revenue are US dollars, 0 where they are not known; `remake_of` and `sequel_of` are films.
CREATE TABLE movies (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, folded TEXT NOT NULL, original_title TEXT NOT NULL, original_language TEXT NOT NULL,
    setup INTEGER NOT NULL, turn INTEGER NOT NULL, ending INTEGER NOT NULL, hero TEXT NOT NULL, city TEXT NOT NULL,
    languages TEXT NOT NULL, budget INTEGER NOT NULL, revenue INTEGER NOT NULL, runtime INTEGER NOT NULL, vote_average REAL NOT NULL,
    vote_count INTEGER NOT NULL, popularity REAL NOT NULL, remake_of INTEGER, sequel_of INTEGER, circle INTEGER NOT NULL
);
-- `type` as TMDB numbers it: 1 a premiere, 3 in cinemas.
CREATE TABLE releases (movie INTEGER NOT NULL, country TEXT NOT NULL, type INTEGER NOT NULL, date TEXT NOT NULL);
CREATE TABLE movie_genres (movie INTEGER NOT NULL, position INTEGER NOT NULL, genre INTEGER NOT NULL);
CREATE TABLE movie_companies (movie INTEGER NOT NULL, position INTEGER NOT NULL, company INTEGER NOT NULL);
CREATE TABLE movie_countries (movie INTEGER NOT NULL, position INTEGER NOT NULL, country TEXT NOT NULL);
CREATE TABLE movie_keywords (movie INTEGER NOT NULL, position INTEGER NOT NULL, keyword INTEGER NOT NULL);
CREATE TABLE movie_words (movie INTEGER NOT NULL, word TEXT NOT NULL);
CREATE TABLE alternative_titles (
    movie INTEGER NOT NULL, position INTEGER NOT NULL, country TEXT NOT NULL, title TEXT NOT NULL, folded TEXT NOT NULL, type TEXT NOT NULL
);
CREATE TABLE casts (movie INTEGER NOT NULL, position INTEGER NOT NULL, person INTEGER NOT NULL, character TEXT NOT NULL);
CREATE TABLE crews (
    movie INTEGER NOT NULL, position INTEGER NOT NULL, person INTEGER NOT NULL, job TEXT NOT NULL, department TEXT NOT NULL
);
