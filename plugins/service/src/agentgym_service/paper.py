"""The paper's HTTP endpoints: createEnv, observation, available_actions, step, reset, close. Rewards are the score so far."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import msgspec
from msgspec import UNSET, Struct, UnsetType

from agentgym_core.placement import Answer
from agentgym_service.problems import Refused, invalid, problem_of
from agentgym_service.replies import expert
from agentgym_service.served import Served
from agentgym_service.session import Session
from agentgym_service.sessions import SessionTable
from agentgym_service.wire.codec import encode
from agentgym_service.wire.messages import ActionBody, Code, ExpertBody, ResetBody

Result: TypeAlias = tuple[int, bytes]

ROUTES = {
    ("POST", "createEnv"),
    ("GET", "observation"),
    ("GET", "available_actions"),
    ("POST", "step"),
    ("POST", "reset"),
    ("POST", "close"),
}
"""Method and name of every endpoint below an environment's path."""

FACE = "http"


class CreateBody(Struct, forbid_unknown_fields=True):
    """`needs` names what every answer brings along: `available_actions`, `expert`."""

    needs: list[str] | None = None


class IdBody(Struct, forbid_unknown_fields=True):
    """The id that createEnv gave."""

    id: str


class StepBody(Struct, forbid_unknown_fields=True):
    """An action of a session: its text, or a name with arguments."""

    id: str
    action: str | ActionBody


class ResetRequest(Struct, forbid_unknown_fields=True):
    """What a session is reset to: a task by `task`, or by `split` and `index`, or one drawn by `seed`."""

    id: str
    task: str | None = None
    split: str | None = None
    index: int | float | None = None
    seed: int | float | None = None


class Shown(Struct):
    """What an environment shows. `reward` is the score so far, in [0, 1]: an episode's reward is its last one."""

    observation: str
    reward: float
    score: float
    done: bool
    terminated: bool
    truncated: bool
    success: bool | None
    info: Any
    task: str | UnsetType = UNSET
    available_actions: tuple[str, ...] | UnsetType | None = UNSET
    expert: ExpertBody | UnsetType | None = UNSET


_create = msgspec.json.Decoder(CreateBody).decode
_id = msgspec.json.Decoder(IdBody).decode
_step = msgspec.json.Decoder(StepBody).decode
_reset = msgspec.json.Decoder(ResetRequest).decode


class Paper:
    """The endpoints over a table of sessions. `answer` gives status and body at once, or a coroutine for them."""

    def __init__(self, table: SessionTable) -> None:
        self.table = table
        self._handlers: dict[str, Callable[[Served, bytes], Result | Coroutine[Any, Any, Result]]] = {
            "createEnv": self._create,
            "step": self._step,
            "reset": self._reset,
            "close": self._close,
        }

    def answer(self, served: Served, name: str, given: bytes) -> Result | Coroutine[Any, Any, Result]:
        """Answer one request; `given` is the body of a POST, or the query of a GET."""
        try:
            if name in self._handlers:
                return self._handlers[name](served, given)
            return self._look(served, name, given)
        except Exception as error:
            return failed(served, error)

    def _create(self, served: Served, body: bytes) -> Result:
        asked = _read(_create, body) if body.strip() else CreateBody()
        session = self.table.open(served, FACE, served.needs(asked.needs))
        return 200, encode({"id": session.id})

    def _step(self, served: Served, body: bytes) -> Result | Coroutine[Any, Any, Result]:
        request = _read(_step, body)
        session = self.table.get(request.id, served, FACE)
        said = request.action
        action = served.said(said) if isinstance(said, str) else served.action(said)
        if session.direct:
            return 200, encode(shown(session, session.step_now(action)))
        return self._waited(served, session, session.step(action))

    def _reset(self, served: Served, body: bytes) -> Result | Coroutine[Any, Any, Result]:
        request = _read(_reset, body)
        session = self.table.get(request.id, served, FACE)
        wanted = ResetBody(seed=request.seed, task=request.task, split=request.split, index=request.index)
        if session.direct:
            return 200, encode(shown(session, session.reset_now(wanted)))
        return self._waited(served, session, session.reset(wanted))

    async def _waited(self, served: Served, session: Session, call: Coroutine[Any, Any, Answer]) -> Result:
        try:
            return 200, encode(shown(session, await call))
        except Exception as error:
            return failed(served, error)

    async def _close(self, served: Served, body: bytes) -> Result:
        try:
            session = self.table.get(_read(_id, body).id, served, FACE)
            await self.table.close(session, "client")
        except Exception as error:
            return failed(served, error)
        return 200, b'{"closed":true}'

    async def _look(self, served: Served, name: str, query: bytes) -> Result:
        try:
            ids = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("id", [])
            if len(ids) != 1:
                raise invalid(("query", "id"), "Field required", "missing")
            session = self.table.get(ids[0], served, FACE)
            if name == "available_actions":
                return 200, encode({"available_actions": await session.available_actions()})
            if session.answer is None:
                raise Refused(Code.STATE_ERROR, 409, "there is no episode to look at", hint="reset the session")
            return 200, encode(shown(session, session.answer))
        except Exception as error:
            return failed(served, error)


def shown(session: Session, answer: Answer) -> Shown:
    """An answer in the paper's terms."""
    step, opening = answer.step, session.opening
    page = Shown(
        step.observation,
        step.score,
        step.score,
        step.terminated or step.truncated,
        step.terminated,
        step.truncated,
        step.success,
        step.info,
    )
    if opening is not None:
        if session.steps == 0:
            page.task = opening.task
        if "available_actions" in session.needs:
            page.available_actions = answer.available_actions
        if "expert" in session.needs:
            page.expert = expert(answer.expert)
    return page


def failed(served: Served | None, error: BaseException) -> Result:
    """Status and body of an error."""
    problem = problem_of(error)
    if served is not None:
        errors = served.counters.errors
        errors[problem.code] = errors.get(problem.code, 0) + 1
    return problem.status, encode(problem.body())


def _read(decode: Callable[[bytes], Any], body: bytes) -> Any:
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        text, _, at = str(error).partition(" - at `$")
        location = tuple(part for part in at.rstrip("`").replace("[", ".").replace("]", "").split(".") if part)
        raise invalid(("body", *location), text.replace("`", "'"), "invalid") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refused(Code.INVALID_JSON, 400, f"Invalid JSON: {error}") from error
