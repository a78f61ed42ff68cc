"""The values that pass through the house: frozen, made by us, compared by content."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from attrs import Factory, field, fields, frozen
from msgspec import Struct

from agentgym_core._notebook import Shown


def digest(value: Any) -> str:
    """The first 16 hexadecimal digits of SHA-256 over canonical JSON: the same in every process and on every machine."""
    return hashlib.sha256(_canonical(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]


# Made once, for there is a digest an episode.
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


class Outcome(enum.StrEnum):
    """How an episode ended. Each has its own denominator; a fault is never a score of 0."""

    SOLVED = "solved"
    FAILED = "failed"
    TRUNCATED = "truncated"
    POLICY_FAULT = "policy_fault"
    ENVIRONMENT_FAULT = "environment_fault"
    INFRASTRUCTURE_FAULT = "infrastructure_fault"
    CANCELLED = "cancelled"

    @property
    def scored(self) -> bool:
        """Whether the episode was played to an end that says something about the policy."""
        return self in (Outcome.SOLVED, Outcome.FAILED, Outcome.TRUNCATED)

    def cut(self, truncation: str) -> bool:
        """Whether the run's own budget cut the episode, which then says nothing of the policy; older runs call it truncated."""
        return truncation == "budget" and self in (Outcome.TRUNCATED, Outcome.CANCELLED)


@frozen
class Task:
    """One thing to do in an environment.

    A task crosses a border as its `id`; `data` never does. The split guard knows it under any name by `fingerprint`, a digest of content.
    """

    id: str
    split: str
    kind: str = ""
    fingerprint: str = ""
    data: Any = field(default=None, repr=False, eq=False)


@frozen
class Action:
    """One action, parsed by core. `text` is its canonical form; `name` is empty where no declared form matches."""

    name: str = ""
    arguments: Mapping[str, Any] = Factory(dict)
    text: str = ""


# No attrs class: two are made at every step, and a Struct takes a ninth of the time. `msgspec.structs.replace` changes one.
class Step(Struct, frozen=True):
    """What an environment answers to an action.

    `score` is the paper's r(e, u, tau) so far, in [0, 1]: not an increment. An episode's reward is its last score.
    `success` is the environment's own word; None means "score is 1". `info` holds JSON values, raw engine figures among them.
    """

    observation: str
    score: float = 0.0
    terminated: bool = False
    truncated: bool = False
    success: bool | None = None
    info: Mapping[str, Any] = {}

    @property
    def ended(self) -> bool:
        """Whether the environment takes no further action."""
        return self.terminated or self.truncated

    @property
    def solved(self) -> bool:
        """The environment's word; where it does not say, a score of 1."""
        return self.score >= 1.0 if self.success is None else self.success


@frozen
class ExpertAction:
    """What an expert would do: a thought, and the canonical text of an action. Free of any action format."""

    thought: str
    action: str


@frozen
class ToolCall:
    """A native tool call of a reply. `arguments` is the JSON text as the model wrote it, valid or not."""

    id: str
    name: str
    arguments: str


@frozen
class Message:
    """One message of a conversation, OpenAI-style.

    `role` is `system`, `user`, `assistant` or `tool`. `loss` (AgentTraj's flag): whether to learn from an assistant turn; else None.
    """

    role: str
    content: str
    loss: bool | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    reasoning: str | None = None


