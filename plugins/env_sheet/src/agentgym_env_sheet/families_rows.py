"""Tasks about rows, columns and sheets."""

from __future__ import annotations

import random
from typing import Any

from agentgym_env_sheet.a1 import Area, cell_name, column_name
from agentgym_env_sheet.drafting import Draft, act, change, fill, find, names, put, say, see
from agentgym_env_sheet.plans import Act
from agentgym_env_sheet.vocabulary import WORDS, pool
from agentgym_env_sheet.workbook import EMPTY, tab_of
from agentgym_env_sheet.world import World

FREEZE = "The header must stay on top, so I freeze it before I sort."


def _sorted(world: World, header: str, order: str) -> tuple[Act, Act]:
    return (
        act(world.tab, "freeze_data", FREEZE, dimension="rows", num=1),
        act(
            world.tab,
            "sort_sheet_by_col",
            f"Now I sort by {header}, which is column {world.column(header) + 1}.",
            col_num=world.column(header) + 1,
            order=order,
        ),
    )


def sort_table(chance: random.Random, world: World) -> Draft | None:
    header = chance.choice([measure.header for measure in world.theme.measures] + [world.theme.key])
    order = chance.choice(("asc", "des"))
    if len(set(world.values(header))) < len(world.records):
        return None
    words = {"asc": "ascending", "des": "descending"}[order]
    text = f'On the sheet "{world.tab}", freeze the header row and then sort the table by "{header}" in {words} order.'
    return Draft(world.book, text, (see(world.tab), *_sorted(world, header, order)))


def drop_and_sort(chance: random.Random, world: World) -> Draft | None:
    theme, measure = world.theme, chance.choice(world.theme.measures)
    state = chance.choice(theme.extras)
    rows = [place + 2 for place, value in enumerate(world.values(theme.extra)) if value == state]
    if not 1 <= len(rows) <= len(world.records) - 3 or len(set(world.values(measure.header))) < len(world.records):
        return None
    text = (
        f'Delete every row of "{world.tab}" whose {theme.extra} is "{state}". Then freeze the header row and sort what is left by '
        f'"{measure.header}" in descending order.'
    )
    column = world.column(theme.extra) + 1
    plan = (
        act(world.tab, "filter_cells", f"Which rows are {state}?", query=f"^{state}$", in_column=column),
        act(world.tab, "delete_batch_data", f"These are rows {names(rows)}.", dimension="row", index_list=rows),
        *_sorted(world, measure.header, "des"),
    )
    return Draft(world.book, text, plan)


def keep_at_least(chance: random.Random, world: World) -> Draft | None:
    measure = chance.choice(world.theme.measures)
    values = world.values(measure.header)
    limit = chance.choice(values)
    rows = [place + 2 for place, value in enumerate(values) if value < limit]
    if not 2 <= len(rows) <= len(values) - 2:
        return None
    text = (
        f'On "{world.tab}", keep only the rows with a {measure.header} of at least {say(limit)}, and delete the others.'
    )
    letter = world.letter(measure.header)
    look = act(
        world.tab,
        "get_range_values",
        f"I compare the column {measure.header} with {say(limit)}.",
        start_position=f"{letter}1",
        end_position=f"{letter}{world.last}",
    )
    drop = act(world.tab, "delete_batch_data", f"Below it are rows {names(rows)}.", dimension="row", index_list=rows)
    return Draft(world.book, text, (look, drop))


def drop_columns(chance: random.Random, world: World) -> Draft | None:
    headers = chance.sample(world.headers[1:], chance.randint(1, 2))
    numbers = sorted(world.column(header) + 1 for header in headers)
    quoted = " and ".join(f'"{header}"' for header in headers)
    text = f'The sheet "{world.tab}" no longer needs {quoted}: delete {"that column" if len(headers) == 1 else "these columns"}.'
    look = act(
        world.tab,
        "get_range_values",
        "The header tells which columns these are.",
        start_position="A1",
        end_position=cell_name(0, len(world.headers) - 1),
    )
    drop = act(world.tab, "delete_batch_data", f"Columns {names(numbers)} go.", dimension="col", index_list=numbers)
    return Draft(world.book, text, (look, drop))


