CREATE TABLE plans (
  plan_id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  monthly_cents INTEGER NOT NULL
);
CREATE TABLE members (
  member_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT, -- in any case; the same address may stand for several accounts of one person
  joined TEXT NOT NULL, -- month/day/year, such as 11/03/2021
  plan_id INTEGER REFERENCES plans (plan_id), -- NULL: has left
  birth_year INTEGER -- 0 where unknown
);
CREATE TABLE coaches (
  coach_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  hourly REAL NOT NULL
);
CREATE TABLE classes (
  class_id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  coach_id INTEGER REFERENCES coaches (coach_id), -- NULL: held by whoever is there
  weekday TEXT NOT NULL, -- Mon to Sun
  places INTEGER NOT NULL
);
CREATE TABLE bookings (
  class_id INTEGER NOT NULL REFERENCES classes (class_id),
  member_id INTEGER NOT NULL REFERENCES members (member_id),
  day TEXT NOT NULL, -- YYYY-MM-DD
  came TEXT, -- Y, yes, N or no; NULL where nobody noted it
  PRIMARY KEY (class_id, member_id, day)
);
CREATE TABLE weights (
  member_id INTEGER NOT NULL REFERENCES members (member_id),
  day TEXT NOT NULL, -- YYYY-MM-DD
  kg TEXT NOT NULL, -- a number with a point or a comma, such as 71.5 or 71,5
  PRIMARY KEY (member_id, day)
);
CREATE INDEX bookings_member ON bookings (member_id)
