-- The film database. Ids are those that the tools show; `position` is the place in a list, from 0.
CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE genres (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE keywords (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE companies (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL);
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, birthday TEXT, deathday TEXT, place_of_birth TEXT, department TEXT NOT NULL,
    popularity REAL NOT NULL, imdb TEXT, facebook TEXT, instagram TEXT, twitter TEXT
);
-- `setup`, `turn` and `ending` are the sentences of the story, `hero` and `city` what is put into them. Budget and revenue are US dollars,
-- 0 where they are not known; `remake_of` and `sequel_of` are films.
CREATE TABLE movies (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, original_title TEXT NOT NULL, original_language TEXT NOT NULL,
    setup INTEGER NOT NULL, turn INTEGER NOT NULL, ending INTEGER NOT NULL, hero TEXT NOT NULL, city TEXT NOT NULL,
    budget INTEGER NOT NULL, revenue INTEGER NOT NULL, runtime INTEGER NOT NULL, vote_average REAL NOT NULL,
    vote_count INTEGER NOT NULL, popularity REAL NOT NULL, remake_of INTEGER, sequel_of INTEGER
);
-- `type` as TMDB numbers it: 1 a premiere, 3 in cinemas, 4 digital.
CREATE TABLE releases (
    movie INTEGER, country TEXT, type INTEGER, date TEXT NOT NULL, PRIMARY KEY (movie, country, type)
) WITHOUT ROWID;
CREATE TABLE movie_genres (movie INTEGER, position INTEGER, genre INTEGER NOT NULL, PRIMARY KEY (movie, position)) WITHOUT ROWID;
CREATE TABLE movie_companies (movie INTEGER, position INTEGER, company INTEGER NOT NULL, PRIMARY KEY (movie, position)) WITHOUT ROWID;
CREATE TABLE movie_countries (movie INTEGER, position INTEGER, country TEXT NOT NULL, PRIMARY KEY (movie, position)) WITHOUT ROWID;
CREATE TABLE movie_keywords (movie INTEGER, position INTEGER, keyword INTEGER NOT NULL, PRIMARY KEY (movie, position)) WITHOUT ROWID;
CREATE TABLE alternative_titles (
    movie INTEGER, position INTEGER, country TEXT NOT NULL, title TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (movie, position)
) WITHOUT ROWID;
CREATE TABLE translations (
    movie INTEGER, position INTEGER, language TEXT NOT NULL, title TEXT NOT NULL, PRIMARY KEY (movie, position)
) WITHOUT ROWID;
CREATE TABLE casts (
    movie INTEGER, position INTEGER, person INTEGER NOT NULL, character TEXT NOT NULL, PRIMARY KEY (movie, position)
) WITHOUT ROWID;
CREATE TABLE crews (
    movie INTEGER, position INTEGER, person INTEGER NOT NULL, job TEXT NOT NULL, department TEXT NOT NULL,
    PRIMARY KEY (movie, position)
) WITHOUT ROWID;
-- What is searched: whole titles, however they are written, and the words of first titles and of names.
CREATE TABLE titles (folded TEXT, movie INTEGER, first INTEGER NOT NULL, PRIMARY KEY (folded, movie)) WITHOUT ROWID;
CREATE TABLE movie_words (word TEXT, movie INTEGER, PRIMARY KEY (word, movie)) WITHOUT ROWID;
CREATE TABLE person_words (word TEXT, person INTEGER, PRIMARY KEY (word, person)) WITHOUT ROWID;
