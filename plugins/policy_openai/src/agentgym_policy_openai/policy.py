"""Any OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp, a vendor."""

from __future__ import annotations

import asyncio
import math
import os
import random
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import evolve

from agentgym_core.errors import ConfigError, PolicyFault
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.types import Tokens, ToolCall, Usage, digest
from agentgym_policy_openai import wire
from agentgym_policy_openai.config import OpenAIConfig
from agentgym_policy_openai.outgoing import messages_out
from agentgym_policy_openai.trouble import EndpointError, Troubles, error_words, malformed, retry_after
from agentgym_tokens import reply_grammar

# The field that a refusal asks for, as the families call it.
_REASONING = re.compile(r"\breasoning(?:_content)?\b")


class OpenAIPolicy(Policy):
    """Asks a chat-completions endpoint, any number of conversations at once.

    :param sleep: how to wait between attempts.
    :raises ConfigError: the variable that `api_key_env` names is not set.
    """

    def __init__(self, config: OpenAIConfig, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.config = config
        self.context_tokens = config.context_tokens
        if config.images:
            self.needs = frozenset({"pictures"})
        self._sleep = sleep
        self._key = os.environ.get(config.api_key_env, "") if config.api_key_env else ""
        if config.api_key_env and not self._key:
            raise ConfigError(
                f"policy 'openai': the environment variable {config.api_key_env} is not set",
                hint=f"run: export {config.api_key_env}=... (or leave api_key_env out where the server wants no key)",
            )
        self._troubles = Troubles(config, self._key)
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answered = False
        self._reasoning: str = config.send_reasoning if config.send_reasoning.startswith("reasoning") else ""
        self._seen: dict[str, tuple[int, ...]] = {}

    async def act(self, request: Request) -> Reply:
        """The model's reply.

        :raises ContextOverflow: the conversation does not fit the model. :raises PolicyFault: there is no reply; the message says why.
        """
        answer = await self._ask(request)
        cost = answer.prompt_tokens * self.config.prompt_price + answer.completion_tokens * self.config.completion_price
        return Reply(
            answer.text,
            _numbered(request, answer.tool_calls),
            answer.reasoning,
            self._tokens(request, answer) if self.config.return_token_ids else None,
            Usage(answer.prompt_tokens, answer.completion_tokens, cost / 1e6),
            answer.finish_reason,
            answer.model,
        )

    async def end(self, episode: str) -> None:
        """Forget the tokens of the episode."""
        self._seen.pop(episode, None)

    def weights_digest(self) -> str:
        """A digest of what decides the answers: the model, where it is (or what it is called), and how it is asked."""
        config = self.config
        where = config.weights or config.base_url
        return digest(
            [
                where,
                config.model,
                config.native_tools,
                config.system_role,
                list(config.omit),
                config.extra_body,
                *([config.send_reasoning] if config.send_reasoning != "auto" else []),
                *([config.drawing()] if config.drawing() else []),
            ]
        )

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.close()

    def _tokens(self, request: Request, answer: wire.ChatReply) -> Tokens:
        prompt, sampled = answer.prompt_ids, answer.sampled_ids
        if prompt is None or sampled is None:
            raise PolicyFault(
                "the endpoint sent no token ids, though return_token_ids asks for them",
                hint="use vLLM 0.10.2 or later, or set return_token_ids = false",
            )
        before = self._seen.get(request.episode, ()) if request.turn else ()
        goes_on = bool(before) and prompt[: len(before)] == before
        self._seen[request.episode] = prompt + sampled
        logprobs = answer.logprobs or ()
        return Tokens(
            prompt[len(before) :] if goes_on else prompt,
            sampled,
            logprobs if len(logprobs) == len(sampled) else (),
            fresh=not goes_on,
        )

    def _payload(self, request: Request) -> dict[str, Any]:
        config, sampling = self.config, request.sampling
        drawn: dict[str, Any] = {
            # Some servers keep a seed in 32 bits.
            "seed": request.seed % 2**31,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "stop": list(sampling.stop) or None,
        }
        payload = {key: value for key, value in drawn.items() if key not in config.omit and value is not None}
        if "max_tokens" in payload:
            payload[config.max_tokens_field] = payload.pop("max_tokens")
        if request.tools and config.native_tools:
            payload["tools"] = [dict(tool) for tool in request.tools]
            if config.tool_choice != "auto":
                payload["tool_choice"] = _tool_choice(config.tool_choice)
        elif config.tool_choice != "auto":
            raise ConfigError(
                f"policy 'openai': tool_choice = {config.tool_choice!r} and no tools are sent",
                hint="choose the action format function_calling, with native_tools = true",
            )
        extra = dict(config.extra_body)
        # No fields of OpenAI's own: servers of open models have them.
        extra |= {"top_k": config.top_k} if config.top_k else {}
        extra |= {"min_p": config.min_p} if config.min_p else {}
        if config.constrain:
            payload |= self._constraint(request)
            extra |= payload.pop("extra_body", {})
        if config.return_token_ids:
            payload["logprobs"] = True
            extra["return_token_ids"] = True
        if config.stream:
            payload["stream"] = True
            payload["stream_options"] = {"include_usage": True}
        return {
            "model": config.model,
            "messages": self._messages(request),
            **payload,
            "extra_body": extra or None,
        }

    def _constraint(self, request: Request) -> dict[str, Any]:
        way = self.config.constrain_with
        grammar = reply_grammar(request.renderer, self.config.thought_characters)
        if way != "response_format":
            sent = grammar.gbnf if way == "grammar" else {"grammar": grammar.gbnf}
            return {"extra_body": {way: sent}}
        if grammar.schema is None:
            raise ConfigError(
                "constrain: a JSON schema cannot say a reply of this action format",
                hint="choose the format json; or constrain_with = 'grammar' (llama.cpp) or 'structured_outputs' (vLLM)",
            )
        schema = {"name": "reply", "schema": grammar.schema}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}

    def _messages(self, request: Request) -> list[dict[str, Any]]:
        latest = sorted(request.pictures)[-self.config.images :] if self.config.images else []
        pictures = {place: request.pictures[place] for place in latest}
        return messages_out(request.messages, self.config.system_role, self._reasoning, pictures)

    async def _ask(self, request: Request) -> wire.ChatReply:
        import openai

        payload = self._payload(request)
        # Before the clock starts: the first client imports the SDK's parts, which takes a second on a slow machine.
        completions = self._connect().chat.completions
        jitter = random.Random(request.seed)
        for attempt in range(self.config.max_retries + 1):
            wait: float | None = None
            try:
                async with asyncio.timeout(self.config.timeout):
                    answer = await self._once(completions, payload, request)
            except (TimeoutError, openai.APITimeoutError):
                trouble = f"did not answer within {self.config.timeout:g} s"
            except openai.APIStatusError as error:
                self._answered = True
                trouble = self._troubles.refusal(error, request)
                wait = retry_after(error.response.headers, time.time())
            except openai.APIConnectionError as error:
                reached = type(error.__cause__).__name__ != "ConnectError"
                trouble = "lost the connection" if reached else "cannot be reached"
                trouble += f": {self._troubles.clean(str(error.__cause__ or error))}"
                if not reached and not self._answered:
                    # A server that has never answered is not there yet or not at all: waiting would hide a wrong address.
                    raise self._troubles.fault(trouble, "is the server running, and is base_url right?") from None
            except openai.APIError as error:
                trouble = self._troubles.stream_error(error)
            except EndpointError as error:
                self._answered = True
                trouble = self._troubles.error_within(error)
            except ValueError as error:
                raise malformed("it is not JSON", self._troubles.clean(str(error))) from None
            except PolicyFault as fault:
                raise PolicyFault(self._troubles.clean(fault.message, 1000), hint=fault.hint) from None
            except _Cut as error:
                trouble = str(error)
            except Exception as error:
                # The HTTP library's own errors come through while a stream is read; its name differs between versions of the SDK.
                if not type(error).__module__.partition(".")[0].startswith("http"):
                    raise
                trouble = (
                    f"was lost in the middle of a reply: {self._troubles.clean(str(error) or type(error).__name__)}"
                )
            else:
                self._answered = True
                return answer
            if attempt == self.config.max_retries:
                break
            if wait is not None and wait > self.config.max_wait:
                raise self._troubles.fault(
                    f"{trouble}, and asks to wait {math.ceil(wait)} s", "raise max_wait, or come back later"
                )
            if wait is None:
                wait = min(self.config.max_wait, 0.5 * 2**attempt) * jitter.uniform(0.5, 1.0)
            await self._sleep(wait)
        tries = self.config.max_retries + 1
        raise self._troubles.fault(
            f"{trouble} ({tries} {'try' if tries == 1 else 'tries'})",
            "lower the concurrency, or raise timeout and max_retries",
        )

    async def _once(self, completions: Any, payload: dict[str, Any], request: Request) -> wire.ChatReply:
        import openai

        try:
            return await self._sent(completions, payload)
        except openai.BadRequestError as error:
            wanted = _REASONING.search(error_words(error.body)[0])
            if wanted is None or self._reasoning or self.config.send_reasoning != "auto":
                raise
            # From here on it gets what it demands; the conversation is sent again at once.
            self._reasoning = wanted[0]
        payload["messages"] = self._messages(request)
        return await self._sent(completions, payload)

    async def _sent(self, completions: Any, payload: dict[str, Any]) -> wire.ChatReply:
        if not self.config.stream:
            return wire.read_answer(_plain(await completions.create(**payload)))
        reader = wire.StreamReader()
        async with await completions.create(**payload) as stream:
            async for chunk in stream:
                reader.add(_plain(chunk))
        if not reader.finished:
            raise _Cut("ended the stream in the middle of a reply")
        return reader.answer()

    def _connect(self) -> Any:
        import openai

        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client = openai.AsyncOpenAI(
                # The SDK would take another key from the environment and send it to this address.
                api_key=self._key or "none",
                base_url=self.config.base_url,
                timeout=self.config.timeout,
                max_retries=0,
            )
            self._loop = loop
        return self._client


def _tool_choice(choice: str) -> Any:
    return choice if choice in ("required", "none") else {"type": "function", "function": {"name": choice}}


def _numbered(request: Request, calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...]:
    """Calls with ids where they came with none: nine letters and digits, another one each time, as the strictest servers want them back."""
    past = sum(len(message.tool_calls) for message in request.messages)
    return tuple(call if call.id else evolve(call, id=f"call{past + n:05d}") for n, call in enumerate(calls))


class _Cut(Exception):
    """A stream ended without saying so."""


def _plain(body: Any) -> Any:
    return body.to_dict(warnings=False) if hasattr(body, "to_dict") else body
