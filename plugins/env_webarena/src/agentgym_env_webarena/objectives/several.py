# ruff: noqa: E501, S608
# Intents are long lines, and queries are made of our own names: nothing that a model says gets here.
"""Tasks on two sites each."""

from __future__ import annotations

from agentgym_env_webarena.objective import Objective, Rows, choose, follow, push, stop, write
from agentgym_env_webarena.objectives.code import to_project
from agentgym_env_webarena.objectives.drawing import ALL, TODAY, Draw, task_of_two, template, to_site
from agentgym_env_webarena.objectives.forum import search_post
from agentgym_env_webarena.objectives.maps import to_place, unique_of
from agentgym_env_webarena.objectives.wiki import FREE, to_article
from agentgym_env_webarena.sites.code_data import DEVELOPER
from agentgym_env_webarena.sites.forum_data import MEMBER


@template
def wiki_to_forum(draw: Draw) -> Objective:
    title = draw.one("wiki", FREE.format("Castles"))
    built = draw.rows(
        "wiki",
        "SELECT f.value FROM facts f JOIN articles a ON a.id = f.article WHERE a.title = ? AND f.name = 'Built'",
        title,
    )[0][0]
    heading = f"Age of {title}"
    return task_of_two(
        f'Find out in the encyclopedia when {title} was built, and publish a post in the forum\'s board history: title "{heading}", the year alone as its text.', ("wiki", "forum"),
        [Rows("forum", f"SELECT board, title, body FROM posts WHERE user = '{MEMBER}'", (("history", heading, built),))],
        to_site("wiki"), to_article(title), ALL, to_site("forum"), follow("Write a post"), choose("Board", "history"), write("Title", heading), write("Text", built), push("Publish"), stop(),
    )  # fmt: skip


@template
def shop_to_code(draw: Draw) -> Objective:
    name, sku = draw.one("store", "SELECT name, sku FROM products ORDER BY id DESC")
    project = draw.one("code", "SELECT name FROM projects ORDER BY name")
    title = f"Price list {draw.rng.randint(100, 999)}"
    return task_of_two(
        f'Look up the SKU of "{name}" in the shop, and open an issue in the project {project}: title "{title}", the SKU as its text, label question.', ("shop", "code"),
        [Rows("code", f"SELECT project, title, body, label FROM issues WHERE author = '{DEVELOPER}' AND day = '{TODAY}'", ((project, title, sku, "question"),))],
        to_site("shop"), write("Search for products", name), push("Search"), follow(name), ALL, to_site("code"), to_project(project)[1:], follow("Issues"), follow("New issue"),
        write("Title", title), write("Text", sku), choose("Label", "question"), push("Create issue"), stop(),
    )  # fmt: skip


@template
def map_to_shop(draw: Draw) -> Objective:
    _, name, town, street, *_ = draw.one("map", unique_of("hotel"))
    return task_of_two(
        f"I am staying at {name} in {town}. Look up its street on the map, and set the address of my account in the shop to street and town, with a comma and a blank between.", ("map", "shop"),
        [Rows("store", "SELECT address FROM users WHERE name = 'mara'", ((f"{street}, {town}",),))],
        to_site("map"), to_place(name, town)[1:], ALL, to_site("shop"), follow("My account"), write("Address", f"{street}, {town}"), push("Save"), stop(),
    )  # fmt: skip


@template
def admin_to_forum(draw: Draw) -> Objective:
    name, sku, stock = draw.one("store", "SELECT name, sku, stock FROM products WHERE category = 'Pets' ORDER BY id")
    person = draw.one(
        "forum", "SELECT user FROM (SELECT user, min(id) AS first FROM posts GROUP BY user) ORDER BY first"
    )
    title = draw.rows("forum", "SELECT title FROM posts WHERE user = ? ORDER BY id", person)[0][0]
    text = f"{stock} of {sku}"
    return task_of_two(
        f'The author of the forum\'s post "{title}" asked how many of {sku} the shop has in stock. Look it up in the administration, and send them a message with the subject "Stock" and a text such as: 12 of {sku}', ("admin", "forum"),
        [Rows("forum", "SELECT sender, receiver, subject, body FROM messages", ((MEMBER, person, "Stock", text),))],
        to_site("admin"), follow("Products"), write("Name or SKU", sku), push("Search"), follow(name), ALL, to_site("forum"), search_post(title), follow(person), write("Subject", "Stock"), write("Message", text), push("Send message"), stop(),
    )  # fmt: skip


@template
def wiki_to_map(draw: Draw) -> Objective:
    title = draw.one("wiki", FREE.format("People"))
    trade = draw.rows(
        "wiki",
        "SELECT f.value FROM facts f JOIN articles a ON a.id = f.article WHERE a.title = ? AND f.name = 'Trade'",
        title,
    )[0][0]
    number, name, town, *_ = draw.one("map", unique_of("museum"))
    return task_of_two(
        f"Bookmark {name} in {town} on the map, with the trade of {title} as its label, as the encyclopedia says it.", ("wiki", "map"),
        [Rows("map", "SELECT place, label FROM bookmarks WHERE user = 'mara'", ((number, trade),))],
        to_site("wiki"), to_article(title), ALL, to_site("map"), to_place(name, town)[1:], write("Label", trade), push("Bookmark"), stop(),
    )  # fmt: skip


@template
def code_to_wiki(draw: Draw) -> Objective:
    name, owner = draw.one("code", "SELECT name, owner FROM projects WHERE owner != 'mara' ORDER BY name DESC")
    title = draw.one("wiki", FREE.format("Lakes"))
    number = draw.rows("wiki", "SELECT id FROM articles WHERE title = ?", title)[0][0]
    return task_of_two(
        f"Find the owner of the project {name}, and add that user name alone to the talk page of the article {title}.", ("code", "wiki"),
        [Rows("wiki", "SELECT article, user, body FROM talk", ((number, "mara", owner),))],
        to_site("code"), to_project(name)[1:], ALL, to_site("wiki"), to_article(title), follow("Talk"), write("Text", owner), push("Add to the talk"), stop(),
    )  # fmt: skip
