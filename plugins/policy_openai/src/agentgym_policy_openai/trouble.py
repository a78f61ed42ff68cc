"""What the errors of an endpoint mean: which may pass, which are the policy's fault, and what to do about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from agentgym_core.errors import ContextOverflow, PolicyFault
from agentgym_core.policy import Request
from agentgym_policy_openai.config import OpenAIConfig

_CONTEXT = re.compile(
    r"context[_ ](?:length|window|size)|maximum model length|max_model_len|prompt is too long"
    r"|input (?:is )?too long|too many (?:input |prompt )?tokens",
    re.IGNORECASE,
)
"""Words in which servers say that a conversation does not fit the model."""

_FINAL_CODES = frozenset({"400", "401", "402", "403", "404", "413", "422"})
"""Codes in a body with status 200 that another try will not change."""

_BAD_KEY = re.compile(
    r"\b(?:key|token|credentials?)\b.{0,30}\b(?:not valid|invalid|incorrect|missing|expired|required)"
    r"|\b(?:invalid|incorrect|missing|expired)\b.{0,30}\b(?:key|token|credentials?)\b",
    re.I,
)
"""Words of servers that answer 403, not 401, to a key that they do not know: `API key not valid`, `the token is missing`."""


class EndpointError(Exception):
    """An error that came in a body with status 200. `words` is what it says, `code` what it calls itself."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.words, self.code = words, code


class Troubles:
    """Reads the errors of one endpoint. `key` is kept out of every message."""

    def __init__(self, config: OpenAIConfig, key: str) -> None:
        self.config = config
        self._key = key

    def refusal(self, error: Any, request: Request) -> str:
        """What an error status means: the trouble in words where it may pass.

        :raises PolicyFault: where it will not.
        """
        status = int(error.status_code)
        words, code = error_words(error.body)
        said = f": {self.clean(words)}" if words else ""
        if status in (400, 413, 422) and says_context_overflow(words, code):
            if request.turn == 0 and re.search(r"max_(?:completion_)?tokens.{0,40}too large", words):
                raise self.fault(f"refused the request ({status}){said}", "lower max_tokens of the sampling") from None
            raise ContextOverflow(f"the conversation does not fit the model{said}") from None
        if status == 403 and self.config.api_key_env and not _BAD_KEY.search(words):
            raise self.fault(
                f"does not let this key use {self.config.model!r} (403){said}",
                "the key was read: its plan, project or region does not have the model; choose another one, or ask for access",
            ) from None
        if status in (401, 403):
            name = self.config.api_key_env
            hint = (
                f"check the key in {name}"
                if name
                else "set api_key_env to the name of the environment variable that holds the key"
            )
            raise self.fault(f"refused the key ({status}){said}", hint) from None
        if status == 404:
            raise self.fault(
                f"knows no model {self.config.model!r} here (404){said}",
                f"see which there are: curl {self.config.base_url}/models",
            ) from None
        if status == 429 and code == "insufficient_quota":
            raise self.fault(f"has no quota left for this key (429){said}", "check the account's billing") from None
        if status in (408, 409, 425, 429) or status >= 500:
            return f"answered with status {status}{said}"
        raise self.fault(
            f"refused the request ({status}){said}",
            "leave a parameter out with `omit`, or change extra_body, max_tokens_field or system_role",
        ) from None

    def error_within(self, error: EndpointError) -> str:
        """What an error in a reply with status 200 means: the trouble in words where it may pass.

        :raises PolicyFault: where it will not.
        """
        said = self.clean(error.words or error.code or "no words")
        if says_context_overflow(error.words, error.code):
            raise ContextOverflow(f"the conversation does not fit the model: {said}") from None
        if error.code == "insufficient_quota" or (error.code in _FINAL_CODES):
            raise self.fault(
                f"answered 200 with an error ({error.code}): {said}",
                "check the key, the account and the model; or leave a parameter out with `omit`",
            ) from None
        return f"answered 200 with an error: {said}" + (f" ({error.code})" if error.code else "")

    def stream_error(self, error: Any) -> str:
        """An error that came inside a stream, where there is no status."""
        words, code = error_words(error.body)
        if says_context_overflow(words, code):
            raise ContextOverflow(f"the conversation does not fit the model: {self.clean(words)}") from None
        return f"reported an error: {self.clean(words or str(error))}"

    def fault(self, trouble: str, hint: str) -> PolicyFault:
        """What went wrong at the endpoint, and what to do about it."""
        return PolicyFault(f"the endpoint {self.config.base_url} {trouble}", hint=hint)

    def clean(self, text: str, limit: int = 300) -> str:
        """A server's words without the key, which some of them repeat."""
        return shorten(text.replace(self._key, "[key]") if self._key else text, limit)


def malformed(why: str, body: Any) -> PolicyFault:
    """The fault for a body that is no chat completion."""
    return PolicyFault(
        f"the endpoint's answer is not a chat completion: {why} (got {shorten(str(body))})",
        hint="does base_url end where /chat/completions begins, usually in /v1? is it an OpenAI-compatible server?",
    )


def shorten(text: str, limit: int = 300) -> str:
    """A text that fits into a message, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def error_words(body: Any) -> tuple[str, str]:
    """What an error body says, and its code or type; both may be empty."""
    if isinstance(body, Mapping):
        inner = body.get("error")
        if inner is not None:
            return error_words(inner)
        words = next((body[key] for key in ("message", "detail", "msg") if body.get(key)), "")
        return str(words), str(body.get("code") or body.get("type") or "")
    return ("", "") if body is None else (str(body), "")


def says_context_overflow(words: str, code: str) -> bool:
    """Whether an error says that the conversation does not fit the model."""
    return bool(_CONTEXT.search(code.replace("_", " ")) or _CONTEXT.search(words))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """How many seconds the endpoint asks to wait: `retry-after-ms`, or `Retry-After` as seconds or as a date."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after", "")
        if not value:
            return None
        try:
            return max(0.0, float(value))
        except ValueError:
            return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
