CREATE TABLE teachers (
  teacher_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  subject TEXT NOT NULL, -- main subject, in any case
  hours INTEGER NOT NULL -- a week, by contract
);
CREATE TABLE pupils (
  pupil_id INTEGER PRIMARY KEY,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  form TEXT, -- year and letter, such as 7b; NULL where not yet assigned
  born TEXT NOT NULL, -- YYYY-MM-DD, but at times day.month.year
  bus TEXT -- number of the bus; none, - or NULL where the pupil takes no bus
);
CREATE TABLE courses (
  course_id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  teacher_id INTEGER REFERENCES teachers (teacher_id),
  weekly INTEGER NOT NULL -- lessons a week
);
CREATE TABLE enrolments (
  pupil_id INTEGER NOT NULL REFERENCES pupils (pupil_id),
  course_id INTEGER NOT NULL REFERENCES courses (course_id),
  term TEXT NOT NULL, -- such as 2022-1 or 2022-2
  mark TEXT, -- 1 (best) to 6, absent, or NULL where not yet given
  PRIMARY KEY (pupil_id, course_id, term)
);
CREATE TABLE absences (
  absence_id INTEGER PRIMARY KEY,
  pupil_id INTEGER NOT NULL REFERENCES pupils (pupil_id),
  day TEXT NOT NULL, -- YYYY-MM-DD
  lessons INTEGER NOT NULL,
  excused INTEGER -- 1 or 0; NULL where not decided
);
CREATE INDEX enrolments_course ON enrolments (course_id);
CREATE INDEX absences_pupil ON absences (pupil_id)
