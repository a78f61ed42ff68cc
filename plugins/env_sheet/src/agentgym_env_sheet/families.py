"""All kinds of tasks by name."""

from __future__ import annotations

from agentgym_env_sheet import families_cells as cells
from agentgym_env_sheet import families_formulas as formulas
from agentgym_env_sheet import families_questions as questions
from agentgym_env_sheet import families_rows as rows
from agentgym_env_sheet.drafting import Family

FAMILIES: dict[str, Family] = {
    family.__name__: family
    for family in (
        rows.sort_table, cells.correct_cells, questions.figure, rows.drop_and_sort, formulas.totals, questions.members, rows.title,
        formulas.products, questions.best_of, rows.add_record, cells.apply_notes, questions.code_in_note, rows.keep_at_least,
        formulas.lookups, questions.which_formula, rows.drop_columns, cells.leave_note, questions.which_colour, rows.clean_blanks,
        cells.chart, questions.charted, rows.add_column, formulas.by_group, questions.where,
        rows.drop_sheet, cells.highlight, questions.which_merge,
        rows.take_over, cells.number_formats, questions.of_its_group, rows.rank, formulas.row_figures, cells.shift_column,
        rows.split_groups, formulas.differences, cells.raise_group, cells.other_chart,
    )
}  # fmt: skip
"""In the order in which tasks are numbered."""
