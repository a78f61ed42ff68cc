"""An expert that follows a task's plan, by the numbers of the elements that it sees."""

from __future__ import annotations

from agentgym_core.types import ExpertAction
from agentgym_env_webarena.objective import Move
from agentgym_env_webarena.tree import Element, Tree


def element(tree: Tree, move: Move) -> Element | None:
    """The element that a move is about, or None where the page does not show it."""
    found = [each for each in tree.elements.values() if each.role == move.role and each.name.strip() == move.name]
    return found[move.nth] if move.nth < len(found) else None


def expert_move(tree: Tree, move: Move) -> ExpertAction | None:
    """The action of a move on the page that is seen, or None where it cannot be done there."""
    if move.verb == "stop":
        return ExpertAction(move.why, f"stop [{move.text}]" if move.text else "stop []")
    if not move.role:
        return ExpertAction(move.why, move.verb)
    found = element(tree, move)
    if found is None:
        return None
    if move.verb == "type":
        return ExpertAction(move.why, f"type [{found.id}] [{move.text}] [0]")
    return ExpertAction(move.why, f"{move.verb} [{found.id}]")
