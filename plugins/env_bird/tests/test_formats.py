"""SQL in every action format: lines, quotes and letters come through as they were written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.types import ExpertAction, ToolCall
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
        text, calls = grammar.render(ExpertAction("Because it's so.", prefix + sql))
        reading = grammar.read(text, calls)
        assert reading.error is None
        assert reading.action is not None
        assert reading.action.text == prefix + sql
        assert reading.action.arguments == {"sql": sql}
        if calls:
            arguments = json.dumps(json.loads(calls[0].arguments))
            again = grammar.read(text, [ToolCall("1", calls[0].name, arguments)])
            assert again.action == reading.action


@pytest.mark.parametrize("form", FORMATS)
@given(body=st.text(alphabet="ab'\"`\n\t ;,()-é漢\\{}%", max_size=30))
def test_any_literal_survives_every_format(form: str, body: str) -> None:
    sql = "SELECT '" + body.replace("'", "''") + "'"
    grammar = Grammar(SINGLE, form)
    reading = grammar.read(*grammar.render(ExpertAction("So.", sql)))
    assert reading.error is None
    assert reading.action is not None
    assert reading.action.arguments["sql"] == sql


@pytest.mark.parametrize(
    "reply",
    [
        "Thought: Count them.\nAction: ```sql\nSELECT COUNT(*)\nFROM shops\n```",
        "Thought: Count them.\nAction:\n```sql\nSELECT COUNT(*)\nFROM shops\n```\nThis counts.",
        "Thought: Count them.\nAction: SELECT COUNT(*)\nFROM shops",
        "Thought: Count them.\nAction: ```sql SELECT COUNT(*)\nFROM shops```",
        "```sql\nSELECT COUNT(*)\nFROM shops\n```",
        "**Thought:** Count them.\n\n**Action:**\n```\nSELECT COUNT(*)\nFROM shops\n```",
    ],
)
def test_replies_as_models_write_them(reply: str) -> None:
    reading = Grammar(SINGLE).read(reply)
    assert reading.action is not None
    assert read(str(reading.action.arguments["sql"])) == "SELECT COUNT(*)\nFROM shops"


def test_prose_is_no_query() -> None:
    assert Grammar(SINGLE).read("I would select all shops and count them.").error is not None


@pytest.mark.parametrize("verb", ["query", "answer"])
def test_several_turns_take_fences_too(verb: str) -> None:
    for reply in (
        f"Thought: x\nAction: {verb}\n```sql\nSELECT COUNT(*)\nFROM shops\n```",
        f"Thought: x\nAction:\n{verb} SELECT COUNT(*)\nFROM shops",
    ):
        reading = Grammar(INTERACTIVE).read(reply)
        assert reading.action is not None
        assert reading.action.name == verb
        assert read(str(reading.action.arguments["sql"])) == "SELECT COUNT(*)\nFROM shops"
