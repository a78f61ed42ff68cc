"""AgentGym's words and ALFWorld's own: which of them a game speaks, and how either is understood."""

from __future__ import annotations

import re

from agentgym_env_alfworld.game import GameText

_HELP_IN_GRAMMAR = re.compile(r"^action help \{.*?^\}\n?", re.DOTALL | re.MULTILINE)
_HELP_IN_DOMAIN = re.compile(r"^\(:action help\n.*?^\)\n?", re.DOTALL | re.MULTILINE)
_TEMPLATE = re.compile(r'(template :: ")move \{o\} to \{r\}(";)')
_FEEDBACK = re.compile(r"You move the \{o\.name\} to the \{r\.name\}\.")
_ARRIVAL = re.compile(r"\AYou arrive at .*?\. ", re.DOTALL)
_PUT = re.compile(r"(?:put|move|place) (?P<object>.+?) (?:in/on|into|onto|in|on|to) (?P<place>.+)")


def as_agentgym(text: GameText) -> GameText:
    """The game as files of the older release have it: `put X in/on Y`, and no `help`. Older files stay as they are."""
    grammar = _TEMPLATE.sub(r"\1put {o} in/on {r}\2", _HELP_IN_GRAMMAR.sub("", text.grammar))
    grammar = _FEEDBACK.sub("You put the {o.name} in/on the {r.name}.", grammar)
    return GameText(_HELP_IN_DOMAIN.sub("", text.domain), grammar, text.problem)


def spoken(text: GameText, wording: str) -> GameText:
    """The game in a wording: `agentgym`, or `alfworld` for the file's own."""
    return as_agentgym(text) if wording == "agentgym" else text


def opening(intro: str) -> str:
    """The first observation: the room and the task, without the engine's banner."""
    parts = intro.split("\n\n")
    return "\n".join(parts[1:]) if len(parts) > 1 else intro


def without_arrival(answer: str) -> str:
    """What is found at a place, without the sentence about coming there."""
    return _ARRIVAL.sub("", answer)


def other_words(command: str) -> tuple[str, ...]:
    """Other ways to type a command: `put X in/on Y` for `move X to Y`, and the reverse; lower case for upper."""
    folded = " ".join(command.lower().split())
    found = _PUT.fullmatch(folded)
    if found is None:
        return (folded,)
    thing, place = found["object"], found["place"]
    return folded, f"put {thing} in/on {place}", f"move {thing} to {place}"
