# ruff: noqa: E501, S608
# Intents are long lines, and queries are made of our own names: nothing that a model says gets here.
"""Tasks in the encyclopedia, as mara."""

from __future__ import annotations

from agentgym_env_webarena.objective import (
    Address,
    Answer,
    Move,
    Objective,
    Rows,
    choose,
    follow,
    pages,
    push,
    stop,
    write,
)
from agentgym_env_webarena.objectives.drawing import Draw, task, template
from agentgym_env_webarena.sites import words


def to_article(title: str) -> list[Move]:
    return [follow("Search"), write("Search for", title), push("Search"), follow(title)]


FREE = "SELECT title FROM articles WHERE NOT protected AND category = '{}' ORDER BY id"


@template
def wiki_chain(draw: Draw) -> Objective:
    title = draw.one("wiki", FREE.format("Rivers"))
    query = "SELECT b.id, b.title FROM links l JOIN articles a ON a.id = l.article JOIN articles b ON b.id = l.other WHERE a.title = ? ORDER BY b.title"
    number, other = draw.rows("wiki", query, title)[0]
    name, value = draw.rows("wiki", "SELECT name, value FROM facts WHERE article = ? ORDER BY rowid", number)[0]
    (versions,) = draw.rows("wiki", "SELECT count(*) FROM versions WHERE article = ?", number)[0]
    answer = f"{value}, {versions}"
    return task(
        f'Under "See also", the article {title} names an article first. What does that one give for "{name}", and how many versions has it had? Answer with both, with a comma between.',
        "information", "wiki", [Answer(exact=answer, seen=(f"History of {other}",))], to_article(title), follow(other), follow("History"), stop(answer),
    )  # fmt: skip


@template
def wiki_edit(draw: Draw) -> Objective:
    title = draw.one("wiki", FREE.format("Lakes"))
    text, summary = (
        f"{title} was measured again in {draw.rng.randint(1995, 2023)}.",
        f"Measured by {words.place(draw.rng)}",
    )
    return task(
        f'Replace the text of the article {title} by "{text}", with the summary "{summary}".', "change", "wiki",
        [Rows("wiki", f"SELECT body FROM articles WHERE title = '{title}'", ((text,),)), Rows("wiki", "SELECT user, body FROM versions WHERE summary = '" + summary + "'", (("mara", text),))],
        to_article(title), follow("Edit"), write("Text", text), write("Summary of the change", summary), push("Save page"), stop(),
    )  # fmt: skip


@template
def wiki_new(draw: Draw) -> Objective:
    title, text = f"{words.place(draw.rng)} Upper Bridge {draw.rng.randint(2, 99)}", words.sentence(draw.rng)
    return task(
        f'Create the article "{title}" in the category Bridges with the text "{text}", and watch it.', "change", "wiki",
        [Rows("wiki", f"SELECT a.category, a.body, w.user FROM articles a JOIN watched w ON w.article = a.id WHERE a.title = '{title}'", (("Bridges", text, "mara"),))],
        follow("New article"), write("Title", title), choose("Category", "Bridges"), write("Text", text), push("Create article"), push("Watch"), stop(),
    )  # fmt: skip


@template
def wiki_watch(draw: Draw) -> Objective:
    one, two = draw.one("wiki", FREE.format("Castles")), draw.one("wiki", FREE.format("Mountains"))
    return task(
        f"Watch the articles {one} and {two}.", "change", "wiki",
        [Rows("wiki", "SELECT a.title FROM watched w JOIN articles a ON a.id = w.article WHERE w.user = 'mara' ORDER BY a.title", tuple((each,) for each in sorted((one, two))))],
        to_article(one), push("Watch"), to_article(two), push("Watch"), stop(),
    )  # fmt: skip


@template
def wiki_talk(draw: Draw) -> Objective:
    title = draw.one("wiki", FREE.format("Bridges"))
    (number, last) = draw.rows(
        "wiki",
        "SELECT v.article, v.user FROM versions v JOIN articles a ON a.id = v.article WHERE a.title = ? ORDER BY v.id DESC",
        title,
    )[0]
    text = f"Thank you, {last}!"
    return task(
        f'Find out who made the latest version of the article {title}, and add to its talk page: "Thank you, NAME!" with that user name.', "change", "wiki",
        [Rows("wiki", "SELECT article, user, body FROM talk", ((number, "mara", text),))],
        to_article(title), follow("History"), Move("go_back", why="The history says the name. I go back to the article."), follow("Talk"), write("Text", text), push("Add to the talk"), stop(),
    )  # fmt: skip


@template
def wiki_open(draw: Draw) -> Objective:
    titles = [
        title for (title,) in draw.rows("wiki", "SELECT title FROM articles WHERE category = 'People' ORDER BY title")
    ]
    at = 20 + draw.number * 12 + draw.rng.randrange(12)
    return task(
        f"Open the history of the article about {titles[at]}, by way of its category.", "navigation", "wiki", [Address(f"http://wiki.test/wiki/{titles[at].replace(' ', '%20')}/history")],
        follow("Categories"), follow("People"), pages("", at), follow(titles[at]), follow("History"), stop(),
    )  # fmt: skip
