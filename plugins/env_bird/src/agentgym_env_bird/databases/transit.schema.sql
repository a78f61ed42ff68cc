CREATE TABLE lines (
  line TEXT PRIMARY KEY, -- such as T1 for a tram, B12 for a bus
  colour TEXT, -- in any case
  since INTEGER NOT NULL -- year
);
CREATE TABLE stops (
  stop_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  zone TEXT NOT NULL, -- A, B or C
  step_free TEXT -- yes, no, or NULL where unknown
);
CREATE TABLE line_stops (
  line TEXT NOT NULL REFERENCES lines (line),
  place INTEGER NOT NULL, -- counts the stops of a line from 1
  stop_id INTEGER NOT NULL REFERENCES stops (stop_id),
  minutes INTEGER NOT NULL, -- from the first stop
  PRIMARY KEY (line, place)
);
CREATE TABLE vehicles (
  vehicle_id INTEGER PRIMARY KEY,
  make TEXT NOT NULL, -- in any case, at times with blanks around it
  bought TEXT, -- month/year, such as 04/2011
  places INTEGER NOT NULL
);
CREATE TABLE trips (
  trip_id INTEGER PRIMARY KEY,
  line TEXT NOT NULL REFERENCES lines (line),
  vehicle_id INTEGER REFERENCES vehicles (vehicle_id), -- NULL where the trip was dropped
  departs TEXT NOT NULL, -- YYYY-MM-DD HH:MM
  late INTEGER -- minutes late at the last stop; NULL where dropped
);
CREATE TABLE taps (
  tap_id INTEGER PRIMARY KEY,
  card TEXT NOT NULL, -- number of a card; the same card taps often
  trip_id INTEGER NOT NULL REFERENCES trips (trip_id),
  stop_id INTEGER NOT NULL REFERENCES stops (stop_id),
  fare INTEGER -- in cents; NULL where a pass was shown
);
CREATE TABLE "incident log" (
  incident_id INTEGER PRIMARY KEY,
  trip_id INTEGER NOT NULL REFERENCES trips (trip_id),
  "type of incident" TEXT NOT NULL, -- in any case
  minutes_lost INTEGER
);
CREATE INDEX line_stops_stop ON line_stops (stop_id);
CREATE INDEX trips_line ON trips (line);
CREATE INDEX taps_trip ON taps (trip_id)
