"""Tasks that ask for an answer and leave the workbook as it is."""

from __future__ import annotations

import random
from typing import Any

from attrs import evolve

from agentgym_env_sheet.a1 import Area, cell_name
from agentgym_env_sheet.drafting import Draft, act, find, only, put, say, see
from agentgym_env_sheet.plans import Act
from agentgym_env_sheet.vocabulary import COLOURS, WORDS
from agentgym_env_sheet.workbook import Chart
from agentgym_env_sheet.world import World

KEEP = "Leave the workbook as it is."


def _asked(world: World, text: str, plan: tuple[Act, ...], answer: Any, **more: Any) -> Draft:
    said = say(answer) if isinstance(answer, float) else answer
    return Draft(
        more.pop("book", world.book),
        f"{text} {KEEP}",
        plan,
        answer,
        True,
        f"From this follows the answer: {said}.",
        **more,
    )


def figure(chance: random.Random, world: World) -> Draft | None:
    measure = chance.choice(world.theme.measures)
    operator, word = chance.choice((("SUM", "sum"), ("AVERAGE", "average")))
    values = world.values(measure.header)
    total = sum(values)
    answer = round(total if operator == "SUM" else total / len(values), 2)
    letter = world.letter(measure.header)
    look = act(
        world.tab,
        "get_value_by_formula",
        f"{operator} over the column {measure.header} gives it.",
        start_position=f"{letter}2",
        end_position=f"{letter}{world.last}",
        operator=operator,
    )
    text = f'What is the {word} of "{measure.header}" on "{world.tab}"? Answer with a number, exact to 0.01.'
    return _asked(world, text, (see(world.tab), look), answer, tolerance=0.01)


def members(chance: random.Random, world: World) -> Draft | None:
    theme, group = world.theme, chance.choice(world.groups)[0]
    column = world.column(theme.group)
    answer = [cell_name(place + 1, column) for place, value in enumerate(world.values(theme.group)) if value == group]
    if len(answer) < 2:
        return None
    look = act(world.tab, "filter_cells", f"Where does {group} stand?", query=f"^{group}$", in_column=column + 1)
    text = (
        f'In which cells of the column "{theme.group}" on "{world.tab}" does {group} stand? Answer with a list of A1 names, such as '
        f'["B3", "B9"].'
    )
    return _asked(world, text, (look,), answer)


def best_of(chance: random.Random, world: World) -> Draft | None:
    theme, measure, group = world.theme, chance.choice(world.theme.measures), chance.choice(world.groups)[0]
    records = [record for record in world.records if record[1] == group]
    values = [record[world.column(measure.header)] for record in records]
    place = only(values, max(values)) if len(values) > 1 else None
    if place is None:
        return None
    column = world.column(theme.group) + 1
    letter = world.letter(measure.header)
    plan = (
        act(world.tab, "filter_cells", f"Which rows belong to {group}?", query=f"^{group}$", in_column=column),
        act(
            world.tab,
            "get_range_values",
            f"I compare their {measure.header}.",
            start_position="A2",
            end_position=f"{letter}{world.last}",
        ),
    )
    text = (
        f'Which {theme.key} on "{world.tab}" has the highest {measure.header} among those whose {theme.group} is {group}? '
        f"Answer with the name."
    )
    return _asked(world, text, plan, records[place][0])


def code_in_note(chance: random.Random, world: World) -> Draft | None:
    place = chance.randrange(len(world.records))
    book = world.book.copy()
    codes = chance.sample(range(10_000, 100_000), 3)
    others = chance.sample([each for each in range(len(world.records)) if each != place], 2)
    for where, code in zip((place, *others), codes, strict=True):
        put(book.tabs[0], f"A{where + 2}", note=f"Reference: R-{code}")
    name = world.records[place][0]
    plan = (
        find(world, place),
        act(world.tab, "get_note", f"{name} is in A{place + 2}: what is noted there?", position=f"A{place + 2}"),
    )
    text = f'Which reference is noted on the cell of {name} on "{world.tab}"? Answer with the reference only, such as R-12345.'
    return _asked(world, text, plan, f"R-{codes[0]}", book=book)


def which_formula(chance: random.Random, world: World) -> Draft | None:
    measures = chance.sample(world.theme.measures, 2)
    book = world.book.copy()
    free = world.free
    place = chance.randrange(len(world.records))
    letters = [world.letter(measure.header) for measure in measures]
    tab = book.tabs[0]
    put(tab, f"{free}1", value="Figure")
    factor = chance.randint(2, 40)
    for row in range(2, world.last + 1):
        put(tab, f"{free}{row}", formula=f"={letters[0]}{row}*{factor}+{letters[1]}{row}")
    name = world.records[place][0]
    position = f"{free}{place + 2}"
    plan = (
        find(world, place),
        act(
            world.tab,
            "get_formulas",
            f"The figure of {name} is in {position}.",
            start_position=position,
            end_position=position,
        ),
    )
    text = f'Which formula stands in the column "Figure" of {name} on "{world.tab}"? Answer with the formula, such as =A1+B1.'
    answer = f"={letters[0]}{place + 2}*{factor}+{letters[1]}{place + 2}"
    return _asked(world, text, plan, answer, book=book)


