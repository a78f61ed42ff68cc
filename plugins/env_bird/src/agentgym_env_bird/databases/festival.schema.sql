CREATE TABLE stages (
  stage_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  capacity INTEGER -- NULL where unlimited
);
CREATE TABLE bands (
  band_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT NOT NULL, -- two letters, in any case
  formed INTEGER, -- year
  genres TEXT NOT NULL -- one or more, separated by semicolons, such as rock;folk
);
CREATE TABLE gigs (
  gig_id INTEGER PRIMARY KEY,
  band_id INTEGER NOT NULL REFERENCES bands (band_id),
  stage_id INTEGER NOT NULL REFERENCES stages (stage_id),
  year INTEGER NOT NULL,
  starts TEXT NOT NULL, -- weekday and time, such as Sat 19:30
  minutes INTEGER, -- NULL where cancelled
  fee INTEGER -- in euros; NULL where unknown or none
);
CREATE TABLE visitors (
  visitor_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  town TEXT, -- in any case, at times with blanks around it
  age INTEGER -- NULL or -1 where unknown
);
CREATE TABLE passes (
  pass_id INTEGER PRIMARY KEY,
  visitor_id INTEGER NOT NULL REFERENCES visitors (visitor_id),
  year INTEGER NOT NULL,
  kind TEXT NOT NULL, -- day, weekend or vip
  price REAL NOT NULL -- 0 for guests
);
CREATE TABLE ratings (
  visitor_id INTEGER NOT NULL REFERENCES visitors (visitor_id),
  gig_id INTEGER NOT NULL REFERENCES gigs (gig_id),
  stars INTEGER, -- 1 to 5; NULL where only a comment was left
  comment TEXT,
  PRIMARY KEY (visitor_id, gig_id)
);
CREATE INDEX gigs_band ON gigs (band_id);
CREATE INDEX ratings_gig ON ratings (gig_id)
