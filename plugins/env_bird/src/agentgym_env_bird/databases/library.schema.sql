CREATE TABLE branches (
  branch_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  opened INTEGER -- year
);
CREATE TABLE authors (
  author_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  born INTEGER, -- year; NULL where unknown
  died INTEGER -- year; NULL where alive or unknown
);
CREATE TABLE books (
  book_id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  author_id INTEGER REFERENCES authors (author_id), -- NULL: anonymous
  year INTEGER NOT NULL,
  genre TEXT NOT NULL, -- in any case, at times with blanks around it
  pages INTEGER -- NULL where not counted
);
CREATE TABLE copies (
  copy_id INTEGER PRIMARY KEY,
  book_id INTEGER NOT NULL REFERENCES books (book_id),
  branch_id INTEGER NOT NULL REFERENCES branches (branch_id),
  state TEXT NOT NULL -- new, good, worn or lost
);
CREATE TABLE readers (
  reader_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  since TEXT NOT NULL, -- YYYY-MM-DD
  child TEXT NOT NULL -- true or false, in any case
);
CREATE TABLE loans (
  loan_id INTEGER PRIMARY KEY,
  copy_id INTEGER NOT NULL REFERENCES copies (copy_id),
  reader_id INTEGER NOT NULL REFERENCES readers (reader_id),
  lent TEXT NOT NULL, -- YYYY-MM-DD
  due TEXT NOT NULL, -- YYYY-MM-DD
  returned TEXT -- YYYY-MM-DD; empty text or NULL where still out
);
CREATE INDEX copies_book ON copies (book_id);
CREATE INDEX loans_copy ON loans (copy_id);
CREATE INDEX loans_reader ON loans (reader_id)
