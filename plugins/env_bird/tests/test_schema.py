"""Names in prompts stand as they must stand in SQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from agentgym_env_bird.schema import quoted, schema_of_ddl

KEYWORDS = """
abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case cast check
collate column commit conflict constraint create cross current current_date current_time current_timestamp database default
deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists explain fail filter
first following for foreign from full generated glob group groups having if ignore immediate in index indexed initially inner
insert instead intersect into is isnull join key last left like limit match materialized natural no not nothing notnull null nulls
of offset on or order others outer over partition plan pragma preceding primary query raise range recursive references regexp
reindex release rename replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to
transaction trigger unbounded union unique update using vacuum values view virtual when where window with without
""".split()  # noqa: SIM905 - a list would be a hundred lines


@pytest.mark.parametrize("name", [*KEYWORDS, "two words", "größe", "9lives", 'a"b', "x.y", ""])
def test_a_name_as_it_is_shown_is_that_column_and_that_table(name: str) -> None:
    shown = quoted(name)
    with closing(sqlite3.connect(":memory:")) as connection:
        always = '"' + name.replace('"', '""') + '"'
        connection.execute(f"CREATE TABLE {always} ({always} TEXT, b TEXT)")
        connection.execute(f"INSERT INTO {always} VALUES ('here', '2')")
        for sql in (
            f"SELECT {shown} FROM {shown}",
            f"SELECT t.{shown} FROM {shown} AS t WHERE {shown} = 'here' ORDER BY {shown}",
            f"SELECT {shown}.{shown}, max(b) FROM (SELECT 1) JOIN {shown} GROUP BY {shown}",
        ):
            assert connection.execute(sql).fetchone()[0] == "here"


def test_words_of_the_present_time_are_quoted_in_prompts() -> None:
    text = schema_of_ddl('CREATE TABLE t ("cast" TEXT, "current_date" TEXT, date TEXT)').text
    assert text == 'Table t\n  "cast" TEXT\n  "current_date" TEXT\n  date TEXT'
