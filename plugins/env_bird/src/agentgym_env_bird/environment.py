"""Text to SQL behind the interface."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from html import escape
from pathlib import Path
from typing import Any

from agentgym_core.environment import Description, Environment, unknown_split
from agentgym_core.errors import ComponentUnavailable
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_env_bird import official
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.pool import Pool
from agentgym_env_bird.prompt import opening, table, with_samples
from agentgym_env_bird.protocol import Result
from agentgym_env_bird.schema import Schema, quoted, schema_of
from agentgym_env_bird.statement import read, table_names
from agentgym_env_bird.tasks import Item, splits_of

_LOG = logging.getLogger(__name__)

INSTRUCTION = """\
You answer questions about an SQLite database with one SQL query. Each task shows the tables with their columns, types and keys, and a \
question.
The query is run, and its result is compared with the right one: the same rows are wanted, with the columns that the question asks for, \
in that order, and no others. It must be one SELECT (WITH is fine); nothing can be changed, and long queries are stopped."""

ONE_TURN = "There is one attempt: your reply's query is the answer."

MANY_TURNS = """\
Before you answer you may look at tables and try queries, as often as you have turns. What you answer is run once more and is final."""

# Comments and brackets, then a statement that selects: prose may begin with "select" too, but has none of these signs.
_STATEMENT = (
    r"(?:\s+|--[^\n]*\n|\()*+(?:with\b|values\b|explain\b|"
    r"select\b(?=.*?(?:\bfrom\s+[\w\"\`\[(]|[(*=0-9'\"])))"
    r"(?:(?!\n\s*\n[A-Z][a-z]+ [a-z]+ [a-z]+ ).)*"
)
_SQL = Parameter(
    "sql", description="one SQLite SELECT statement; it may go over several lines", multiline=True, pattern=_STATEMENT
)
SINGLE = (ActionSpec("answer", (_SQL,), "Answer with an SQL query.", text="{sql}"),)
INTERACTIVE = (
    ActionSpec(
        "look",
        (Parameter("table", description="the table's name"),),
        "See a table's columns and its first rows.",
        text="look {table}",
    ),
    ActionSpec("query", (_SQL,), "Run a query and see its result.", text="query {sql}"),
    ActionSpec("answer", (_SQL,), "Answer with an SQL query; this ends the task.", text="answer {sql}"),
)


class BirdEnvironment(Environment):
    """One question: tried queries and an answer. `engine` is a pool of workers that the instances of a host share."""

    config: BirdConfig

    def __init__(self, config: BirdConfig, engine: Pool | None = None) -> None:
        super().__init__(config, engine)
        self._owned = ExitStack()
        self._pool: Pool = engine if engine is not None else self._owned.enter_context(self.engine(config))
        self._item: Item | None = None
        self._location = ""
        self._excess = ""
        self._schema = Schema(())
        self._last: tuple[str, str] = ("", "")
        self._looked: frozenset[str] = frozenset()
        self._tried = False

    @classmethod
    def tasks(cls, config: BirdConfig, split: str) -> Sequence[Task]:
        splits = splits_of(config.data)
        if split not in splits:
            raise unknown_split("bird", split, list(splits))
        return splits[split]

    @classmethod
    def describe(cls, config: BirdConfig) -> Description:
        how = MANY_TURNS if config.interactive else ONE_TURN
        return Description(
            instruction=f"{INSTRUCTION}\n{how}",
            actions=INTERACTIVE if config.interactive else SINGLE,
            splits={name: len(tasks) for name, tasks in splits_of(config.data).items()},
            evaluation=("eval", "dev"),
            max_rounds=config.rounds if config.interactive else 1,
            reset_seconds=20 * config.seconds + 60,
            step_seconds=2 * config.seconds + 30,
            expert_score=1.0,
            random_ceiling=0.1,
            version=f"SQLite {sqlite3.sqlite_version}",
        )

    @classmethod
    @contextmanager
    def engine(cls, config: BirdConfig) -> Iterator[Pool]:
        with closing(Pool(config.limits)) as pool:
            yield pool

    @classmethod
    def pull(cls, config: BirdConfig, folder: Path) -> str:
        """Say how to get the official data: 33 GB, from their publishers.

        :raises ComponentUnavailable: always; the data are fetched by hand.
        """
        raise ComponentUnavailable(
            f"BIRD's databases (33 GB, CC BY-SA 4.0) come from their publishers: {official.SOURCE}",
            hint="download train.zip and dev.zip, unpack them (and the *_databases.zip in them) "
            f"in {folder}, and set data = {str(folder)!r}",
        )

    @classmethod
    def doctor(cls) -> list[tuple[str, bool, str]]:
        found = sqlite3.sqlite_version_info >= (3, 35)
        return [(f"SQLite {sqlite3.sqlite_version}", found, "use a Python with SQLite 3.35 or newer")]

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Start a task; a seed changes nothing.

        :raises EnvironmentFault: the database cannot be read, or the reference query fails on it.
        """
        item: Item = task.data
        self._item, self._location = item, item.location
        self._excess = self._pool.excess(item.location, item.question.gold, task.id)
        if self._excess:
            # It may take more than an answer may.
            _LOG.warning(
                "task %s: its reference query goes beyond the limit of an answer (%s): the expert cannot solve it; raise that limit",
                task.id,
                self._excess,
            )
        schemas, samples = self._pool.schemas, self.config.samples
        if item.location not in schemas:
            plain = schema_of(item.location)
            schemas[item.location] = with_samples(plain, self._pool, item.location, samples) if samples else plain
        self._schema = schemas[item.location]
        self._last, self._looked, self._tried = ("", ""), frozenset(), False
        return opening(item.question, self._schema, evidence=self.config.evidence)

    def step(self, action: Action) -> Step:
        if not self.config.interactive:
            return self._answer(str(action.arguments.get("sql", action.text)))
        match action.name:
            case "answer":
                return self._answer(str(action.arguments["sql"]))
            case "query":
                sql = read(str(action.arguments["sql"]))
                result = self._pool.run(self._location, sql, show=self.config.show_rows)
                self._tried = True
                return Step(self._shown(sql, result), info={"rows": result.count, "error": result.error})
            case "look":
                return self._look(str(action.arguments["table"]))
        return Step(
            "Not understood: look at a table, or give SQL after `query` or `answer`.",
            info={"rows": 0, "error": "no action"},
        )

    def _answer(self, text: str) -> Step:
        assert self._item is not None, "core resets before it steps"
        sql, gold = read(text), self._item.question.gold
        result = self._pool.run(self._location, sql, show=self.config.show_rows, reference=gold)
        measures = result.measures or {}
        info: dict[str, Any] = {"rows": result.count, "error": result.error, "measures": measures}
        if self._excess:
            info["reference"] = self._excess
        right = measures["match"]
        return Step(self._shown(sql, result), 1.0 if right else 0.0, terminated=True, success=right, info=info)

    def _shown(self, sql: str, result: Result) -> str:
        observation = table(result, self.config.show_rows)
        self._last = (sql, observation)
        return observation

    def _look(self, name: str) -> Step:
        found = self._schema.find(name)
        if found is None:
            names = ", ".join(entry.name for entry in self._schema.tables)
            return Step(
                f"There is no table {name[:80]!r}; the tables are: {names}", info={"rows": 0, "error": "no such table"}
            )
        sql = f"SELECT * FROM {quoted(found.name)} LIMIT 3"  # noqa: S608 - a name of the schema, quoted
        result = self._pool.run(self._location, sql, show=3)
        self._looked |= {found.name}
        self._last = (sql, f"{self._schema.describe(found)}\n\n{table(result, 3)}")
        return Step(self._last[1], info={"rows": result.count, "error": result.error})

    def available_actions(self) -> list[str]:
        """Something to begin with: the sizes of the tables and, where looking is an action, their looks. Any SQL is possible."""
        names = [entry.name for entry in self._schema.tables]
        counts = [f"SELECT COUNT(*) FROM {quoted(name)}" for name in names]  # noqa: S608
        if not self.config.interactive:
            return counts
        return [
            *(f"look {name}" for name in names),
            *(f"query {sql}" for sql in counts),
            *(f"answer {sql}" for sql in counts),
        ]

    def expert(self) -> ExpertAction | None:
        """The reference query; with several turns after a look at its tables and a try."""
        if self._item is None:
            return None
        gold = self._item.question.gold
        used = table_names(gold)
        tables = [entry.name for entry in self._schema.tables if entry.name.lower() in used]
        thought = f"It takes {' and '.join(tables) or 'no table'}."
        if not self.config.interactive:
            return ExpertAction(thought, gold)
        # A try and the answer take two of the turns.
        unseen = [name for name in tables[: min(3, self.config.rounds - 2)] if name not in self._looked]
        if unseen and not self._tried:
            return ExpertAction(f"See how {unseen[0]} looks.", f"look {unseen[0]}")
        if not self._tried:
            return ExpertAction(f"{thought} Try it.", f"query {gold}")
        return ExpertAction("This is what was asked for.", f"answer {gold}")

    def render(self) -> str | None:
        if self._item is None:
            return None
        sql, observation = self._last
        parts = [f"<p>{escape(self._item.question.text)}</p>", f"<pre>{escape(self._schema.text)}</pre>"]
        if sql:
            parts.append(f"<pre>{escape(sql)}</pre><pre>{escape(observation)}</pre>")
        return f"<div class='bird'>{''.join(parts)}</div>"

    def close(self) -> None:
        self._owned.close()
