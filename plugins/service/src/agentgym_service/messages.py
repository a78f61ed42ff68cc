"""The messages of the environment protocol. A frame is one JSON object with a `type`, and is answered by one.

A message may carry `id` (echoed in its reply; any number may be under way), `session` (which of the connection's sessions is meant) and
`deadline` (seconds that the call may take). `reset`, `step` and their answers have the shape of OpenEnv's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

VERSION = 1
"""The version that `hello` speaks of."""

SUBPROTOCOL = "agentgym.1"
"""The WebSocket subprotocol of a client that speaks this protocol: where a dialect has the same path, others speak that."""

Id: TypeAlias = int | str
Maybe: TypeAlias = UnsetType
Score: TypeAlias = Annotated[float, Meta(ge=0, le=1)]


class ActionBody(Struct, forbid_unknown_fields=True):
    """An action: its canonical `text`, or the `name` of a declared action with `arguments`. `metadata` is taken and not looked at."""

    text: str | Maybe = UNSET
    name: str | Maybe = UNSET
    arguments: dict[str, Any] | Maybe = UNSET
    metadata: dict[str, Any] | Maybe = UNSET


class ResetBody(Struct):
    """What to reset to: a task by `task`, or by `split` and `index`; without either one is drawn from the split by the seed.

    The split is the first one to train on where it is left out. Other keys are ignored, as OpenEnv's servers do. `needs` names what every
    answer of the episode brings along. To JSON `3.0` is an integer, so it is one here.
    """

    seed: int | float | None = None
    episode_id: str | None = None
    task: str | None = None
    split: str | None = None
    index: int | float | None = None
    needs: list[str] | None = None


class HelloBody(Struct):
    """What a client asks of the connection; `needs` holds for every session that does not say otherwise."""

    version: int = VERSION
    needs: list[str] = field(default_factory=list)


class OpenBody(Struct):
    """What a session is opened with."""

    needs: list[str] | None = None


class TasksBody(Struct):
    """A range of a split's tasks; without a split only the splits are listed."""

    split: str | None = None
    start: int = 0
    stop: int | None = None


class HandleBody(Struct):
    """The handle of a snapshot."""

    snapshot: str | None = None


class Envelope(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a message may carry beside its data."""

    id: Id | Maybe = UNSET
    session: str | Maybe = UNSET
    deadline: float | Maybe = UNSET


class Hello(Struct, tag="hello"):
    """What is said first: the answer says what the server can."""

    data: HelloBody = field(default_factory=HelloBody)
    id: Id | Maybe = UNSET


class ResetMessage(Envelope, tag="reset"):
    """Start an episode in a session."""

    data: ResetBody = field(default_factory=ResetBody)


class StepMessage(Envelope, tag="step"):
    """Take an action in a session."""

    data: ActionBody


class StateMessage(Envelope, tag="state"):
    """The id of a session's episode and the number of its steps."""


class CloseMessage(Envelope, tag="close"):
    """End a session; without `session` end all of them and the connection."""


class Mcp(Envelope, tag="mcp"):
    """A JSON-RPC request to a session."""

    data: dict[str, Any]


class Open(Envelope, tag="open"):
    """Open a session on this connection."""

    data: OpenBody = field(default_factory=OpenBody)


class Resume(Envelope, tag="resume"):
    """Take over a session whose connection was lost."""


class Tasks(Envelope, tag="tasks"):
    """List splits, or tasks of one."""

    data: TasksBody = field(default_factory=TasksBody)


class Snapshot(Envelope, tag="snapshot"):
    """Remember a session's present state."""


class Restore(Envelope, tag="restore"):
    """Return a session to a state that it remembers."""

    data: HandleBody


class Fork(Envelope, tag="fork"):
    """Open another session in the present state of this one, or in one that it remembers."""

    data: HandleBody = field(default_factory=HandleBody)


class Actions(Envelope, tag="actions"):
    """What can be done in a session now; `needs` asks for it with every answer."""


class Render(Envelope, tag="render"):
    """A picture of the present state."""


class Batch(Envelope, tag="batch"):
    """Many sessions' resets and steps in one frame; answered in one, in their order."""

    data: list[ResetMessage | StepMessage]


Message: TypeAlias = (
    Hello
    | Open
    | Resume
    | CloseMessage
    | ResetMessage
    | StepMessage
    | StateMessage
    | Actions
    | Tasks
    | Snapshot
    | Restore
    | Fork
    | Render
    | Mcp
    | Batch
)
"""What a client may send."""


class ExpertBody(Struct):
    """What an expert would do now."""

    thought: str
    action: str


class State(Struct):
    """What `state` answers."""

    episode_id: str | None = None
    step_count: Annotated[int, Meta(ge=0)] = 0


class Observation(Struct):
    """What an environment shows. `available_actions` and `expert` are there where they were asked for."""

    text: Annotated[str, Meta(description="The observation.")]
    score: Annotated[Score, Meta(description="The score so far.")]
    terminated: bool
    truncated: bool
    success: Annotated[
        bool | None, Meta(description="The environment's own word; null means that a score of 1 is success.")
    ]
    info: Annotated[
        Mapping[str, Any],
        Meta(description="The engine's raw figures.", extra_json_schema={"additionalProperties": True}),
    ]
    task: Annotated[str | Maybe, Meta(description="The task's id, after a reset.")] = UNSET
    available_actions: Annotated[Sequence[str] | Maybe | None, Meta(description="Where it was asked for.")] = UNSET
    expert: Annotated[ExpertBody | Maybe | None, Meta(description="Where it was asked for and is given.")] = UNSET


class ObservationData(Struct):
    """OpenEnv's answer to reset and step. `reward` is the increase of the score: null after a reset, and an episode's sum is its score."""

    observation: Observation
    reward: float | None = None
    done: bool = False


class _Reply(Struct, kw_only=True):
    id: Id | Maybe = UNSET
    session: str | Maybe = UNSET


class ObservationReply(_Reply, tag="observation"):
    """The answer to `reset` and `step`."""

    data: ObservationData


class ErrorReply(_Reply, tag="error"):
    """What went wrong: `message` and `code`, and what the code brings along."""

    data: dict[str, Any]


class DataReply(Struct, kw_only=True):
    """Any other answer; its type is that of the request, or `session` where one was opened."""

    type: str
    data: Any
    id: Id | Maybe = UNSET
    session: str | Maybe = UNSET


class Code:
    """The codes of errors."""

    INVALID_JSON = "INVALID_JSON"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    EXECUTION_ERROR = "EXECUTION_ERROR"
    CAPACITY_REACHED = "CAPACITY_REACHED"
    FACTORY_ERROR = "FACTORY_ERROR"
    SESSION_ERROR = "SESSION_ERROR"

    SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
    TASK_NOT_FOUND = "TASK_NOT_FOUND"
    STATE_ERROR = "STATE_ERROR"
    ENVIRONMENT_FAULT = "ENVIRONMENT_FAULT"
    INFRASTRUCTURE_FAULT = "INFRASTRUCTURE_FAULT"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    REPLAYED_REQUEST = "REPLAYED_REQUEST"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    MISDIRECTED = "MISDIRECTED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    TOO_LARGE = "TOO_LARGE"
    TOO_SLOW = "TOO_SLOW"
    RATE_LIMITED = "RATE_LIMITED"
    SHUTTING_DOWN = "SHUTTING_DOWN"
