"""What remains of a mission: the engine's instructions, less those that its verifier counts as done."""

from __future__ import annotations

from typing import Any


def remaining(instruction: Any) -> list[Any]:
    """The clauses to do next, all of them possible now, before any that must wait: at least one until the mission is done."""
    kind = type(instruction).__name__
    if kind == "BeforeInstr":
        return remaining(instruction.instr_b if instruction.a_done == "success" else instruction.instr_a)
    if kind == "AfterInstr":
        return remaining(instruction.instr_a if instruction.b_done == "success" else instruction.instr_b)
    if kind == "AndInstr":
        clauses = []
        if instruction.a_done != "success":
            clauses += remaining(instruction.instr_a)
        if instruction.b_done != "success":
            clauses += remaining(instruction.instr_b)
        return clauses
    return [instruction]
