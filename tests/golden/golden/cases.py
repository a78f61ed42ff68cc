"""What is played: environments, configurations, policies, action formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FORMATS = ("react", "function_calling", "json", "code_as_action")

CONFIGS: dict[str, list[dict[str, Any]]] = {
    "maze": [
        {},
        {"observability": "partial", "trailing_newline": True},
        {"sizes": [7], "loops": 0.3, "seed": 3, "train": 90, "eval": 30},
    ],
    "wordle": [
        {},
        {"lexicon": 20, "held_out": "games", "vocabulary_size": 4, "attempts": 3, "train": 60},
        {"show_vocabulary": False, "seed": 5},
    ],
    "textcraft": [{}, {"rounds": 4, "distractors": 2, "train_draws": 2}, {"distractors": 0, "eval_draws": 3}],
    "babyai": [{}, {"levels": ["GoToRedBall", "OpenRedDoor"], "train": 10}, {"verbatim": True, "list_actions": True}],
    "sciworld": [{}, {"ids": "own"}, {"ids": "original", "simplifications": ["easy"]}],
    "alfworld": [
        {},
        {"wording": "alfworld", "train": 5, "eval": 3},
        {"seed": 3, "kinds": ["pick_and_place_simple"], "max_steps": 20, "train": 5, "eval": 3},
    ],
    "todo": [
        {},
        {"seed": 2, "train": 30, "eval": 10},
        {"original_texts": True, "strict_answers": True, "train": 60, "eval": 20},
    ],
    "bird": [
        {},
        {"interactive": True, "samples": 2, "evidence": True},
        {"interactive": True, "rounds": 4, "show_rows": 2},
    ],
}
"""Of every environment the default configuration and two others."""

ENGINES = {"sciworld": "agentgym-env-sciworld", "alfworld": "agentgym-env-alfworld"}
"""Environments whose engine is installed on demand, with the distribution that brings it."""

MOVES: dict[str, tuple[str, str]] = {
    "maze": ("move up", "move left"),
    "wordle": ("chevy", "blurb"),
    "textcraft": ("inventory", "get 1 oak log"),
    "babyai": ("turn left", "move forward"),
    "sciworld": ("look around", "wait1"),
    "alfworld": ("look", "inventory"),
    "todo": ("get_projects with Action Input: {}", "get_user_current_date with Action Input: {}"),
    "bird": ("SELECT COUNT(*) FROM shops", "SELECT 1"),
}
"""Two actions of every environment, for replies that can be read at least in part."""

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "maze": ("move", {"direction": "up"}),
    "todo": ("get_projects", {}),
}
"""One action as a name with arguments, for the formats that write it so."""


def broken_replies(environment: str) -> list[str]:
    """Replies that a lenient parser may mend, and others that it must refuse, of every action format."""
    one, other = MOVES[environment]
    name, arguments = CALLS.get(environment, ("look", {}))
    call = json.dumps({"name": name, "arguments": arguments})
    code = f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
    return [
        f"Thought:\nI try something.\n\nAction:\n{one}",
        "I do not know what to do.",
        f"Action: {other}",
        f"Thought: two of them\nAction:\n{one}\nAction:\n{other}",
        "Thought: nothing follows\n\nAction:\n",
        f"**Thought:** bold\n\n**Action:**\n`{one}`",
        f"```json\n{call}\n```",
        call[:-2],
        f'<tool_call>\n{{"name": "{name}", "arguments": {json.dumps(arguments)}}}\n</tool_call>',
        f"```python\n{code}\n```",
        f"```python\nimport os\nos.system('true')\n{code}\n```",
        "",
        f"thought: small letters\naction: {other.upper()}",
        "Action:\nfly to the moon \N{ROCKET} \u202e",
    ]


@dataclass(frozen=True, eq=False)
class Case:
    """One command `agentgym collect`, with everything that decides its episodes."""

    environment: str
    policy: str
    format: str = "react"
    split: str = "eval"
    limit: int = 3
    samples: int = 1
    rounds: int | None = None
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the case is called in the records and on the command line."""
        parts = [self.environment, self.policy, self.format, self.split]
        return "-".join([*parts, str(CONFIGS[self.environment].index(self.config))] if self.config else parts)

    def words(self) -> list[str]:
        """The arguments of `agentgym`, without `--out`."""
        policy = ["--policy", self.policy]
        if self.policy == "scripted":
            policy += ["--policy-config", f"replies={json.dumps(broken_replies(self.environment))}"]
        rounds = ["--rounds", str(self.rounds)] if self.rounds else []
        config = [word for key, value in self.config.items() for word in ("--config", f"{key}={json.dumps(value)}")]
        return [
            *("collect", self.environment, *policy, "--format", self.format, "--split", self.split),
            *("--limit", str(self.limit), "--samples", str(self.samples), "--seed", "7", "--concurrency", "1"),
            *("--max-failed", "1", "--json", *rounds, *config),
        ]


def cases() -> Iterator[Case]:
    """Every case, those of one environment together."""
    for environment, (_, second, _third) in CONFIGS.items():
        slow = environment in ENGINES
        held_out = "test" if environment == "sciworld" else "eval"
        yield Case(environment, "expert", split=held_out, limit=2 if slow else 3)
        yield Case(environment, "random", split=held_out, limit=2, samples=1 if slow else 2, rounds=14)
        # bird takes one reply an episode by default, and many where it is interactive.
        many = second if environment == "bird" else {}
        yield Case(environment, "scripted", split=held_out, limit=1, rounds=14, config=many)
        yield Case(environment, "expert", split="train", limit=1, config=second)
        if environment in CALLS:
            for format in FORMATS[1:]:
                yield Case(environment, "expert", format, limit=2)
                yield Case(environment, "random", format, limit=1, rounds=14)
                yield Case(environment, "scripted", format, limit=1, rounds=14)
