"""One attempt at one episode, from the opening to its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from agentgym_core.actions import ParsedReply
from agentgym_core.errors import ContextOverflow, EnvironmentNotMade, InfrastructureFault, StopRun
from agentgym_core.placement import ResetRequest, Session, StepResult
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.prompts.style import NOT_RUN, unreadable
from agentgym_core.rollout._budget import Budget
from agentgym_core.rollout._checks import checked_reply
from agentgym_core.rollout._episode_config import EpisodeJob
from agentgym_core.rollout._pictures import Pictures
from agentgym_core.rollout.faults import fault_of
from agentgym_core.rollout.seeds import turn_seed
from agentgym_core.types import Fault, Message, Outcome, ToolCall, Trajectory, Turn, Usage

_NO_USAGE = Usage()
_perf = time.perf_counter


class Episode:
    """Plays one episode once. What was done so far stands in the attributes, so that a cut episode is kept too.

    :param wait_turn: waits, before each request, for the other episodes of a reproducible run.
    """

    def __init__(
        self, job: EpisodeJob, policy: Policy, budget: Budget, wait_turn: Callable[[], Awaitable[None]] | None
    ) -> None:
        self.plan, self.task, self.key, self.id = job.plan, job.task, job.key, job.id
        self.policy, self.budget, self.wait_turn = policy, budget, wait_turn
        self.messages: list[Message] = []
        self.turns: list[Turn] = []
        self.pictures = Pictures(
            self.plan.pictures, shown="pictures" in self.plan.sees, drawn="rendering" in self.plan.sees
        )
        self.opening = ""
        self.score = 0.0
        self.success: bool | None = None
        self.terminated = False
        self.truncation = ""
        self.fault: Fault | None = None
        self.outcome = Outcome.CANCELLED
        self.stop: StopRun | None = None
        self.prompt_tokens = self.completion_tokens = 0
        self.cost = 0.0
        self.context = 0
        self.started = time.time()
        self._begun = _perf()

    async def play(self, session: Session) -> None:
        """Play to the end; faults end up in `fault` and `outcome`."""
        plan = self.plan
        style = plan.style
        try:
            answer = await session.reset(ResetRequest(self.task.id, self.key.seed, plan.needs))
            picture = await self.pictures.take(session)
        except Exception as error:
            self.environment_failed("reset", error)
            return
        self.opening = answer.step.observation
        shown = answer.available_actions if plan.show_actions else None
        self.messages += style.opening
        self.messages.append(Message("user", style.observation(self.opening, first=True, available=shown)))
        self.pictures.show(len(self.messages) - 1, picture)
        limited = self.policy.context_tokens is not None
        for turn in range(plan.max_rounds):
            if self.budget.check():
                self._ended("budget")
                return
            if limited and self._outgrown():
                self._ended("context")
                return
            if self.wait_turn is not None:
                await self.wait_turn()
            begun = _perf()
            try:
                reply = await self._ask(turn, answer)
            except Exception as error:
                self._policy_failed(turn, error)
                return
            policy_seconds = _perf() - begun
            self._count(reply)
            reading = plan.grammar.read(reply.text, reply.tool_calls)
            self.messages.append(Message("assistant", reply.text, True, reply.tool_calls, reasoning=reply.reasoning))
            if reading.action is None:
                self._unreadable(reply, reading, answer, policy_seconds)
                continue
            begun = _perf()
            try:
                answer = await session.step(reading.action)
                picture = None if answer.step.ended else await self.pictures.take(session)
            except Exception as error:
                self.environment_failed("step", error, turn)
                self._keep(reply, reading, policy_seconds, _perf() - begun)
                return
            step = answer.step
            self.score = step.score
            self.success = step.success
            self.pictures.show(len(self.messages), picture)
            self._keep(reply, reading, policy_seconds, _perf() - begun, answer)
            if step.terminated or step.truncated:
                self.terminated = step.terminated
                self._ended("" if step.terminated else "environment")
                return
            shown = answer.available_actions if plan.show_actions else None
            text = style.observation(step.observation, first=False, available=shown)
            if reading.call is None:
                self.messages.append(Message("user", text))
            else:
                self._answer_calls(text, (reading.call, *reading.unrun))
        self._ended("rounds")

    def trajectory(self, attempts: int = 1) -> Trajectory:
        """The episode as it stands."""
        outcome = self.outcome
        scored = outcome.scored
        return Trajectory(
            id=self.id,
            key=self.key,
            split=self.task.split,
            outcome=outcome,
            messages=tuple(self.messages),
            turns=tuple(self.turns),
            opening=self.opening,
            kind=self.task.kind,
            fingerprint=self.task.fingerprint,
            score=self.score if scored else None,
            success=outcome is Outcome.SOLVED if scored else None,
            terminated=self.terminated,
            truncated=self.truncation != "",
            truncation=self.truncation,
            fault=self.fault,
            usage=Usage(self.prompt_tokens, self.completion_tokens, self.cost),
            started=self.started,
            seconds=_perf() - self._begun,
            # What a native tool call is learned from is what the policy was given: the tools stay with the episode.
            info={
                **({"attempts": attempts} if attempts > 1 else {}),
                **({"tools": list(self.plan.grammar.tools)} if self.plan.grammar.tools else {}),
                **({"pictures": self.pictures.names} if self.pictures.names else {}),
            },
        )

    async def _ask(self, turn: int, answer: StepResult) -> Reply:
        plan = self.plan
        request = Request(
            messages=tuple(self.messages),
            episode=self.id,
            turn=turn,
            seed=turn_seed(self.key.seed, turn),
            sampling=plan.settings.sampling,
            renderer=plan.grammar,
            tools=plan.grammar.tools,
            available_actions=answer.available_actions,
            expert=answer.expert,
            pictures=dict(self.pictures.seen),
            rendering=self.pictures.latest if "rendering" in plan.sees else None,
        )
        limit = plan.settings.policy_seconds
        if not limit:
            reply = await self._act(request)
        else:
            try:
                async with asyncio.timeout(limit) as timer:
                    reply = await self._act(request)
            except TimeoutError as error:
                if timer.expired():
                    raise TimeoutError(f"no reply within {limit:g} s (policy_seconds)") from error
                raise
        return checked_reply(reply, type(self.policy).__name__)

    async def _act(self, request: Request) -> Reply:
        try:
            return await self.policy.act(request)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # The policy was cancelled by something of its own, not by a request to end this episode.
            raise RuntimeError("the policy's work was cancelled") from error
        except SystemExit as error:
            raise RuntimeError(f"the policy called sys.exit({error.code!r})") from error

    def _count(self, reply: Reply) -> None:
        usage = reply.usage
        if usage is not _NO_USAGE:
            self.prompt_tokens += usage.prompt_tokens
            self.completion_tokens += usage.completion_tokens
            self.cost += usage.cost
            self.context = usage.prompt_tokens + usage.completion_tokens
        self.budget.add(usage)

    def _outgrown(self) -> bool:
        limit = self.policy.context_tokens
        if limit is None:
            return False
        known = self.policy.count_tokens(self.messages)
        # What the last reply saw and said is the least that the next request holds.
        length = self.context if known is None else known
        return length + self.plan.settings.sampling.max_tokens > limit if length else False

    def _keep(
        self,
        reply: Reply,
        reading: ParsedReply,
        policy_seconds: float,
        environment_seconds: float,
        answer: StepResult | None = None,
        observation: str = "",
    ) -> None:
        step = answer.step if answer is not None else None
        action = reading.action
        self.turns.append(
            Turn(
                message=len(self.messages) - 1,
                action=None if action is None else action.text,
                observation=observation if step is None else step.observation,
                score=self.score,
                name="" if action is None else action.name,
                terminated=step is not None and step.terminated,
                truncated=step is not None and step.truncated,
                success=None if step is None else step.success,
                info={} if step is None else step.info or {},
                error=reading.error,
                notes=reading.notes,
                usage=reply.usage,
                tokens=reply.tokens,
                finish_reason=reply.finish_reason,
                weights_version=reply.weights_version,
                policy_seconds=policy_seconds,
                environment_seconds=environment_seconds,
            )
        )

    def _unreadable(self, reply: Reply, reading: ParsedReply, answer: StepResult, policy_seconds: float) -> None:
        text = unreadable(reading.error)
        self._keep(reply, reading, policy_seconds, 0.0, observation=text)
        if reply.tool_calls:
            self._answer_calls(text, reply.tool_calls)
        else:
            shown = answer.available_actions if self.plan.show_actions else None
            self.messages.append(Message("user", self.plan.style.observation(text, first=False, available=shown)))

    def _answer_calls(self, text: str, calls: Sequence[ToolCall]) -> None:
        self.messages.append(Message("tool", text, tool_call_id=calls[0].id))
        self.messages += [Message("tool", NOT_RUN, tool_call_id=call.id) for call in calls[1:]]

    def _ended(self, truncation: str) -> None:
        self.truncation = truncation
        # A goal that was reached stays reached, also where the environment plays on and the rounds run out.
        success = self.success if self.success is not None else self.score >= 1.0
        if success:
            self.outcome = Outcome.SOLVED
        elif truncation == "budget":
            # The run's own doing, which says nothing of the policy: resume plays it again.
            self.outcome = Outcome.CANCELLED
        else:
            self.outcome = Outcome.TRUNCATED if truncation else Outcome.FAILED

    def environment_failed(self, stage: str, error: Exception, turn: int = 0) -> None:
        """End with what a call into the environment, or the lack of a host for it, came to."""
        lost = isinstance(error, InfrastructureFault)
        self.outcome = Outcome.INFRASTRUCTURE_FAULT if lost else Outcome.ENVIRONMENT_FAULT
        where = "host" if lost else "open" if isinstance(error, EnvironmentNotMade) else stage
        self.fault = fault_of(error, stage=where, component=self.plan.source.spec.id, turn=turn)

    def _policy_failed(self, turn: int, error: Exception) -> None:
        if isinstance(error, StopRun):
            self.stop = error
            return
        if isinstance(error, ContextOverflow):
            self._ended("context")
            return
        lost = isinstance(error, InfrastructureFault)
        self.outcome = Outcome.INFRASTRUCTURE_FAULT if lost else Outcome.POLICY_FAULT
        self.fault = fault_of(error, stage="act", component=self.plan.policy_id, turn=turn)
