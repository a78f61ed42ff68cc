"""Episodes: what is shown, how answers are scored, and how several turns go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import EnvironmentFault
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.types import Action
from agentgym_env_bird import own
from agentgym_testing.players import Play

Source = Callable[..., EnvironmentSource]
TASK = "bird-bakery-10"
GOLD = own.questions("bakery")[9].gold


def test_the_opening_shows_real_names_types_keys_and_the_question(play: Play) -> None:
    (opening,) = play("bird-transit-24", [])
    text = opening.observation
    assert text.startswith(
        "Database: transit (SQLite)\n\nTable lines\n  line TEXT, primary key -- such as T1 for a tram, B12 for a bus\n"
    )
    assert 'Table "incident log"' in text
    assert '  "type of incident" TEXT -- in any case' in text
    assert "  stop_id INTEGER, refers to stops.stop_id" in text
    assert "  place INTEGER, part of the primary key -- counts the stops of a line from 1" in text
    assert text.endswith("Give the vehicle's id and the minutes.")
    assert "Hint" not in text


ENDING = "SELECT name FROM products WHERE until IS NOT NULL"
COUNT = own.questions("bakery")[0].gold


@pytest.mark.parametrize(
    ("task", "answer", "score"),
    [
        (2, ENDING, 1.0),
        (2, "select NAME from PRODUCTS where until > ''", 1.0),
        (2, f"{ENDING} UNION ALL {ENDING}", 1.0),
        (2, f"{ENDING} ORDER BY name DESC", 1.0),
        (2, f"```sql\n{ENDING.replace(' ', chr(10))};\n```", 1.0),
        (2, ENDING.replace("name", "name, until"), 0.0),
        (2, "SELECT name FROM products", 0.0),
        (2, "SELECT name FROM products WHERE 0", 0.0),
        (2, "SELECT nonsense FROM products", 0.0),
        (2, "DELETE FROM products", 0.0),
        (2, "I do not know.", 0.0),
        (2, "", 0.0),
        (2, "-- SELECT", 0.0),
        # 1 and 1.0 are the same value, as in the paper's comparison; '1' is not.
        (1, COUNT.replace("COUNT(*)", "COUNT(*) * 1.0"), 1.0),
        (1, COUNT.replace("COUNT(*)", "COUNT(*) || ''"), 0.0),
    ],
)
def test_the_same_set_of_rows_is_right(play: Play, task: int, answer: str, score: float) -> None:
    """Duplicates and order do not count, columns and their order do. No answer tells the reference."""
    _, step = play(f"bird-bakery-{task}", [answer])
    assert (step.score, step.success, step.terminated) == (score, score == 1.0, True)
    assert own.questions("bakery")[task - 1].gold not in step.observation + repr(step.info)


def test_long_results_are_cut_for_reading_only(play: Play) -> None:
    _, step = play(TASK, ["SELECT sale_id, NULL, x'00ff', 'a\nb\\' FROM sales ORDER BY 1"], show_rows=2)
    assert step.observation.splitlines()[0] == "420 rows, the first 2:"
    assert step.observation.splitlines()[2:] == ["1 | NULL | x'00ff' | a\\nb\\\\", "2 | NULL | x'00ff' | a\\nb\\\\"]
    _, step = play(TASK, [f"SELECT '{'y' * 500}', {', '.join(map(str, range(100)))}"])
    assert max(map(len, step.observation.splitlines())) < 400
    assert step.observation.endswith("(71 further columns)")


def test_several_turns_look_try_and_answer(play: Play) -> None:
    opening, look, missing, query, wrong, odd, right, answer = play(
        TASK,
        [
            "look Products",
            "look no such",
            "query\nSELECT COUNT(*)\nFROM products",
            "query SELECT nonsense",
            "SELECT 1",
            f"query {GOLD}",
            f"answer {GOLD}",
        ],
        interactive=True,
    )
    assert look.observation.startswith("Table products\n  product_id INTEGER, primary key\n")
    assert "\n\n3 rows:\nproduct_id | name | sort | price | until\n1 | Rye Loaf | " in look.observation
    assert missing.observation == (
        "There is no table 'no such'; the tables are: shops, products, ingredients, recipes, sales, leftovers"
    )
    assert query.observation == "1 row:\nCOUNT(*)\n14"
    assert wrong.observation == "SQL error: no such column: nonsense"
    assert wrong.info == {"rows": 0, "error": "no such column: nonsense"}
    assert odd.observation.startswith("Not understood")
    assert not any(step.ended or step.score for step in (opening, look, missing, query, wrong, odd, right))
    assert (answer.score, answer.terminated) == (1.0, True)
    assert "measures" not in right.info
    assert "measures" in answer.info
    *_, answer = play(TASK, [f"query {GOLD}", "answer SELECT 1"], interactive=True)
    assert (answer.score, answer.terminated) == (0.0, True)


@pytest.mark.parametrize("rounds", [2, 3])
def test_the_expert_tries_and_answers_in_few_turns(source: Source, rounds: int) -> None:
    interactive = source(interactive=True, rounds=rounds)
    jobs = [Job(interactive, task) for task in interactive.tasks("eval")[:20]]
    for episode in collect(jobs, "expert", RolloutSettings(), keep=True).trajectories:
        verbs = [turn.action.partition(" ")[0] for turn in episode.turns]
        assert verbs == ["look", "query", "answer"][-rounds:]
        assert episode.score == 1.0


def test_an_instance_shows_its_question_and_closes_the_workers_that_it_brought(source: Source) -> None:
    made: Any = source().make()
    made.reset(source().find(TASK))
    assert "Which product is the most expensive?" in made.render()
    made.close()
    with pytest.raises(EnvironmentFault, match="closed already"):
        made.step(Action(text="SELECT 1"))