def clean_blanks(chance: random.Random, world: World) -> Draft | None:
    book = world.book.copy()
    tab = book.tabs[0]
    at = sorted(chance.sample(range(2, len(world.records)), chance.randint(1, 3)))
    for shift, row in enumerate(at):
        tab.rows.insert(row + shift, (EMPTY,) * tab.width)
    rows = [row + shift + 1 for shift, row in enumerate(at)]
    column = chance.randint(1, len(world.headers) - 2)
    tab.rows[:] = [(*row[:column], EMPTY, *row[column:]) for row in tab.rows]
    tab.width += 1
    text = f'The table on "{world.tab}" has empty rows and an empty column in it. Delete them.'
    plan = (
        act(world.tab, "get_all_values", "I look for what is empty."),
        act(world.tab, "delete_batch_data", f"Empty are rows {names(rows)}.", dimension="row", index_list=rows),
        act(world.tab, "delete_batch_data", f"Column {column + 1} is empty.", dimension="col", index_list=[column + 1]),
    )
    return Draft(book, text, plan)


def add_record(chance: random.Random, world: World) -> Draft | None:
    theme = world.theme
    known = {record[0] for record in world.records}
    name = chance.choice([each for each in pool(theme.key_pool, world.split) if each not in known])
    record: list[Any] = [
        name,
        chance.choice(world.groups)[0],
        *(m.draw(chance) for m in theme.measures),
        chance.choice(theme.extras),
    ]
    after = chance.randrange(len(world.records))
    before = world.records[after][0]
    pairs = "; ".join(
        f"{header}: {value if isinstance(value, str) else say(value)}"
        for header, value in zip(world.headers, record, strict=True)
    )
    text = f'Insert a new row into "{world.tab}" directly below {before}, with {pairs}.'
    plan = (
        find(world, after),
        act(
            world.tab,
            "insert_rows",
            f"{before} is in row {after + 2}, so the new row is {after + 3}.",
            values_list=[record],
            row_idx=after + 3,
        ),
    )
    return Draft(world.book, text, plan)


def add_column(chance: random.Random, world: World) -> Draft | None:
    if len(world.records) > 10:
        return None
    header = chance.choice(("Checked", "Score", "Points", "Priority", "Weight"))
    values = [float(chance.randint(1, 400)) for _ in world.records]
    before = chance.choice(world.headers[1:])
    text = (
        f'Put a new column "{header}" directly left of "{before}" on "{world.tab}". Its values are, from the first record down: '
        f"{', '.join(map(say, values))}."
    )
    at = world.column(before) + 1
    plan = (
        see(world.tab),
        act(
            world.tab,
            "insert_cols",
            f"{before} is column {at}; the new one takes its place.",
            values_list=[[header, *values]],
            col_idx=at,
        ),
    )
    return Draft(world.book, text, plan)


def drop_sheet(chance: random.Random, world: World) -> Draft | None:
    book = world.book.copy()
    tabs = chance.sample(("Copy", "Old", "Temp", "Backup", "Scratch", "Export"), 3)
    empty = chance.randrange(3)
    people = pool("people", world.split)
    for place, name in enumerate(tabs):
        rows = [["Name", "Remark"]] + [[chance.choice(people), chance.choice(WORDS)] for _ in range(3)]
        book.tabs.append(tab_of(name, rows[:1] if place == empty else rows))
    text = (
        f"One of the sheets {names(tabs)} has a header only and no records. Delete that sheet, and then write its name into cell "
        f'{world.free}1 of "{world.tab}".'
    )
    looks = [act(tabs[place], "get_all_values", f"Has {tabs[place]} any records?") for place in range(empty + 1)]
    plan = (
        Act("list_sheets", "I see which sheets there are."),
        *looks,
        act(tabs[empty], "del_sheet", f"{tabs[empty]} has none: it goes.", name=tabs[empty]),
        change(world.tab, f"{world.free}1", tabs[empty], "I note which one it was."),
    )
    return Draft(book, text, plan)


