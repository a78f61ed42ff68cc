"""The thirteen actions, as WebArena writes them."""

from __future__ import annotations

from agentgym_core.specs import ActionSpec, Parameter

_ID = Parameter("id", "integer", "the number of an element of the page")

ACTIONS = (
    ActionSpec("click", (_ID,), "Click an element.", text="click [{id}]"),
    ActionSpec(
        "type",
        (
            _ID,
            Parameter("text", description="what to write", multiline=True),
            Parameter("enter", "string", "1 to press Enter afterwards, 0 not to", choices=("0", "1")),
        ),
        "Write into a field in place of what it holds, or pick the entry of a list.",
        text="type [{id}] [{text}] [{enter}]",
    ),
    ActionSpec("hover", (_ID,), "Move the mouse over an element.", text="hover [{id}]"),
    ActionSpec(
        "press",
        (Parameter("keys", description="a combination such as Control+a"),),
        "Press keys.",
        text="press [{keys}]",
    ),
    ActionSpec(
        "scroll",
        (Parameter("direction", choices=("up", "down")),),
        "Scroll by a window.",
        text="scroll [{direction}]",
        aliases=("scroll {direction}",),
    ),
    ActionSpec("new_tab", (), "Open an empty tab.", text="new_tab"),
    ActionSpec(
        "tab_focus", (Parameter("index", "integer", "the number of a tab"),), "Go to a tab.", text="tab_focus [{index}]"
    ),
    ActionSpec("close_tab", (), "Close the tab.", text="close_tab"),
    ActionSpec("goto", (Parameter("url", description="an address"),), "Load an address.", text="goto [{url}]"),
    ActionSpec("go_back", (), "Go back to the page before.", text="go_back"),
    ActionSpec("go_forward", (), "Undo going back.", text="go_forward"),
    ActionSpec("none", (), "Do nothing.", text="none"),
    ActionSpec(
        "stop",
        (Parameter("answer", description="the answer, or nothing where none is asked for", required=False),),
        "End the task, with the answer where one is asked for.",
        text="stop [{answer}]",
    ),
)
