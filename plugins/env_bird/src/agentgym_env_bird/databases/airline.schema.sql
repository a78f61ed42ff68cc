CREATE TABLE airports (
  code TEXT PRIMARY KEY, -- three letters
  name TEXT NOT NULL,
  city TEXT NOT NULL,
  country TEXT NOT NULL,
  elevation_ft INTEGER -- NULL where unknown
);
CREATE TABLE aircraft (
  tail TEXT PRIMARY KEY, -- registration
  model TEXT NOT NULL,
  seats INTEGER NOT NULL,
  built INTEGER -- year
);
CREATE TABLE flights (
  flight_id INTEGER PRIMARY KEY,
  number TEXT NOT NULL, -- airline code and digits, such as AG204
  origin TEXT NOT NULL REFERENCES airports (code),
  destination TEXT NOT NULL REFERENCES airports (code),
  tail TEXT REFERENCES aircraft (tail), -- NULL where none was assigned
  departs TEXT NOT NULL, -- YYYY-MM-DD HH:MM
  delay_min INTEGER, -- minutes late, negative where early, NULL for cancelled flights
  status TEXT NOT NULL -- landed, cancelled or diverted, in any case
);
CREATE TABLE passengers (
  passenger_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT, -- NULL where unknown
  tier TEXT -- gold, silver, or NULL for none
);
CREATE TABLE tickets (
  ticket_id INTEGER PRIMARY KEY,
  flight_id INTEGER NOT NULL REFERENCES flights (flight_id),
  passenger_id INTEGER NOT NULL REFERENCES passengers (passenger_id),
  cabin TEXT NOT NULL, -- economy or business
  fare TEXT NOT NULL, -- with a dollar sign and commas, such as $1,050.00
  bought TEXT NOT NULL -- YYYY-MM-DD
);
CREATE INDEX flights_origin ON flights (origin);
CREATE INDEX tickets_flight ON tickets (flight_id);
CREATE INDEX tickets_passenger ON tickets (passenger_id)