@frozen
class Usage:
    """Tokens and money of one reply, or of many together. `cost` is in the policy's own currency, 0 where unknown."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        tokens = self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens
        return Usage(*tokens, self.cost + other.cost)


@frozen
class Tokens:
    """The token ids behind one reply.

    `prompt` holds the prompt ids that the policy saw: all of them where `fresh`, else only those that follow the previous turn's
    prompt and sampled ids. `sampled` and `logprobs` (natural logarithm) have one entry a sampled token.
    """

    prompt: tuple[int, ...] = ()
    sampled: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    fresh: bool = True


@frozen
class Turn:
    """One round: a reply, the action read from it, and what the environment answered.

    `message` is the index of the reply in the trajectory's messages. `action` is the canonical text, or None where the grammar
    could not read the reply (`error` says why; the environment was not asked). `score` is the score after this turn.
    `notes` say what a lenient parser mended. Times are in seconds.
    """

    message: int
    action: str | None
    observation: str
    score: float = 0.0
    name: str = ""
    terminated: bool = False
    truncated: bool = False
    success: bool | None = None
    info: Mapping[str, Any] = Factory(dict)
    error: str | None = None
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()
    tokens: Tokens | None = None
    finish_reason: str = ""
    weights_version: str = ""
    policy_seconds: float = 0.0
    environment_seconds: float = 0.0


@frozen
class Fault:
    """Why an episode could not be played to its end.

    `stage` is `open`, `reset`, `act`, `step` or `host`; `component` names who failed; `turn` counts from 0.
    """

    stage: str
    component: str
    type: str
    message: str
    turn: int = 0
    traceback: str = ""
    attempts: int = 1


@frozen
class EpisodeKey:
    """What makes an episode the same episode: resume runs exactly the keys that are missing."""

    environment: str
    configuration: str
    task: str
    seed: int
    sample: int = 0
    policy: str = ""
    weights: str = ""
    sampling: str = ""
    action_format: str = "react"
    prompt_style: str = ""

    @property
    def digest(self) -> str:
        """The key as 16 hexadecimal digits: an episode's id within its run."""
        return digest(_key_values(self))

    @property
    def unit(self) -> tuple[str, str, str]:
        """Environment, configuration and task: episodes that share them are attempts at one thing."""
        return self.environment, self.configuration, self.task


# Made once, as the encoder is: there is a key an episode, also of each that is looked for in a run.
_key_values = attrgetter(*(each.name for each in fields(EpisodeKey)))


@frozen
class Trajectory(Shown):
    """One whole episode, however it ended.

    `messages` are as sent and received, `opening` is the first raw observation. `score` is None for every outcome that is not scored, and
    where an imported episode has none. `truncation` is what cut it: `rounds`, `context`, `budget` or `environment`. Times are in seconds.
    """

    id: str
    key: EpisodeKey
    split: str
    outcome: Outcome
    messages: tuple[Message, ...] = ()
    turns: tuple[Turn, ...] = ()
    opening: str = ""
    kind: str = ""
    fingerprint: str = ""
    score: float | None = None
    success: bool | None = None
    terminated: bool = False
    truncated: bool = False
    truncation: str = ""
    fault: Fault | None = None
    usage: Usage = Usage()
    started: float = 0.0
    seconds: float = 0.0
    info: Mapping[str, Any] = Factory(dict)

    @property
    def environment(self) -> str:
        """The environment's id without its version, as a table shows it."""
        id, _, version = self.key.environment.rpartition("-v")
        return id if version.isdigit() else self.key.environment

    @property
    def actions(self) -> tuple[str, ...]:
        """The canonical actions that reached the environment, in order."""
        return tuple(turn.action for turn in self.turns if turn.action is not None)


@frozen
class Score:
    """What a reward says of a trajectory: a value and its named parts."""

    value: float
    parts: Mapping[str, float] = Factory(dict)


@frozen
class WeightedTrajectory:
    """A trajectory with its weight in a learning objective; `turns` may give a weight per turn instead of 1."""

    trajectory: Trajectory
    weight: float = 1.0
    turns: tuple[float, ...] | None = None


@frozen
class RunInfo:
    """A run, as observers see it. `folder` is where it is kept, or an empty string.

    A `pipeline` has runs of stages in it, each a run of kind `rollout`, whose `parent` is the id of the pipeline and whose `stage` is
    its place there, such as `evolve/explore-1`; both are empty for a run that stands alone.
    """

    id: str
    folder: str = ""
    manifest: Mapping[str, Any] = Factory(dict)
    kind: str = "rollout"
    parent: str = ""
    stage: str = ""
