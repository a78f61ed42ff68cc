"""SQL in every action format: lines, quotes and letters come through as they were written."""

from __future__ import annotations

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.types import ExpertAction
from agentgym_env_bird.environment import INTERACTIVE, SINGLE
from agentgym_env_bird.statement import read

HARD_SQL = (
    "SELECT 1",
    "SELECT\n  name,\n\n  'a\nb'\nFROM products -- the end",
    """SELECT 'it''s', "a ""quoted"" name", `back`, [brackets] FROM t WHERE x = 'tab\there'""",
    "SELECT 'Grüße', '漢字', '🍞', 'עברית' /* ∞ */",
    "SELECT '{\"a\": [1, 2]}', '%s {0} {sql}', '\\n', '\\\\', '</s>', 'Action: x', 'Thought:'",
    "WITH a AS (\n  SELECT 1 AS x\n)\nSELECT * FROM a\nORDER BY x DESC",
    "SELECT '```sql' || '```'",
    "SELECT 'Observation: 3'\nFROM t",
    "SELECT \"\"\"three\"\"\", '''three'''",
)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("sql", HARD_SQL)
def test_sql_survives_every_format(form: str, sql: str) -> None:
    for actions, prefix in ((SINGLE, ""), (INTERACTIVE, "query "), (INTERACTIVE, "answer ")):
        grammar = Grammar(actions, form)
        reading = grammar.read(*grammar.render(ExpertAction("Because it's so.", prefix + sql)))
        assert reading.error is None
        assert reading.action is not None
        assert (reading.action.text, reading.action.arguments) == (prefix + sql, {"sql": sql})


COUNT = "SELECT COUNT(*)\nFROM shops"


@pytest.mark.parametrize(
    ("reply", "verb"),
    [
        (f"Thought: Count them.\nAction:\n```sql\n{COUNT}\n```\nThis counts.", ""),
        (f"Thought: Count them.\nAction: ```sql {COUNT}```", ""),
        (f"**Thought:** Count them.\n\n**Action:**\n```\n{COUNT}\n```", ""),
        (f"Thought: x\nAction: query\n```sql\n{COUNT}\n```", "query"),
        (f"Thought: x\nAction:\nanswer {COUNT}", "answer"),
    ],
)
def test_replies_as_models_write_them(reply: str, verb: str) -> None:
    reading = Grammar(INTERACTIVE if verb else SINGLE).read(reply)
    assert reading.action is not None
    assert reading.action.name == (verb or "answer")
    assert read(str(reading.action.arguments["sql"])) == COUNT


def test_prose_is_no_query() -> None:
    assert Grammar(SINGLE).read("I would select all shops and count them.").error is not None
