"""All kinds of questions by name."""

from __future__ import annotations

from agentgym_env_todo import families_answers as answers
from agentgym_env_todo import families_changes as changes
from agentgym_env_todo.drafts import Family

FAMILIES: dict[str, Family] = {
    family.__name__: family
    for family in (
        answers.due_date,
        changes.complete,
        answers.total_minutes,
        answers.days_left,
        changes.postpone,
        answers.noted,
        answers.earlier,
        changes.favor_and_tell,
        answers.in_town,
        changes.schedule,
        answers.due_before,
        changes.delete,
        answers.count_priority,
        changes.clear_overdue,
        answers.longest,
        changes.swap_favorite,
        answers.overdue,
        changes.complete_and_sum,
        answers.holder,
        changes.delete_short,
        answers.busiest,
        changes.postpone_priority,
        changes.postpone_and_first,
    )
}
"""A task's number says its kind, so the order matters."""
