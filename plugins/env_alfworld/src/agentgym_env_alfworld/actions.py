"""What an agent can do and what its prompt says: the declared actions and the instruction, in either wording."""

from __future__ import annotations

from agentgym_core.specs import ActionSpec, Parameter

PUT = {"agentgym": "put {thing} in/on {place}", "alfworld": "move {thing} to {place}"}
"""How a thing is put down."""

_NAME = r"(?!(?:the|an?) )[a-z]+(?: [a-z]+)* [0-9]+"
_THING = Parameter("object", description="a thing with its number, such as apple 1", pattern=_NAME)
_PLACE = Parameter("receptacle", description="a piece of furniture with its number, such as cabinet 3", pattern=_NAME)
_PUT = tuple(
    f"{verb} {{object}} {where} {{receptacle}}"
    for verb in ("put", "place", "move")
    for where in ("in/on", "in / on", "in", "on", "into", "onto", "inside", "to")
)


def actions(wording: str) -> tuple[ActionSpec, ...]:
    """The actions of a wording."""
    put = PUT[wording].format(thing="{object}", place="{receptacle}")
    declared = (
        ActionSpec(
            "goto",
            (_PLACE,),
            "Walk to a piece of furniture.",
            text="go to {receptacle}",
            aliases=("walk to {receptacle}",),
        ),
        ActionSpec(
            "take",
            (_THING, _PLACE),
            "Take a thing from where you stand.",
            text="take {object} from {receptacle}",
            aliases=("pick up {object} from {receptacle}", "grab {object} from {receptacle}"),
        ),
        ActionSpec("put", (_THING, _PLACE), "Put down what you carry, where you stand.", text=put, aliases=_PUT),
        ActionSpec("open", (_PLACE,), "Open the furniture before you.", text="open {receptacle}"),
        ActionSpec("close", (_PLACE,), "Close the furniture before you.", text="close {receptacle}"),
        ActionSpec(
            "use", (_THING,), "Switch a lamp.", text="use {object}", aliases=("turn on {object}", "toggle {object}")
        ),
        ActionSpec("clean", (_THING, _PLACE), "Clean what you carry.", text="clean {object} with {receptacle}"),
        ActionSpec("heat", (_THING, _PLACE), "Heat what you carry.", text="heat {object} with {receptacle}"),
        ActionSpec("cool", (_THING, _PLACE), "Cool what you carry.", text="cool {object} with {receptacle}"),
        ActionSpec(
            "slice",
            (_THING, Parameter("knife", description="the knife that you carry, such as knife 1", pattern=_NAME)),
            "Slice a thing before you.",
            text="slice {object} with {knife}",
        ),
        ActionSpec(
            "examine",
            (Parameter("target", description="a thing or a piece of furniture, with its number", pattern=_NAME),),
            "Look closely at a thing or a piece of furniture.",
            text="examine {target}",
        ),
        ActionSpec("look", (), "Look around.", text="look", aliases=("look around",)),
        ActionSpec("inventory", (), "Say what you carry.", text="inventory", aliases=("check inventory",)),
    )
    return declared if wording == "agentgym" else (*declared, ActionSpec("help", (), "List commands.", text="help"))


def instruction(wording: str) -> str:
    """The instruction before the first task."""
    put = PUT[wording].format(thing="apple 1", place="fridge 1")
    return f"""\
You are in a room of a house and do one household task by typing commands. At first you read what furniture there is and what the task \
is; after every command you read what came of it.
Things and furniture have numbers, such as apple 1 or cabinet 3: name them with their number. To see what lies in or on a piece of \
furniture, go to it; a closed one has to be opened first. You carry one thing at a time, and put it down with, for example, {put}.
A sink cleans, a microwave heats and a fridge cools what you carry while you stand before it. To look at a thing under a lamp, carry the \
thing to the lamp and use the lamp.
A command that cannot be done now is answered with "Nothing happens." and still counts."""
