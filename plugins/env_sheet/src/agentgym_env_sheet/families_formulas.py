"""Tasks that ask for formulas."""

from __future__ import annotations

import random

from agentgym_env_sheet.drafting import Draft, act, change, fill, find, names, see
from agentgym_env_sheet.references import quoted
from agentgym_env_sheet.world import World


def totals(chance: random.Random, world: World) -> Draft | None:
    measures = chance.sample(world.theme.measures, 2)
    operator, word, label = chance.choice(
        (
            ("SUM", "the sum", "Total"),
            ("AVERAGE", "the average", "Average"),
            ("MAX", "the largest value", "Highest"),
            ("MIN", "the smallest value", "Lowest"),
        )
    )
    row = world.last + 1
    text = (
        f'Below the last row of the table on "{world.tab}", write "{label}" into the first column, and under "{measures[0].header}" and '
        f'"{measures[1].header}" a formula each for {word} of the column.'
    )
    plan = [see(world.tab), change(world.tab, f"A{row}", label, f"The table ends at row {world.last}.")]
    for measure in measures:
        letter = world.letter(measure.header)
        plan.append(
            act(
                world.tab,
                "update_cell_by_formula",
                f"{operator} over the column {measure.header}.",
                start_position=f"{letter}2",
                end_position=f"{letter}{world.last}",
                result_position=f"{letter}{row}",
                operator=operator,
            )
        )
    return Draft(world.book, text, tuple(plan))


def products(chance: random.Random, world: World) -> Draft | None:
    one, other = chance.sample(world.theme.measures, 2)
    header = chance.choice(("Result", "Value", "Amount"))
    text = (
        f'Add a column "{header}" right of the table on "{world.tab}". In every row it has a formula that multiplies "{one.header}" by '
        f'"{other.header}" of that row.'
    )
    a, b = world.letter(one.header), world.letter(other.header)
    values = [[header], *[[f"={a}{row}*{b}{row}"] for row in range(2, world.last + 1)]]
    plan = (
        see(world.tab),
        fill(world.tab, f"{world.free}1", f"{world.free}{world.last}", values, "A formula for every row."),
    )
    return Draft(world.book, text, plan)


def row_figures(chance: random.Random, world: World) -> Draft | None:
    operator, header = chance.choice(
        (("AVERAGE", "Mean"), ("SUM", "Sum"), ("MAX", "Best"), ("MIN", "Least"), ("PRODUCT", "Product"))
    )
    places = sorted(chance.sample(range(len(world.records)), 3))
    first, last = world.theme.measures[0].header, world.theme.measures[-1].header
    who = names([world.records[place][0] for place in places])
    words = {"AVERAGE": "average", "SUM": "sum", "MAX": "maximum", "MIN": "minimum", "PRODUCT": "product"}[operator]
    text = (
        f'On "{world.tab}", write "{header}" as the header of the first free column right of the table, and below it, only in the rows of '
        f'{who}, a formula for the {words} of the columns from "{first}" to "{last}" of that row.'
    )
    plan = [see(world.tab), change(world.tab, f"{world.free}1", header, f"Column {world.free} is free.")]
    plan += [
        act(
            world.tab,
            "update_cell_by_formula",
            f"That is the row of {world.records[place][0]}.",
            start_position=world.name(place, first),
            end_position=world.name(place, last),
            result_position=f"{world.free}{place + 2}",
            operator=operator,
        )
        for place in places
    ]
    return Draft(world.book, text, tuple(plan))


def differences(chance: random.Random, world: World) -> Draft | None:
    measure = chance.choice(world.theme.measures)
    one, other = chance.sample(range(len(world.records)), 2)
    position = f"{world.free}{chance.randint(2, 9)}"
    first, second = world.records[one][0], world.records[other][0]
    text = (
        f'Into cell {position} of "{world.tab}", write a formula that takes the {measure.header} of {second} off the {measure.header} '
        f"of {first}."
    )
    plan = (
        find(world, one),
        find(world, other),
        act(
            world.tab,
            "update_cell_by_formula",
            f"{first} is in row {one + 2}, {second} in row {other + 2}.",
            position_list=[world.name(one, measure.header), world.name(other, measure.header)],
            result_position=position,
            operator="MINUS",
        ),
    )
    return Draft(world.book, text, plan)


def lookups(chance: random.Random, world: World) -> Draft | None:
    theme, header = world.theme, world.theme.rate.header
    text = (
        f'Add a column "{header}" right of the table on "{world.tab}". In every row it has a formula that looks up the {header} of the '
        f'row\'s {theme.group} on the sheet "{theme.second}".'
    )
    key = world.letter(theme.group)
    table = f"{quoted(theme.second)}!$A$2:$B${len(world.groups) + 1}"
    values = [[header], *[[f"=VLOOKUP({key}{row},{table},2,FALSE)"] for row in range(2, world.last + 1)]]
    plan = (
        act(theme.second, "get_all_values", f"Where does {theme.second} keep the {header}?"),
        see(world.tab),
        fill(world.tab, f"{world.free}1", f"{world.free}{world.last}", values, "An exact VLOOKUP for every row."),
    )
    return Draft(world.book, text, plan)


def by_group(chance: random.Random, world: World) -> Draft | None:
    theme, measure = world.theme, chance.choice(world.theme.measures)
    function, word = chance.choice((("SUMIF", "sum"), ("AVERAGEIF", "average")))
    header = f"{measure.header} {word}"
    text = (
        f'On the sheet "{theme.second}", add a column "{header}" as column C, with a formula in every row for the {word} of '
        f'"{measure.header}" over all rows of "{world.tab}" that have that {theme.group}.'
    )
    key, letter, tab = world.letter(theme.group), world.letter(measure.header), quoted(world.tab)
    ranges = (f"{tab}!${key}$2:${key}${world.last}", f"{tab}!${letter}$2:${letter}${world.last}")
    rows = len(world.groups) + 1
    values = [[header], *[[f"={function}({ranges[0]},A{row},{ranges[1]})"] for row in range(2, rows + 1)]]
    plan = (
        see(world.tab),
        act(theme.second, "get_all_values", f"Which groups does {theme.second} list?"),
        fill(theme.second, "C1", f"C{rows}", values, f"{function} by the name in column A."),
    )
    return Draft(world.book, text, plan)
