"""What an expert thinks: short fixed phrases about the task and the action, the same for the same state."""

from __future__ import annotations

import re

_GOALS = (
    ("boil", "I must boil a substance."),
    ("melt", "I must melt a substance."),
    ("freeze", "I must freeze a substance."),
    ("change-the-state", "I must change the state of a substance."),
    ("use-thermometer", "I must measure a temperature and sort the thing by it."),
    ("measure-melting-point", "I must find out where a substance melts."),
    ("power-component-renewable", "I must power a device from the right kind of source."),
    ("power-component", "I must power a device with a circuit."),
    ("test-conductivity", "I must find out whether a thing conducts electricity."),
    ("find-non-living", "I must find a thing that does not live."),
    ("find-living", "I must find a living thing."),
    ("find-plant", "I must find a plant."),
    ("find-animal", "I must find an animal."),
    ("grow-plant", "I must grow a plant from a seed."),
    ("grow-fruit", "I must grow a fruit."),
    ("chemistry-mix-paint", "I must mix paints to a new colour."),
    ("chemistry-mix", "I must mix substances into a new one."),
    ("lifespan", "I must point out animals by how long they live."),
    ("identify-life-stages", "I must point out life stages in their order."),
    ("inclined-plane", "I must compare how things slide down planes."),
    ("mendelian", "I must breed plants and see which trait prevails."),
)
_STEPS = tuple(
    (re.compile(pattern), phrase)
    for pattern, phrase in (
        (r"open door to (.+)", r"The way to the \1 may be closed, so I open the door."),
        (r"open (.+)", r"What I need may be inside, so I open the \1."),
        (r"close (.+)", r"The \1 should be closed."),
        (r"go to (.+)", r"The next thing to do is elsewhere. I go to the \1."),
        (r"look around", "I look what is here."),
        (r"look at (.+)", r"I look at \1 to see how it is."),
        (r"look in (.+)", r"I look what is in \1."),
        (r"read (.+)", r"The \1 may tell what to do."),
        (r"pick up (.+)", r"I will need \1, so I take it."),
        (r"put down (.+)", r"I do not need to hold \1 any more."),
        (r"focus on (.+)", r"This is what the task asks for: I focus on \1."),
        (r"activate (.+)", r"The \1 has to be on."),
        (r"deactivate (.+)", r"The \1 has done its work. I switch it off."),
        (r"use (.+?) on (.+)", r"I use \1 on \2 to learn more or to change it."),
        (r"connect (.+?) to (.+)", r"The circuit needs a connection from \1 to \2."),
        (r"disconnect (.+)", r"The \1 should leave the circuit."),
        (r"move (.+?) to (.+)", r"The place for \1 is \2."),
        (r"pour (.+?) into (.+)", r"What is in \1 belongs into \2."),
        (r"dunk (.+?) into (.+)", r"I fill \1 from \2."),
        (r"mix (.+)", r"Everything is in \1, so I mix it."),
        (r"eat (.+)", r"I eat \1."),
        (r"flush (.+)", r"I flush \1."),
        (r"wait1?", "This takes time, so I wait."),
        (r"inventory", "I check what I hold."),
        (r"task", "I read the task again."),
        (r"[0-9]+", "Several things are called that. I name the one that I mean."),
    )
)


def thought(kind: str, action: str, *, first: bool) -> str:
    """A thought that leads to an action; the first one of an episode names the goal."""
    step = next(
        (found.expand(phrase) for pattern, phrase in _STEPS if (found := pattern.fullmatch(action))), "I go on."
    )
    goal = next((goal for start, goal in _GOALS if kind.startswith(start)), "")
    return f"{goal} {step}" if first and goal else step
