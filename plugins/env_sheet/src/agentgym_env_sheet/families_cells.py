"""Tasks about values, notes, formats and charts."""

from __future__ import annotations

import random

from agentgym_env_sheet.a1 import Area, column_name
from agentgym_env_sheet.drafting import Draft, act, change, fill, find, names, only, put, say, see
from agentgym_env_sheet.plans import Act
from agentgym_env_sheet.vocabulary import COLOURS, REMARKS, WORDS
from agentgym_env_sheet.workbook import Chart
from agentgym_env_sheet.world import World

KINDS = ("column", "bar", "line", "pie")


def correct_cells(chance: random.Random, world: World) -> Draft | None:
    measure = chance.choice(world.theme.measures)
    places = chance.sample(range(len(world.records)), chance.randint(2, 3))
    values = [measure.draw(chance) for _ in places]
    if any(
        world.records[place][world.column(measure.header)] == value for place, value in zip(places, values, strict=True)
    ):
        return None
    pairs = names([f"{world.records[place][0]} to {say(value)}" for place, value in zip(places, values, strict=True)])
    text = f'Some figures on "{world.tab}" are wrong. Set the {measure.header} of {pairs}.'
    plan: list[Act] = []
    for place, value in zip(places, values, strict=True):
        name = world.records[place][0]
        plan += [
            find(world, place),
            change(world.tab, world.name(place, measure.header), value, f"That is the {measure.header} of {name}."),
        ]
    return Draft(world.book, text, tuple(plan))


def shift_column(chance: random.Random, world: World) -> Draft | None:
    measure = chance.choice([m for m in world.theme.measures if not m.digits])
    by = chance.randint(2, 25)
    text = f'Add {by} to every {measure.header} on "{world.tab}".'
    letter = world.letter(measure.header)
    first, last = f"{letter}2", f"{letter}{world.last}"
    look = act(
        world.tab,
        "get_range_values",
        f"What are the values of {measure.header}?",
        start_position=first,
        end_position=last,
    )
    values = [[value + by] for value in world.values(measure.header)]
    return Draft(world.book, text, (look, fill(world.tab, first, last, values, f"Each one is {by} more.")))


def raise_group(chance: random.Random, world: World) -> Draft | None:
    measure = chance.choice([m for m in world.theme.measures if not m.digits])
    group = chance.choice(world.groups)[0]
    places = [place for place, value in enumerate(world.values(world.theme.group)) if value == group]
    if not 2 <= len(places) <= 4:
        return None
    factor = chance.choice((2, 3, 4, 5))
    text = f'On "{world.tab}", multiply the {measure.header} by {factor} for every row whose {world.theme.group} is {group}.'
    column = world.column(world.theme.group) + 1
    plan: list[Act] = [
        act(world.tab, "filter_cells", f"Which rows belong to {group}?", query=f"^{group}$", in_column=column)
    ]
    for place in places:
        name, value = world.name(place, measure.header), world.records[place][world.column(measure.header)]
        plan += [
            act(world.tab, "get_cell_value", f"What stands in {name}?", position=name),
            change(world.tab, name, value * factor, f"{say(value)} times {factor} is {say(value * factor)}."),
        ]
    return Draft(world.book, text, tuple(plan))


def apply_notes(chance: random.Random, world: World) -> Draft | None:
    measure = chance.choice(world.theme.measures)
    places = sorted(chance.sample(range(len(world.records)), 2))
    values = [measure.draw(chance) for _ in places]
    book = world.book.copy()
    for place, value in zip(places, values, strict=True):
        if world.records[place][world.column(measure.header)] == value:
            return None
        put(book.tabs[0], world.name(place, measure.header), note=f"Wrong, it should be {say(value)}")
    who = names([world.records[place][0] for place in places])
    text = (
        f'On "{world.tab}", the cells with the {measure.header} of {who} carry notes that tell what is right. Put the right numbers into '
        f"the cells, and remove the notes."
    )
    plan: list[Act] = []
    for place, value in zip(places, values, strict=True):
        name = world.name(place, measure.header)
        plan += [
            find(world, place),
            act(world.tab, "get_note", f"What does the note on {name} say?", position=name),
            change(world.tab, name, value, f"It should be {say(value)}."),
            act(world.tab, "update_note", "The note has done its work.", position=name, content=""),
        ]
    return Draft(book, text, tuple(plan))


