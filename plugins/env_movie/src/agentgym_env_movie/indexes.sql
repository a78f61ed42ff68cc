-- Made when all rows are there: that is quicker.
CREATE INDEX releases_of ON releases (movie);
CREATE INDEX genres_of ON movie_genres (movie);
CREATE INDEX companies_of ON movie_companies (movie);
CREATE INDEX countries_of ON movie_countries (movie);
CREATE INDEX keywords_of ON movie_keywords (movie);
CREATE INDEX alternative_titles_of ON alternative_titles (movie);
CREATE INDEX casts_of ON casts (movie);
CREATE INDEX casts_by_person ON casts (person);
CREATE INDEX crews_of ON crews (movie);
CREATE INDEX crews_by_person ON crews (person);
CREATE INDEX movies_by_title ON movies (folded);
CREATE INDEX movies_by_word ON movie_words (word, movie);
CREATE INDEX movies_by_alternative ON alternative_titles (folded);
CREATE INDEX people_by_given ON people (given, family);
CREATE INDEX people_by_family ON people (family, given);
