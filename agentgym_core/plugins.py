"""Finding and loading plugins: the home of pluggy's manager.

A plugin that fails to load, register or announce becomes a row in the list; the others live on. Three environment variables steer it:
`AGENTGYM_STRICT=1` raises instead, `AGENTGYM_PLUGINS=a,b` loads only the plugins of these distributions, `AGENTGYM_DISABLE=a,b` leaves
these out, by distribution or by name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pluggy

from agentgym_core import _entry_points as entry_points
from agentgym_core import hookspecs, specs
from agentgym_core._candidates import ENTRY_POINTS, Announced, Candidate, Plugin, installed
from agentgym_core._registration import RefusedPlugin, hook_implementations
from agentgym_core.errors import PluginError
from agentgym_core.hooks import PROJECT
from agentgym_core.terminal import say

__all__ = ["ENTRY_POINTS", "Announced", "Candidate", "Plugin", "Plugins", "installed", "plugins", "use_plugins"]
CORE = "agentgym-core"

ANNOUNCEMENTS: Mapping[str, tuple[str, type[Any]]] = {
    "environment": ("agentgym_environments", specs.EnvironmentSpec),
    "policy": ("agentgym_policies", specs.PolicySpec),
    "reward": ("agentgym_rewards", specs.RewardSpec),
    "algorithm": ("agentgym_algorithms", specs.AlgorithmSpec),
    "placement": ("agentgym_placements", specs.PlacementSpec),
    "extension": ("agentgym_extensions", specs.ExtensionSpec),
    "command": ("agentgym_commands", specs.CommandSpec),
}
_ANNOUNCING = frozenset(hook for hook, _ in ANNOUNCEMENTS.values())


class Plugins:
    """The loaded plugins and what they announced."""

    def __init__(
        self, candidates: Sequence[Candidate], *, allow: frozenset[str] | None, block: frozenset[str], strict: bool
    ) -> None:
        self.strict = strict
        self.rows: list[Plugin] = []
        self.announced: dict[str, list[Announced]] = {kind: [] for kind in ANNOUNCEMENTS}
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._complained: set[str] = set()
        self.observer_errors: dict[str, int] = {}
        self.unmatched = set(allow or ())
        for candidate in candidates:
            row = Plugin(candidate.name, "ok", candidate.distribution, candidate.version, file=candidate.value)
            # A name is for every distribution to choose, so it may keep a plugin out, and lets none in.
            names = _distinct(row)
            self.unmatched -= names
            barred = allow is not None and allow.isdisjoint(names) and CORE not in names
            if barred or not block.isdisjoint({*names, entry_points.normalized(row.name)}):
                self.rows.append(row._replace(state="disabled"))
                continue
            self.rows.append(self._admit(row, candidate))
        for announced in self.announced.values():
            announced.sort(key=lambda item: (item.spec.id, item.plugin.distribution))

    @classmethod
    def from_environment(cls, candidates: Sequence[Candidate] | None = None) -> Plugins:
        """Load what is installed, steered by the environment variables."""
        allow = os.environ.get("AGENTGYM_PLUGINS")
        return cls(
            installed() if candidates is None else candidates,
            allow=None if allow is None else _names(allow),
            block=_names(os.environ.get("AGENTGYM_DISABLE", "")),
            strict=os.environ.get("AGENTGYM_STRICT", "") not in ("", "0"),
        )

    @property
    def failures(self) -> list[Plugin]:
        """The rows of plugins that could not be used."""
        return [row for row in self.rows if row.state in ("failed", "incompatible")]

    def notify(self, hook: str, **arguments: Any) -> None:
        """Call every observer of `hook`: an error is logged once a plugin and counted, `StopRun` passes."""
        getattr(self._manager.hook, hook)(**arguments)

    @contextmanager
    def observed(self, observer: object, name: str) -> Iterator[None]:
        """Let an object observe, with methods that are marked as hooks, as long as the block runs."""
        registered = self._implementations(observer, name)
        self._manager.register(registered, name)
        try:
            yield
        finally:
            self._manager.unregister(registered)

    def _implementations(self, plugin: object, name: str) -> object:
        return hook_implementations(self._manager, plugin, _ANNOUNCING, partial(self._complain, name))

    def _complain(self, name: str, hook: str, error: Exception) -> None:
        self.observer_errors[name] = self.observer_errors.get(name, 0) + 1
        if name not in self._complained:
            self._complained.add(name)
            import logging

            logging.getLogger("agentgym.plugins").warning(
                "observer %s of plugin %s failed; the run goes on", hook, name, exc_info=error
            )

    def _admit(self, row: Plugin, candidate: Candidate) -> Plugin:
        try:
            module = self._load(candidate)
            row = row._replace(file=getattr(module, "__file__", None) or row.file)
            answers = self._register(candidate, module)
        except RefusedPlugin as trouble:
            cause = trouble.__cause__
            if self.strict:
                raise PluginError(
                    f"plugin {candidate.name!r} ({candidate.distribution} {candidate.version}): {trouble.message}",
                    hint=trouble.hint,
                ) from cause
            text = _traceback(cause) if cause is not None else ""
            return row._replace(
                state=trouble.state,
                stage=trouble.stage,
                error=trouble.message,
                hint=trouble.hint,
                traceback=text,
            )
        row = row._replace(components=tuple(f"{kind}:{spec.id}" for kind, found in answers.items() for spec in found))
        for kind, found in answers.items():
            self.announced[kind].extend(Announced(row, spec) for spec in found)
        return row

    def _load(self, candidate: Candidate) -> object:
        try:
            return candidate.load()
        except (Exception, SystemExit) as error:
            raise RefusedPlugin(
                "failed",
                "load",
                _in_words(error),
                f"see where: AGENTGYM_STRICT=1 agentgym list --traceback; leave it out: AGENTGYM_DISABLE={candidate.name}",
            ) from error

    def _register(self, candidate: Candidate, module: object) -> dict[str, list[Any]]:
        name = f"{candidate.distribution}:{candidate.name}" if candidate.distribution else candidate.name
        try:
            hooks = self._implementations(module, name)
        except RefusedPlugin as refused:
            refused.hint = refused.hint or _ask_author(candidate)
            raise
        try:
            self._manager.register(hooks, name)
        except (Exception, SystemExit) as error:
            if self._manager.is_registered(hooks):
                self._manager.unregister(hooks)
            raise RefusedPlugin("failed", "register", _in_words(error), _ask_author(candidate)) from error
        try:
            has = {caller.name for caller in self._manager.get_hookcallers(hooks) or ()}
            return {
                kind: self._ask(candidate, hooks, hook, cls)
                for kind, (hook, cls) in ANNOUNCEMENTS.items()
                if hook in has
            }
        except RefusedPlugin:
            self._manager.unregister(hooks)
            raise

    def _ask(self, candidate: Candidate, hooks: object, hook: str, cls: type[Any]) -> list[Any]:
        others = [plugin for plugin in self._manager.get_plugins() if plugin is not hooks]
        try:
            answers = self._manager.subset_hook_caller(hook, others)()
        except (Exception, SystemExit) as error:
            raise RefusedPlugin(
                "failed", "announce", f"{hook} raised {_in_words(error)}", _ask_author(candidate)
            ) from error
        found: list[Any] = []
        for answer in answers:
            if not isinstance(answer, (list, tuple)) or not all(isinstance(spec, cls) for spec in answer):
                raise RefusedPlugin(
                    "failed", "announce", f"{hook} must return a list of {cls.__name__}", _ask_author(candidate)
                )
            found.extend(answer)
        for spec in found:
            if spec.api > specs.API:
                raise RefusedPlugin(
                    "incompatible",
                    "announce",
                    f"{spec.id!r} speaks interface {spec.api}, this agentgym-core speaks {specs.API}",
                    f"upgrade agentgym-core, or leave the plugin out: AGENTGYM_DISABLE={candidate.name}",
                )
        return found


def _names(text: str) -> frozenset[str]:
    parts = (name.strip().partition(":") for name in text.split(",") if name.strip())
    return frozenset(f"{entry_points.normalized(whose)}{colon}{name}" for whose, colon, name in parts)


def _distinct(row: Plugin) -> set[str]:
    """What means this plugin and no stranger's; a stand-in has no distribution."""
    whose = entry_points.normalized(row.distribution)
    return {whose, f"{whose}:{row.name}"} if whose else {row.name}