def leave_note(chance: random.Random, world: World) -> Draft | None:
    measure = chance.choice(world.theme.measures)
    operator, word = chance.choice((("MAX", "highest"), ("MIN", "lowest")))
    values = world.values(measure.header)
    best = max(values) if operator == "MAX" else min(values)
    place = only(values, best)
    if place is None:
        return None
    remark = f"{chance.choice(REMARKS)} ({chance.randint(10, 99)})"
    text = f'Put the note "{remark}" on the cell with the {word} {measure.header} on "{world.tab}".'
    letter, column = world.letter(measure.header), world.column(measure.header) + 1
    plan = (
        act(
            world.tab,
            "get_value_by_formula",
            f"What is the {word} {measure.header}?",
            start_position=f"{letter}2",
            end_position=f"{letter}{world.last}",
            operator=operator,
        ),
        act(
            world.tab,
            "filter_cells",
            "Which cell is that?",
            query=f"^{say(best)}$".replace(".", "[.]"),
            in_column=column,
        ),
        act(
            world.tab,
            "update_note",
            "There the note belongs.",
            position=world.name(place, measure.header),
            content=remark,
        ),
    )
    return Draft(world.book, text, plan)


def number_formats(chance: random.Random, world: World) -> Draft | None:
    measures = chance.sample(world.theme.measures, 2)
    forms = chance.sample(("0.00", "#,##0", "#,##0.00", "$#,##0.00", "0.0", "€#,##0.00", "0.000"), 2)
    pairs = " and ".join(
        f'"{measure.header}" in the number format {form}' for measure, form in zip(measures, forms, strict=True)
    )
    text = f'On "{world.tab}", show the numbers of {pairs}. The headers stay as they are.'
    plan = [see(world.tab)]
    for measure, form in zip(measures, forms, strict=True):
        letter = world.letter(measure.header)
        plan.append(
            act(
                world.tab,
                "format_cells",
                f"{measure.header} is column {letter}.",
                start_position=f"{letter}2",
                end_position=f"{letter}{world.last}",
                number_format=form,
            )
        )
    return Draft(world.book, text, tuple(plan))


def highlight(chance: random.Random, world: World) -> Draft | None:
    measure, colour = chance.choice(world.theme.measures), chance.choice(COLOURS)
    values = world.values(measure.header)
    place = only(values, max(values))
    if place is None:
        return None
    text = (
        f'On "{world.tab}", make the whole row of the record with the highest {measure.header} bold, over all columns of the table, and '
        f"give it the background {colour}."
    )
    letter = world.letter(measure.header)
    row = place + 2
    plan = (
        act(
            world.tab,
            "get_range_values",
            f"Where is {measure.header} the highest?",
            start_position=f"{letter}2",
            end_position=f"{letter}{world.last}",
        ),
        act(
            world.tab,
            "format_cells",
            f"{say(max(values))} in row {row} is the highest.",
            start_position=f"A{row}",
            end_position=f"{column_name(len(world.headers) - 1)}{row}",
            bold=True,
            background=colour,
        ),
    )
    return Draft(world.book, text, plan)


def chart(chance: random.Random, world: World) -> Draft | None:
    theme, kind = world.theme, chance.choice(KINDS)
    words = f"{theme.rate.header} by {theme.group} {chance.randint(2015, 2034)}"
    end = f"B{len(world.groups) + 1}"
    text = f'Add a {kind} chart with the title "{words}" to the sheet "{theme.second}". It shows the whole table of that sheet.'
    plan = (
        act(theme.second, "get_all_values", "How far does the table go?"),
        act(
            theme.second,
            "add_chart",
            f"The table is A1:{end}.",
            kind=kind,
            start_position="A1",
            end_position=end,
            title=words,
        ),
    )
    return Draft(world.book, text, plan)


def other_chart(chance: random.Random, world: World) -> Draft | None:
    theme = world.theme
    old, stays, new = chance.sample(KINDS, 3)
    book = world.book.copy()
    tab = book.tabs[1]
    titles = [f"{theme.second} {word} {chance.randint(2015, 2034)}" for word in chance.sample(WORDS, 2)]
    area = Area(0, 0, len(world.groups), 1)
    tab.charts = tuple(chance.sample((Chart(old, area, titles[0]), Chart(stays, area, titles[1])), 2))
    number = next(place for place, one in enumerate(tab.charts, 1) if one.kind == old)
    text = f'On "{theme.second}", replace the {old} chart by a {new} chart of the same cells with the same title. The other chart stays.'
    end = f"B{len(world.groups) + 1}"
    plan = (
        act(theme.second, "get_charts", "Which charts are there?"),
        act(theme.second, "delete_chart", f"The {old} chart is number {number}.", number=number),
        act(
            theme.second,
            "add_chart",
            "The new one shows the same.",
            kind=new,
            start_position="A1",
            end_position=end,
            title=titles[0],
        ),
    )
    return Draft(book, text, plan)
