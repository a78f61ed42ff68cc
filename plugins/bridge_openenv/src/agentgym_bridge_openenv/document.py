"""The dialect's requests over HTTP, as OpenAPI has them."""

from __future__ import annotations

from typing import Any

from agentgym_bridge_openenv.messages import Data
from agentgym_bridge_openenv.schemas import action_schema
from agentgym_service.bodies import Health
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import State
from agentgym_service.openapi import ERRORS, operation, schemas_of

_OBJECT = {"type": "object"}


def operations(served: HostedEnvironment) -> dict[str, Any]:
    """The path item of each."""
    found = schemas_of({Data, Health, State})
    form = action_schema(served)
    typed = form.pop("$defs")
    action = {"anyOf": [form, *typed.values()]}
    step = _closed({"action": action}, "action")
    call = {"jsonrpc": {"const": "2.0"}, "method": {"type": "string"}, "params": _OBJECT}
    rpc = _closed(call, "jsonrpc", "method")
    return {
        "/reset": {"post": _posted("How an episode begins.", "reset", _reset(), found["Data"], ERRORS)},
        "/step": {"post": _posted("What an action does at the beginning of one.", "step", step, found["Data"], ERRORS)},
        "/mcp": {"post": _posted("Tools, and sessions of them.", "mcp", rpc, _OBJECT, (401, 403, 421, 429))},
        "/state": {"get": operation("The state of a new session.", "state", found["State"])},
        "/health": {"get": operation("Whether the server lives.", "health", found["Health"])},
        "/schema": {"get": operation("The schemas of messages.", "schema", _OBJECT)},
        "/metadata": {"get": operation("About the environment.", "metadata", _OBJECT)},
    }


def _reset() -> dict[str, Any]:
    whole = {"type": ["integer", "null"], "minimum": -(2**53), "maximum": 2**53}
    common = {"seed": whole, "episode_id": {"type": ["string", "null"], "maxLength": 64}}
    by_task = _closed({**common, "task": {"type": ["string", "null"]}})
    by_place = {"split": {"type": ["string", "null"]}, "index": {**whole, "minimum": 0}}
    return {"anyOf": [by_task, _closed({**common, **by_place})]}


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _posted(summary: str, name: str, body: dict[str, Any], answer: dict[str, Any], errors: Any) -> dict[str, Any]:
    made = operation(summary, name, answer, errors)
    made["requestBody"] = {"required": name != "reset", "content": {"application/json": {"schema": body}}}
    if 422 in errors:
        detail = {"type": "object", "properties": {"detail": {"type": "array"}}, "required": ["detail"]}
        made["responses"]["422"]["content"] = {"application/json": {"schema": detail}}
    return made
