"""WebArena's evaluator `string_match`, and the comparisons that `program_html` shares with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentgym_env_webarena.checks import clean

Ask = Callable[[str, str, str], bool]
"""Asks a model whether an answer (the last) says what a reference does (the second), for what was asked (the first)."""

# Words and numbers whole, with the points, commas, colons, dashes and apostrophes within them; every other sign alone.
_WORDS = re.compile(r"\w+(?:[.,:'’-]\w+)*|[^\w\s]")
UNACHIEVABLE = "N/A"


def needs_judge(evaluation: Mapping[str, Any]) -> bool:
    """Whether an answer to the task is judged by a model."""
    return "string_match" in evaluation["eval_types"] and "fuzzy_match" in (evaluation["reference_answers"] or {})


def exact(reference: str, given: str) -> bool:
    """Equal but for case, blanks and quotes around it."""
    return clean(reference) == clean(given)


def included(reference: str, given: str, *, whole: bool = False) -> bool:
    """A part of what is given. A single sign counts only as a word of its own where `whole` is set: 5 is no part of 15."""
    part, text = clean(reference), clean(given)
    if whole and len(part) == 1:
        return part in _WORDS.findall(text)
    return part in text


def string_match(evaluation: Mapping[str, Any], intent: str, answer: str, ask: Ask, ask_reason: Ask) -> bool:
    """Whether the stop answer is right.

    :param ask: judges an answer beside a reference. :param ask_reason: judges why a task is said to be impossible.
    """
    for kind, wanted in (evaluation["reference_answers"] or {}).items():
        if not _holds(kind, wanted, evaluation, intent, answer, ask, ask_reason):
            return False
    return True


def _holds(
    kind: str, wanted: Any, evaluation: Mapping[str, Any], intent: str, answer: str, ask: Ask, ask_reason: Ask
) -> bool:
    match kind:
        case "exact_match":
            return exact(wanted, answer)
        case "must_include":
            phrases: Sequence[str] = wanted
            return all(included(phrase, answer, whole=len(phrases) == 1) for phrase in phrases)
        case "fuzzy_match" if wanted == UNACHIEVABLE:
            said = bool(answer.strip())
            return exact(UNACHIEVABLE, answer) or (
                said and ask_reason(intent, str(evaluation.get("string_note") or ""), answer)
            )
        case "fuzzy_match":
            references = [wanted] if isinstance(wanted, str) else wanted
            return bool(answer.strip()) and all(ask(intent, reference, answer) for reference in references)
        case _:
            raise ValueError(f"reference_answers: {kind!r} is none of exact_match, must_include and fuzzy_match")
