CREATE TABLE districts (
  district_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  people INTEGER NOT NULL
);
CREATE TABLE buildings (
  building_id INTEGER PRIMARY KEY,
  address TEXT NOT NULL,
  district_id INTEGER NOT NULL REFERENCES districts (district_id),
  built TEXT, -- a year, at times with c. before it, such as c. 1910
  lift TEXT NOT NULL -- yes or no, in any case
);
CREATE TABLE flats (
  flat_id INTEGER PRIMARY KEY,
  building_id INTEGER NOT NULL REFERENCES buildings (building_id),
  floor INTEGER NOT NULL, -- 0 is the ground floor
  rooms INTEGER NOT NULL,
  area REAL, -- square metres; NULL where not measured
  rent TEXT -- a month, such as 950 EUR or EUR 950; NULL where the owner lives there
);
CREATE TABLE tenants (
  tenant_id INTEGER PRIMARY KEY,
  "full name" TEXT NOT NULL, -- last name, comma, first name
  phone TEXT
);
CREATE TABLE leases (
  lease_id INTEGER PRIMARY KEY,
  flat_id INTEGER NOT NULL REFERENCES flats (flat_id),
  tenant_id INTEGER NOT NULL REFERENCES tenants (tenant_id),
  starts TEXT NOT NULL, -- YYYY-MM-DD
  ends TEXT -- YYYY-MM-DD; NULL: goes on
);
CREATE TABLE repairs (
  repair_id INTEGER PRIMARY KEY,
  flat_id INTEGER NOT NULL REFERENCES flats (flat_id),
  reported TEXT NOT NULL, -- day.month.year, such as 05.11.2022
  "kind of work" TEXT NOT NULL,
  cost REAL -- NULL where not yet invoiced
);
CREATE INDEX flats_building ON flats (building_id);
CREATE INDEX leases_flat ON leases (flat_id);
CREATE INDEX repairs_flat ON repairs (flat_id)
