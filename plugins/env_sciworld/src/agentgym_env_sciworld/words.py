"""What an agent is told, what it can do, and how the engine's words for an action become the declared ones."""

from __future__ import annotations

import re

from agentgym_core.specs import ActionSpec, Parameter

INSTRUCTION = """You are in a small house with a garden, a workshop and a kitchen, and you carry out a science experiment.
The first message states the task and shows where you are. After each action you read what came of it.
Where the task says to focus on something, do so with care: focusing on the wrong thing fails the task at once.
Doors are closed at first; open one before you go through it. Things in closed containers cannot be reached.
The world moves on a little with every action. Looking around, reading the task and the inventory take no time.
If an action could mean several things you are shown a numbered list: answer with a number."""


# A name as the engine prints it: no article, quotes or full stop around it, and capitals only alone, as in "substance B".
_NAME = r"(?!(?:the|an?|to|on|in)(?: |\Z))(?!'.*'\Z)(?:[^A-Z\"`;.!?_=({}]|\b[A-Z]\b|\.(?=\w)|(?<= )\()+"


def _action(name: str, text: str, description: str, *aliases: str, **parameters: str) -> ActionSpec:
    declared = tuple(Parameter(key, description=meaning, pattern=_NAME) for key, meaning in parameters.items())
    return ActionSpec(name, declared, description, text=text, aliases=aliases)


_THING = "what, named as you see it"
ACTIONS = (
    _action("open", "open {object}", "Open a door or a container.", object="the door or container"),
    _action("close", "close {object}", "Close a door or a container.", object="the door or container"),
    _action("activate", "activate {object}", "Switch a device on.", object="the device"),
    _action("deactivate", "deactivate {object}", "Switch a device off.", object="the device"),
    _action(
        "connect", "connect {object} to {other}", "Connect two electrical terminals.", object="one end", other="another"
    ),
    _action("disconnect", "disconnect {object}", "Take a component out of its circuit.", object="the component"),
    _action(
        "use", "use {tool} on {object}", "Use a tool or an instrument on something.", tool="what with", object="what on"
    ),
    _action("look_around", "look around", "Describe the room that you are in.", "look"),
    _action(
        "look_at",
        "look at {object}",
        "Describe a thing closely.",
        "examine {object}",
        "look on {object}",
        object=_THING,
    ),
    _action("look_in", "look in {object}", "Say what is in a container.", object="the container"),
    _action("read", "read {object}", "Read a note or a book.", object="what to read"),
    _action(
        "move", "move {object} to {place}", "Put a thing into a container or a room.", object=_THING, place="where to"
    ),
    _action("pick_up", "pick up {object}", "Take a thing into your inventory.", object=_THING),
    _action("put_down", "put down {object}", "Drop a thing that you hold.", "drop {object}", object=_THING),
    _action(
        "pour",
        "pour {object} into {container}",
        "Pour a liquid, or what a container holds.",
        object=_THING,
        container="where to",
    ),
    _action(
        "dunk", "dunk {object} into {container}", "Dip a container into a liquid.", object=_THING, container="what into"
    ),
    _action("mix", "mix {container}", "Mix what a container holds.", container="the container"),
    _action("go", "go to {place}", "Go to a neighbouring place.", "go {place}", place="the place"),
    _action("eat", "eat {object}", "Eat something.", object="the food"),
    _action("flush", "flush {object}", "Flush something.", object="the toilet"),
    _action("focus", "focus on {object}", "Point out the thing that the task asks for.", object=_THING),
    _action("wait", "wait", "Do nothing for a while."),
    _action("wait1", "wait1", "Do nothing for one moment."),
    _action("task", "task", "Read the task again."),
    _action("inventory", "inventory", "List what you hold."),
    ActionSpec(
        "choose",
        (Parameter("number", "integer", "the number in the list"),),
        "Answer a numbered list.",
        text="{number}",
    ),
)
RESET_TASK = _action("reset_task", "reset task", "Forget the progress and the focus; the world stays as it is.")
TELEPORT = _action("teleport", "teleport to {place}", "Be at another place at once.", place="the place")

_SYNONYMS = (
    (re.compile(r"(?:examine|look on) (.+)"), r"look at \1"),
    (re.compile(r"drop (.+)"), r"put down \1"),
    (re.compile(r"go (?!to )(.+)"), r"go to \1"),
    # Where there is more than one "in", any of them may be the one that means "into": the engine knows which.
    (re.compile(r"(pour|dunk) (?!.* into )((?:(?! in ).)+) in ((?:(?! in ).)+)"), r"\1 \2 into \3"),
    (re.compile(r"teleport (?!to )(.+)"), r"teleport to \1"),
)
_POURS = re.compile(r"(?:pour|dunk) (?!.* into ).+ in .+")


def declared(text: str) -> str:
    """The engine's words for an action as the declared text of the same action."""
    for pattern, ours in _SYNONYMS:
        if found := pattern.fullmatch(text):
            return found.expand(ours)
    return text


def readings(text: str) -> list[str]:
    """What is said with several "in", each of them read as "into"; the likeliest first. The text itself where it is declared as it is.

    Mostly both things are said with the place that they are in, or the first one alone.
    """
    found = _POURS.fullmatch(text)
    if found is None:
        return [text]
    parts = text.split(" in ")
    gaps = len(parts) - 1
    places = sorted(range(gaps), key=lambda place: (abs(2 * place - gaps + 1), -place))
    return [" into ".join((" in ".join(parts[: at + 1]), " in ".join(parts[at + 1 :]))) for at in places]


def some(texts: list[str], most: int) -> list[str]:
    """At most so many of the actions: those on one thing first, then those on two, evenly spread. Sorted."""
    if len(texts) <= most:
        return texts
    two = [
        text
        for text in texts
        if re.search(r" (?:to|on|into) ", text) and not text.startswith(("go ", "focus ", "teleport "))
    ]
    left_out = frozenset(two)
    one = _spread([text for text in texts if text not in left_out], most)
    return sorted(one + _spread(two, most - len(one)))


def _spread(texts: list[str], count: int) -> list[str]:
    if len(texts) <= count:
        return texts
    return [texts[at * len(texts) // count] for at in range(count)]
