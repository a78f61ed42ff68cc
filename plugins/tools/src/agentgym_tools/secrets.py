"""Secrets: they come from environment variables and appear nowhere."""

from __future__ import annotations

import os
from urllib.parse import quote

from agentgym_core.errors import ConfigError

_SHORTEST = 4


class Secret:
    """The value of an environment variable. It prints as the variable's name, and is never pickled: another process reads its own.

    :param variable: the variable's name.
    :param whose: who needs it, for the error.
    :raises ConfigError: the variable is not set, empty, or holds what no header could carry.
    """

    __slots__ = ("_forms", "_value", "variable", "whose")

    def __init__(self, variable: str, whose: str) -> None:
        value = os.environ.get(variable, "").strip()
        if not value:
            raise ConfigError(
                f"{whose} needs a token, and the environment variable {variable} is not set",
                hint=f"run: export {variable}=... (it is read from there and written nowhere)",
            )
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise ConfigError(f"{whose}: what {variable} holds is no token", hint=f"set {variable} again")
        self.variable, self.whose = variable, whose
        self._value = value
        # One letter would blot out half of every text.
        self._forms = sorted({value, quote(value, safe="")}, key=len, reverse=True) if len(value) >= _SHORTEST else []

    def reveal(self) -> str:
        """The value itself, for the header of a request and nothing else."""
        return self._value

    def redact(self, text: str) -> str:
        """The text with the value blotted out."""
        for form in self._forms:
            text = text.replace(form, f"[{self.variable}]")
        return text

    def __repr__(self) -> str:
        return f"Secret({self.variable!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (Secret, (self.variable, self.whose))