def _in_words(error: BaseException) -> str:
    # One line a plugin; and an error whose own words fail must not take the other plugins down.
    try:
        return " ".join(f"{type(error).__name__}: {error}".split())
    except Exception:
        return type(error).__name__


def _traceback(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def _ask_author(candidate: Candidate) -> str:
    return f"report it to the authors of {candidate.distribution or candidate.name}; until then: AGENTGYM_DISABLE={candidate.name}"


_loaded: Plugins | None = None


def plugins() -> Plugins:
    """The plugins of this process, loaded on first use. One line on stderr for each that failed."""
    global _loaded
    if _loaded is None:
        _loaded = Plugins.from_environment()
        for row in _loaded.failures:
            say(
                f"agentgym: plugin {row.name} ({row.distribution} {row.version}) is {row.state}: {row.error} (see: agentgym plugins)",
                file=sys.stderr,
            )
        for name in sorted(_loaded.unmatched):
            say(
                f"agentgym: AGENTGYM_PLUGINS: no distribution {name} has a plugin (see: agentgym plugins)",
                file=sys.stderr,
            )
    return _loaded


def use_plugins(replacement: Plugins | None) -> None:
    """Put other plugins in place of the loaded ones; None loads the installed ones again on next use."""
    global _loaded
    _loaded = replacement
