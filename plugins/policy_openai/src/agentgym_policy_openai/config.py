"""Where an OpenAI-compatible endpoint is, and how it is asked."""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from agentgym_tokens import DrawingConfig

Parameter = Literal["seed", "temperature", "top_p", "max_tokens", "stop"]


class OpenAIConfig(DrawingConfig):
    """Where the endpoint is and how it is asked. No secret stands here."""

    model_config = ConfigDict(hide_input_in_errors=True)

    base_url: str
    """The address up to `/chat/completions`, such as `http://localhost:8000/v1`."""

    model: str
    """The model's name at the endpoint."""

    api_key_env: str = ""
    """The name of the environment variable that holds the key; empty where the server wants none."""

    weights: str = ""
    """A name for what is served; it stands in an episode's key in place of `base_url`, so that a run resumes on another address."""

    timeout: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    """Seconds that one attempt may take."""

    max_retries: int = Field(default=5, ge=0, le=100)
    """How often errors that may pass are tried again: status 408, 409, 425, 429, 5xx, time-outs, lost connections."""

    max_wait: float = Field(default=60.0, ge=0, allow_inf_nan=False)
    """The most seconds to wait between attempts; a server that asks for more ends the episode as a fault."""

    stream: bool = False
    """Read the reply as it is made."""

    send_reasoning: Literal["auto", "never", "reasoning_content", "reasoning"] = "auto"
    """The field in which earlier thoughts go back to the endpoint. `auto`: in none, until it refuses a conversation for want of one."""

    native_tools: bool = True
    """Send tools where the action format has them."""

    return_token_ids: bool = False
    """Ask vLLM for the token ids and log-probabilities that training needs."""

    images: int = Field(default=0, ge=0)
    """How many of the latest pictures of the environment are sent along, where it draws any; 0 for a model that does not see."""

    system_role: Literal["system", "developer", "user"] = "system"
    """The role that system messages are sent with."""

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What the endpoint calls the bound on a reply."""

    constrain_with: Literal["response_format", "grammar", "structured_outputs"] = "response_format"
    """How the endpoint takes the grammar of `constrain`. `response_format`: a JSON schema, for the action format `json`, at vendors, vLLM,
    SGLang and llama.cpp. `grammar`: llama.cpp's own field; `structured_outputs`: vLLM's. Both are for every format of text."""

    omit: tuple[Parameter, ...] = ()
    """Sampling parameters that the endpoint refuses."""

    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Sent along as it is."""

    context_tokens: int | None = Field(default=None, gt=0)
    """How many tokens a conversation may have, reply included; the endpoint decides where it is not set."""

    prompt_price: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Cost of a million prompt tokens."""

    completion_price: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Cost of a million sampled tokens."""

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        # The value may hold a password, so no message repeats it.
        try:
            parts = urlsplit(value)
            fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            fine = False
        if not fine:
            raise PydanticCustomError("secret", "must be a URL such as http://localhost:8000/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise PydanticCustomError(
                "secret", "must hold no user, password or query: keys go into the variable that api_key_env names"
            )
        return value.rstrip("/")

    @field_validator("api_key_env")
    @classmethod
    def _name(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
            raise PydanticCustomError("secret", "must be the name of an environment variable, never the key itself")
        return value
