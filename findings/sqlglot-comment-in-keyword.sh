#!/usr/bin/env bash
# sqlglot 30.30.0: a comment between the words of a keyword of several words is a ParseError.
#
# In SQL a comment stands wherever a blank may, and SQLite runs `ORDER /* newest first */ BY b`. sqlglot makes one token of `ORDER BY`,
# over any blanks and line ends between the words but not over a comment; `GROUP -- why` + line end + `BY` fails likewise. So
# "sqlglot does not parse it" does not mean "it is no valid SQL", and a linter or a guard built on it refuses such statements.
#
# Prints, and exits with 0 as long as it is so:
#   SQLite: [(2,), (1,)]
#   sqlglot 30.30.0 with blanks: SELECT b FROM t ORDER BY b DESC
#   sqlglot 30.30.0 with a comment: ParseError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q sqlglot==30.30.0 2>/dev/null
"$folder/venv/bin/python" - <<'PROGRAM'
import sqlite3
import sqlglot

blanks, comment = (f"SELECT b FROM t ORDER{between}BY b DESC" for between in ("\n  ", " /* newest first */ "))
connection = sqlite3.connect(":memory:")
connection.executescript("CREATE TABLE t (b); INSERT INTO t VALUES (1), (2)")
rows = connection.execute(comment).fetchall()
print("SQLite:", rows)
print(f"sqlglot {sqlglot.__version__} with blanks:", sqlglot.parse_one(blanks, dialect="sqlite").sql("sqlite"))
try:
    told = sqlglot.parse_one(comment, dialect="sqlite").sql("sqlite")
except sqlglot.errors.ParseError as error:
    told = type(error).__name__
print(f"sqlglot {sqlglot.__version__} with a comment:", told)
raise SystemExit(0 if rows == [(2,), (1,)] and told == "ParseError" else 1)
PROGRAM