def take_over(chance: random.Random, world: World) -> Draft | None:
    theme = world.theme
    known = {record[0] for record in world.records}
    fresh = chance.sample([each for each in pool(theme.key_pool, world.split) if each not in known], 2)
    records = [
        [name, chance.choice(world.groups)[0], *(m.draw(chance) for m in theme.measures), chance.choice(theme.extras)]
        for name in fresh
    ]
    book = world.book.copy()
    name = chance.choice(("New", "Incoming", "Latest"))
    book.tabs.append(tab_of(name, [list(world.headers), *records]))
    text = f'Append the records of the sheet "{name}" to the end of "{world.tab}" in the same order, and then delete the sheet "{name}".'
    plan = (
        act(name, "get_all_values", f"I read what is on {name}."),
        see(world.tab),
        act(
            world.tab,
            "insert_rows",
            f"The table ends at row {world.last}: I append both records.",
            values_list=records,
            row_idx=world.last + 1,
        ),
        act(world.tab, "del_sheet", f"{name} is no longer needed.", name=name),
    )
    return Draft(book, text, plan)


def rank(chance: random.Random, world: World) -> Draft | None:
    measure = chance.choice(world.theme.measures)
    values = world.values(measure.header)
    if len(set(values)) < len(values):
        return None
    text = (
        f'Freeze the header row of "{world.tab}" and sort the table by "{measure.header}" in descending order. Then add a column "Rank" '
        f"right of the table that counts 1, 2, 3 and so on from the top."
    )
    ranks: list[list[Any]] = [["Rank"], *[[float(place)] for place in range(1, len(values) + 1)]]
    end = f"{world.free}{world.last}"
    plan = (
        see(world.tab),
        *_sorted(world, measure.header, "des"),
        fill(world.tab, f"{world.free}1", end, ranks, f"The ranks go into column {world.free}."),
    )
    return Draft(world.book, text, plan)


def title(chance: random.Random, world: World) -> Draft | None:
    words = f"{world.tab} {chance.choice(WORDS)} {chance.randint(2015, 2034)}"
    end = cell_name(0, len(world.headers) - 1)
    text = (
        f'Put a new first row above the table on "{world.tab}" with the title "{words}" in its first cell. Merge the title over all '
        f"{len(world.headers)} columns of the table (A1:{end}) and make it bold and centered."
    )
    plan = (
        see(world.tab),
        act(world.tab, "insert_rows", "The title needs a row of its own.", values_list=[[words]], row_idx=1),
        act(world.tab, "merge_cells", "It is to span the table.", start_position="A1", end_position=end),
        act(
            world.tab,
            "format_cells",
            "It is to be bold and centered.",
            start_position="A1",
            end_position="A1",
            bold=True,
            align="center",
        ),
    )
    return Draft(world.book, text, plan)


def split_groups(chance: random.Random, world: World) -> Draft | None:
    """Merged groups become cells of their own again."""
    column = world.column(world.theme.group)
    records = sorted(world.records, key=lambda record: record[column])
    book = world.book.copy()
    book.tabs[0] = tab_of(world.tab, [list(world.headers), *records])
    tab = book.tabs[0]
    spans: list[tuple[str, Area]] = []
    for group, _ in world.groups:
        rows = [place + 1 for place, record in enumerate(records) if record[column] == group]
        if len(rows) > 1:
            spans.append((group, Area(rows[0], column, rows[-1], column)))
    if not 1 <= len(spans) <= 4:
        return None
    for _, area in spans:
        for row in range(area.top + 1, area.bottom + 1):
            put(tab, cell_name(row, column), value=None)
    tab.merges = tuple(sorted(area for _, area in spans))
    text = (
        f'On "{world.tab}", cells of the column "{world.theme.group}" are merged. Undo all of it, and write the {world.theme.group} '
        f"into every row."
    )
    letter = column_name(column)
    plan: list[Act] = [act(world.tab, "get_merged_cells", "Which cells are merged?"), see(world.tab)]
    first, last = f"{letter}2", f"{letter}{world.last}"
    plan.append(act(world.tab, "unmerge_cells", "They all lie in one column.", start_position=first, end_position=last))
    for group, area in spans:
        values = [[group]] * (area.height - 1)
        start, end = cell_name(area.top + 1, column), cell_name(area.bottom, column)
        plan.append(fill(world.tab, start, end, values, f"These rows belong to {group}."))
    return Draft(book, text, tuple(plan))