def which_colour(chance: random.Random, world: World) -> Draft | None:
    place = chance.randrange(len(world.records))
    book = world.book.copy()
    base = int(chance.choice(COLOURS), 16)
    colours = [f"{(base + chance.randint(1, 60_000)) % 0xFFFFFF:06X}" for _ in world.records]
    for row, colour in enumerate(colours, 2):
        one = book.tabs[0].at(row - 1, 0)
        put(book.tabs[0], f"A{row}", style=evolve(one.style, background=colour))
    name = world.records[place][0]
    plan = (find(world, place), act(world.tab, "get_format", f"{name} is in A{place + 2}.", position=f"A{place + 2}"))
    text = f'What is the background of the cell of {name} on "{world.tab}"? Answer with its six hexadecimal digits, such as A1B2C3.'
    return _asked(world, text, plan, colours[place], book=book)


def charted(chance: random.Random, world: World) -> Draft | None:
    book = world.book.copy()
    tab = book.tabs[0]
    titles = chance.sample(WORDS, 3)
    tab.charts = tuple(
        Chart(chance.choice(("column", "line", "bar")), _area(chance, world), f"{world.tab} {word}") for word in titles
    )
    if len({one.area for one in tab.charts}) < 3:
        return None
    wanted = chance.choice(tab.charts)
    text = f'Which cells does the chart with the title "{wanted.title}" on "{world.tab}" show? Answer with the range, such as A1:C9.'
    return _asked(
        world, text, (act(world.tab, "get_charts", "The list of charts tells."),), wanted.area.name, book=book
    )


def _area(chance: random.Random, world: World) -> Area:
    top, left = chance.randint(0, 3), chance.randint(0, 2)
    return Area(
        top, left, chance.randint(top + 2, len(world.records)), chance.randint(left + 1, len(world.headers) - 1)
    )


def where(chance: random.Random, world: World) -> Draft | None:
    place, measure = chance.randrange(len(world.records)), chance.choice(world.theme.measures)
    name, column = world.records[place][0], world.column(measure.header) + 1
    plan = (
        find(world, place),
        act(
            world.tab,
            "get_range_values",
            "Which column is it?",
            start_position="A1",
            end_position=cell_name(0, len(world.headers) - 1),
        ),
        act(
            world.tab,
            "get_A1_annotation",
            f"Row {place + 2} and column {column}, so the cell is called:",
            row=place + 2,
            col=column,
        ),
    )
    text = f'In which cell of "{world.tab}" does the {measure.header} of {name} stand? Answer with its A1 name.'
    return _asked(world, text, plan, world.name(place, measure.header))


def which_merge(chance: random.Random, world: World) -> Draft | None:
    book = world.book.copy()
    tab = book.tabs[0]
    top = world.last + chance.randint(1, 6)
    areas, words = [], chance.sample(WORDS, 3)
    for word in words:
        area = Area(top, chance.randint(0, 2), top + chance.randint(0, 2), chance.randint(3, 7))
        put(tab, cell_name(area.top, area.left), value=word.capitalize())
        tab.grow(area.bottom + 1, area.right + 1)
        areas.append(area)
        top = area.bottom + chance.randint(1, 3)
    tab.merges = tuple(sorted(areas))
    number = chance.randrange(3)
    word = words[number].capitalize()
    text = (
        f'Over which cells is "{word}" below the table on "{world.tab}" merged? Answer with the range, such as A1:C2.'
    )
    plan = (
        act(world.tab, "filter_cells", "Where does it stand?", query=f"^{word}$"),
        act(world.tab, "get_merged_cells", "The list of merges tells how far it goes."),
    )
    return _asked(world, text, plan, areas[number].name, book=book)


def of_its_group(chance: random.Random, world: World) -> Draft | None:
    theme, place = world.theme, chance.randrange(len(world.records))
    name, group = world.records[place][:2]
    number = next(row for row, (each, _) in enumerate(world.groups) if each == group)
    answer = world.groups[number][1]
    position = world.name(place, theme.group)
    plan = (
        find(world, place),
        act(world.tab, "get_cell_value", f"Which {theme.group} is that?", position=position),
        act(theme.second, "filter_cells", f"Where is {group} listed?", query=f"^{group}$", in_column=1),
        act(theme.second, "get_cell_value", f"Its {theme.rate.header} stands beside it.", position=f"B{number + 2}"),
    )
    text = (
        f'What is the {theme.rate.header} of the {theme.group} to which {name} belongs? People and things are on "{world.tab}", '
        f'{theme.group} by {theme.group} is on "{theme.second}". Answer with a number.'
    )
    return _asked(world, text, plan, answer)
