"""What a plugin gives to pluggy: its hook implementations, checked first, and observers with a guard around each.

Hooks are called by pluggy's own engine, in its order: `tryfirst`, `trylast` and wrappers of observers hold. What cannot be honoured is
refused here: a hook that does not exist, one without the mark, one that only makes a coroutine, a wrapper of an announcement.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any

import pluggy

from agentgym_core.errors import StopRun

Complain = Callable[[str, Exception], None]
"""Called with the name of the hook and the error of an observer."""


class RefusedPlugin(Exception):
    """A plugin cannot be used: the state of its row, the stage at which that was seen, and what to do."""

    def __init__(self, state: str, stage: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.state, self.stage, self.message, self.hint = state, stage, message, hint


class HookImplementations:
    """The hook implementations of one plugin, as attributes."""

    def __dir__(self) -> list[str]:
        # pluggy looks closely at everything that this names; what each object of Python has is none of it.
        return list(vars(self))


def hook_implementations(
    manager: pluggy.PluginManager, plugin: object, announcing: frozenset[str], complain: Complain
) -> HookImplementations:
    """The hook implementations of a plugin, to be registered in its place.

    :param announcing: the hooks that are answered, by each plugin for itself; the others observe.
    :raises RefusedPlugin: one of them cannot be honoured.
    """
    found = HookImplementations()
    for attribute in (name for name in dir(plugin) if not name.startswith("__")):
        options = manager.parse_hookimpl_opts(plugin, attribute)
        if options is None:
            if attribute in vars(manager.hook) and callable(getattr(plugin, attribute)):
                raise RefusedPlugin(
                    "failed", "register", f"it defines {attribute} without @hookimpl, so it would never be called"
                )
            continue
        hook = options.get("specname") or attribute
        if not hasattr(manager.hook, hook):
            if options.get("optionalhook"):
                continue
            raise RefusedPlugin(
                "incompatible",
                "register",
                f"it implements the hook {hook!r}, which this agentgym-core does not have",
                "upgrade agentgym-core, or leave the plugin out",
            )
        function = getattr(plugin, attribute)
        _refuse_what_never_runs(hook, function, options, announcing=hook in announcing)
        if hook not in announcing:
            guard = _guarded_wrapper if options.get("wrapper") else _guarded
            function = guard(hook, function, complain)
        setattr(found, attribute, function)
    return found


def _refuse_what_never_runs(hook: str, function: Any, options: Any, *, announcing: bool) -> None:
    wraps = options.get("wrapper") or options.get("hookwrapper")
    if announcing and wraps:
        why = f"its {hook} is a wrapper, but every plugin answers this hook for itself: there is nothing to wrap"
    elif options.get("hookwrapper"):
        why = f"its {hook} is an old-style wrapper: write @hookimpl(wrapper=True)"
    elif inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        why = f"its {hook} is a coroutine function, which would never run: hooks are plain functions"
    elif inspect.isgeneratorfunction(function) and not wraps:
        why = f"its {hook} is a generator, which would never run: return a list, or write @hookimpl(wrapper=True)"
    else:
        return
    raise RefusedPlugin("failed", "register", why)


def _guarded(hook: str, function: Callable[..., Any], complain: Complain) -> Callable[..., None]:
    """An observer with a guard: its errors are reported and go no further; `StopRun` passes."""

    @functools.wraps(function)
    def observer(*arguments: Any) -> None:
        try:
            function(*arguments)
        except StopRun:
            raise
        except Exception as error:
            complain(hook, error)

    return observer


def _guarded_wrapper(
    hook: str, function: Callable[..., Generator[Any, Any, Any]], complain: Complain
) -> Callable[..., Generator[Any, Any, Any]]:
    """A wrapper with a guard: its errors are reported and go no further; `StopRun`, its own or of those that it wraps, passes."""

    @functools.wraps(function)
    def wrapper(*arguments: Any) -> Generator[Any, Any, Any]:
        inner = function(*arguments)
        begun = _advance(hook, lambda: next(inner), complain)
        try:
            answers = yield
        except StopRun as stop:
            if begun:
                _advance(hook, functools.partial(inner.throw, stop), complain)
            raise
        if begun and _advance(hook, lambda: inner.send(answers), complain):
            complain(hook, RuntimeError("a wrapper must yield once"))
            inner.close()
        return answers

    return wrapper


def _advance(hook: str, step: Callable[[], Any], complain: Complain) -> bool:
    """Run a wrapper to its next `yield`; False where it has ended, by itself or by an error."""
    try:
        step()
    except StopIteration:
        return False
    except StopRun:
        raise
    except Exception as error:
        complain(hook, error)
        return False
    return True
