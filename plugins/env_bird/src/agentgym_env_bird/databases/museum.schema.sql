CREATE TABLE artists (
  artist_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  lived TEXT, -- years of birth and death, such as 1841-1919; nothing after the dash where alive
  country TEXT -- in any case
);
CREATE TABLE rooms (
  room_no TEXT PRIMARY KEY, -- floor, dot, number, such as 1.04
  title TEXT NOT NULL,
  climate TEXT NOT NULL -- Y or N
);
CREATE TABLE works (
  work_id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  artist_id INTEGER REFERENCES artists (artist_id), -- NULL: unknown artist
  made INTEGER, -- year; NULL where unknown
  technique TEXT NOT NULL, -- oil, drawing, print, bronze or photograph
  size TEXT, -- height and width in cm, such as 120x80; NULL where not measured
  value INTEGER, -- insured for, in euros
  room_no TEXT REFERENCES rooms (room_no) -- NULL: in the depot
);
CREATE TABLE museums (
  museum_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  city TEXT NOT NULL
);
CREATE TABLE lendings (
  lending_id INTEGER PRIMARY KEY,
  work_id INTEGER NOT NULL REFERENCES works (work_id),
  museum_id INTEGER NOT NULL REFERENCES museums (museum_id),
  "from" TEXT NOT NULL, -- YYYY-MM-DD
  "to" TEXT -- YYYY-MM-DD; NULL where open
);
CREATE TABLE tickets (
  day TEXT NOT NULL, -- YYYY-MM-DD
  kind TEXT NOT NULL, -- full, reduced or free
  sold INTEGER NOT NULL, -- 0 or more
  price REAL NOT NULL,
  PRIMARY KEY (day, kind)
);
CREATE INDEX works_artist ON works (artist_id);
CREATE INDEX lendings_work ON lendings (work_id)
