CREATE TABLE fields (
  field_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hectares REAL NOT NULL,
  soil TEXT -- clay, loam or sand; NULL where never tested
);
CREATE TABLE crops (
  crop_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  family TEXT NOT NULL
);
CREATE TABLE plantings (
  planting_id INTEGER PRIMARY KEY,
  field_id INTEGER NOT NULL REFERENCES fields (field_id),
  crop_id INTEGER NOT NULL REFERENCES crops (crop_id),
  planted TEXT NOT NULL, -- YYYY-MM-DD
  harvested TEXT -- YYYY-MM-DD; NULL where the crop failed
);
CREATE TABLE yields (
  planting_id INTEGER NOT NULL REFERENCES plantings (planting_id),
  load INTEGER NOT NULL, -- counts the loads of a planting from 1
  weight TEXT NOT NULL, -- a number and its unit, kg or t, such as 850 kg or 1.2 t
  grade TEXT, -- A, B or C in any case; NULL where not graded
  PRIMARY KEY (planting_id, load)
);
CREATE TABLE workers (
  worker_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  wage_cents INTEGER NOT NULL, -- an hour
  boss_id INTEGER REFERENCES workers (worker_id) -- NULL for the farmer
);
CREATE TABLE shifts (
  worker_id INTEGER NOT NULL REFERENCES workers (worker_id),
  worked TEXT NOT NULL, -- YYYY-MM-DD
  field_id INTEGER REFERENCES fields (field_id), -- NULL: in the yard
  hours REAL NOT NULL,
  PRIMARY KEY (worker_id, worked)
);
CREATE INDEX plantings_field ON plantings (field_id)
