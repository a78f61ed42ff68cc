"""What the manifest of a run says of its episodes, read with care: it may have been edited, or be from another version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from agentgym_core.evaluation.rows import Labels
from agentgym_core.store import Run


def labels_of(run: Run, name: str = "") -> Labels:
    """The labels of a stored run.

    :param name: how reports call it; by default its folder as it was given.
    """
    manifest = run.manifest
    configuration = _mapping(manifest.get("configuration"))
    evaluation = _mapping(manifest.get("evaluation"))
    environments = {key: _mapping(value) for key, value in _mapping(evaluation.get("environments")).items()}
    rounds = {
        **_mapping(configuration.get("rounds")),
        **{key: value.get("max_rounds") for key, value in environments.items()},
    }
    notes = _list(evaluation.get("notes"))
    if manifest.get("recovered"):
        notes += ("its manifest was lost and rewritten: the settings in it may not be those of every episode",)
    return Labels(
        name=name or str(run.folder),
        suites={key: value["suite"] for key, value in environments.items() if isinstance(value.get("suite"), str)},
        max_rounds={key: value for key, value in rounds.items() if type(value) is int},
        player=_player(configuration),
        declared=frozenset(_list(configuration.get("declared"))),
        versions=_texts(manifest.get("distributions")),
        notes=notes,
        missing=_texts(evaluation.get("missing")),
    )


# Broader than the manifest's own pattern, since this text goes to pages that are shared: a harmless setting may be left
# out, a key must not get through. `token$` spares counts such as `max_tokens`.
_SECRET = re.compile(r"key|token$|secret|passw|auth|header|credential", re.I)


def _player(configuration: Mapping[str, Any]) -> dict[str, str]:
    """The policy's settings and the sampling as words: plain values alone, and nothing that could be a secret."""
    chosen = _mapping(_mapping(configuration.get("policy")).get("config"))
    found = {key: value for key, value in chosen.items() if not _SECRET.search(key)}
    found.update(_mapping(configuration.get("sampling")))
    return {
        key: _public(str(value))
        for key, value in found.items()
        if isinstance(value, str | int | float) and value not in ("", "***")
    }


def _public(text: str) -> str:
    """A text, without name, password and query where it is an address."""
    if "://" not in text:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return "(an address)"
    # `user:password@` stands before the last @ of the network location; a query may carry an API key.
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _mapping(value: Any) -> dict[str, Any]:
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def _list(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _texts(value: Any) -> dict[str, str]:
    return {key: item for key, item in _mapping(value).items() if isinstance(item, str)}
