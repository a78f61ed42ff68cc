CREATE TABLE insurers (
  insurer_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  covers INTEGER NOT NULL -- percent of a fee that it pays
);
CREATE TABLE doctors (
  doctor_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  specialty TEXT NOT NULL, -- in any case, at times with blanks around it
  hired TEXT NOT NULL, -- YYYY-MM-DD
  room TEXT
);
CREATE TABLE patients (
  patient_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL, -- several patients may share a name
  born TEXT NOT NULL, -- day/month/year, such as 03/11/1967
  sex TEXT, -- F, M, or NULL where not told
  city TEXT, -- in any case, at times with blanks around it
  insurer_id INTEGER REFERENCES insurers (insurer_id) -- NULL: pays alone
);
CREATE TABLE visits (
  visit_id INTEGER PRIMARY KEY,
  patient_id INTEGER NOT NULL REFERENCES patients (patient_id),
  doctor_id INTEGER NOT NULL REFERENCES doctors (doctor_id),
  visited TEXT NOT NULL, -- YYYY-MM-DD
  reason TEXT NOT NULL,
  fee REAL, -- NULL where nothing was charged
  "follow up" INTEGER NOT NULL -- 1 where the patient was to come again
);
CREATE TABLE prescriptions (
  prescription_id INTEGER PRIMARY KEY,
  visit_id INTEGER NOT NULL REFERENCES visits (visit_id),
  drug TEXT NOT NULL, -- in any case
  dose_mg INTEGER NOT NULL,
  days INTEGER -- NULL: until further notice
);
CREATE INDEX visits_patient ON visits (patient_id);
CREATE INDEX visits_doctor ON visits (doctor_id);
CREATE INDEX prescriptions_visit ON prescriptions (visit_id)
