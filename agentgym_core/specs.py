"""What plugins announce: components as strings, so that listing them imports nothing heavy.

`target` and `config` are `module:attribute` strings, resolved only when a component is made.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import field, frozen
from attrs.validators import instance_of

API = 1
"""The interface version that this core speaks. A spec with a higher one marks its plugin incompatible."""

_ID = re.compile(r"[a-z][a-z0-9_]*(?:[-.][a-z0-9_]+)*\Z")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")


def _check_id(instance: Any, attribute: Any, value: str) -> None:
    if not isinstance(value, str) or not _ID.match(value):
        raise ValueError(
            f"{type(instance).__name__}.id must be lower-case letters, digits and underscores, not {value!r}"
        )


def _check_target(instance: Any, attribute: Any, value: str) -> None:
    if not isinstance(value, str) or not _TARGET.match(value):
        raise ValueError(
            f"{type(instance).__name__} {getattr(instance, 'id', '')!r}: {attribute.name} must read 'module:attribute', not {value!r}"
        )


def _check_optional_target(instance: Any, attribute: Any, value: str) -> None:
    if value:
        _check_target(instance, attribute, value)


@frozen
class Requirement:
    """Something that a component needs beyond Python code: checked by `agentgym doctor`, never imported.

    `kind` is `module` (an importable name) or `executable` (a command on PATH). `hint` is a command that supplies it.
    """

    kind: str
    name: str
    hint: str = ""


@frozen
class Parameter:
    """One argument of an action. `type` is a JSON Schema type name, or `any`.

    `multiline` keeps newlines in the value (SQL, code); otherwise white space is folded when text is parsed.
    `pattern` is a regular expression (of linear time) that sensible values match as a whole, such as `[a-z ]+ [0-9]+`. Nothing is refused
    by it and no model is shown it: with it a bare answer is told from prose, and a value that does not match is tried without its capitals,
    articles, quotes, underscores and full stop.
    """

    name: str
    type: str = "string"
    description: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    multiline: bool = False
    pattern: str = ""


@frozen
class ActionSpec:
    """One action of an environment, declared once for all formats.

    `name` and the parameters' names are Python identifiers. `text` is the canonical text form with `{parameter}` slots, such as
    `go to {object}` or `search[{keywords}]`; without it the form is `name with Action Input: {json}`.
    `aliases` are other text forms with the same slots, such as `walk to {object}`: understood, and never written or shown.
    """

    name: str = field()
    parameters: tuple[Parameter, ...] = ()
    description: str = ""
    text: str | None = None
    aliases: tuple[str, ...] = ()

    @name.validator
    def _check_name(self, attribute: Any, value: str) -> None:
        if not value.isidentifier():
            raise ValueError(f"an action's name must be a Python identifier, not {value!r}")


@frozen(kw_only=True)
class LegacyProfile:
    """How AgentGym's own server of an environment speaks, so that its clients can be served and its servers be played.

    Replies are lists of `(key, source)`; a source is `id`, `observation`, `observation:first` and `observation:rest` (its first line, and
    what follows), `score` (the score so far times `scale`), `increase` (of the same), `done`, `available_actions`, `false`, `null` or
    `info:NAME`. Where all keys are empty the reply is an array. An empty `reset` is the observation as a bare string, and an empty
    `created` a bare number.

    :param index: the key of a reset that names the task. :param task: the task's id, with `{index}`.
    :param fallback: the split whose tasks are counted where there is no task of that id.
    :param numbers: how many tasks AgentGym's server counts, from 0; 0 if unknown.
    :param session: the key that names a session. :param scale: the score of a solved task.
    :param extra: further routes, each a GET of `(name, source)`.
    :param fails: an error is answered with status 200 and `{"error": ...}` (`body`), or with status 500 (`status`).
    :param send: what else a client sends with create and reset, as `(verb, key, value)`.
    :param says: how a client says an action; a server takes what follows the last place with these words in front.
    """

    index: str = "data_idx"
    task: str = ""
    fallback: str = "eval"
    numbers: int = 0
    session: str = "id"
    created: tuple[tuple[str, str], ...] = (("id", "id"),)
    create_resets: bool = False
    reset: tuple[tuple[str, str], ...] = (("observation", "observation"), ("reward", "score"), ("done", "done"))
    step: tuple[tuple[str, str], ...] = (("observation", "observation"), ("reward", "score"), ("done", "done"))
    observed: tuple[tuple[str, str], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    scale: float = 1.0
    fails: str = "body"
    send: tuple[tuple[str, str, str | int], ...] = ()
    says: str = "{action}"


@frozen(kw_only=True)
class _ComponentSpec:
    id: str = field(validator=_check_id)
    target: str = field(validator=_check_target)
    summary: str = ""
    config: str = field(default="", validator=_check_optional_target)
    version: int = field(default=1, validator=instance_of(int))
    requires: tuple[Requirement, ...] = ()
    api: int = field(default=API, validator=instance_of(int))

    @property
    def canonical(self) -> str:
        """The id with its version, as a manifest records it."""
        return f"{self.id}-v{self.version}"


@frozen(kw_only=True)
class EnvironmentSpec(_ComponentSpec):
    """An environment. `target` names an `agentgym_core.environment.Environment` subclass.

    `placement` is the weakest that is safe (`inline`, `thread`, `process`); `per_host` is how many instances one host may hold.
    `kinds` are the task kinds that it has, in the paper's sense. `legacy` says how AgentGym's server of it speaks, where there is one.
    `schemes` are the schemes `NAME+SCHEME` of addresses that stand for it: what follows the `+` is the `url` of its configuration.
    """

    placement: str = "inline"
    per_host: int = 1
    kinds: tuple[str, ...] = ()
    legacy: LegacyProfile | None = None
    schemes: tuple[str, ...] = ()


@frozen(kw_only=True)
class PolicySpec(_ComponentSpec):
    """A policy. `needs` may name `available_actions` and `expert`: what the environment must send with every observation."""

    needs: tuple[str, ...] = ()
    trainable: bool = False


# A class without fields of its own has all of its base's: to be made again they would cost every listing a millisecond.
class RewardSpec(_ComponentSpec):
    """A reward: a pure function of a trajectory."""


@frozen(kw_only=True)
class AlgorithmSpec(_ComponentSpec):
    """An algorithm. A `learner` takes weighted trajectories and returns a policy."""

    learner: bool = False


@frozen(kw_only=True)
class PlacementSpec(_ComponentSpec):
    """A place where environments can live. `strength` orders the built-in ones: inline 0, thread 1, process 2.

    `schemes` are the schemes of the addresses that name an environment in this place, such as `ws` of `ws://host:port/maze`.
    `source` is a `module:function` that makes an environment's source from such an address, or from an id where the placement's
    settings say that it lives elsewhere: `source(reference, config, settings, where)`. See `agentgym_core.environments`.
    """

    strength: int = 2
    schemes: tuple[str, ...] = ()
    source: str = field(default="", validator=_check_optional_target)


class ExtensionSpec(_ComponentSpec):
    """A part that another part of the SDK looks up by id, `POINT.NAME`: core or a library defines the point and what `target` must be.

    Points of core: `page` (an HTML page for `--html`: a function of what it shows), `stage` (a kind of stage of a pipeline: a class derived
    from `agentgym_core.pipeline.Stage`), `export` (a format of the stage `export`: a function of trajectories and a path), `suite`
    (evaluation tasks for `eval --suite`), `observer` (an observer that the setting `observers` names: a function of its configuration that
    makes an object with hooks). Of agentgym-service: `dialect` (what a server speaks beside its own protocol). Of
    agentgym-viewer: `ui` (a part of a pipeline's page: a class derived from `agentgym_viewer.workbench.panel.Panel`).
    """


@frozen(kw_only=True)
class CommandSpec:
    """A verb of the `agentgym` command. `target` is a module with `configure(parser)` and `run(arguments) -> int`."""

    name: str
    target: str
    summary: str = ""
    api: int = API

    @property
    def id(self) -> str:
        """Commands are looked up by name, as components are by id."""
        return self.name
