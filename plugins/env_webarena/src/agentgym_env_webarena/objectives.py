# ruff: noqa: E501, S608
# Intents are long lines, and queries are made of our own names: nothing that a model says gets here.
"""The tasks on our own sites, from their data: each template gives as many as are asked for, every one with its checks and its plan."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from functools import cache
from typing import Any

from agentgym_env_webarena.objective import (
    Address,
    Answer,
    Kind,
    Move,
    Objective,
    Rows,
    choose,
    follow,
    pages,
    plan,
    push,
    stop,
    write,
)
from agentgym_env_webarena.sites import maps, store_data, web, words
from agentgym_env_webarena.sites.code import DEVELOPER
from agentgym_env_webarena.sites.forum import MEMBER

TODAY = words.TODAY.isoformat()
INSTANCES = 6
"""Tasks of a template: half of them for training."""


class Draw:
    """What a template draws from: a generator of its own, and the data of the sites."""

    def __init__(self, template: str, number: int) -> None:
        self.rng = random.Random(f"webarena task {web.VERSION} {template} {number}")
        self.number = number

    def rows(self, data: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a site's data as an episode starts with them."""
        return _base(data).execute(query, values).fetchall()

    def one(self, data: str, query: str, *values: Any) -> Any:
        """One row, drawn; the value alone where it has one column. Instances of a template draw different rows."""
        found = self.rows(data, query, *values)
        # Spread over the rows, so that no two instances and no two splits have the same.
        row = found[
            (self.number * (len(found) // INSTANCES or 1) + self.rng.randrange(max(1, len(found) // INSTANCES)))
            % len(found)
        ]
        return row[0] if len(row) == 1 else row


@cache
def _base(data: str) -> sqlite3.Connection:
    base = sqlite3.connect(":memory:", check_same_thread=False)
    base.deserialize(web.images()[data])
    return base


Template = Callable[[Draw], Objective]
TEMPLATES: dict[str, Template] = {}


def template(function: Template) -> Template:
    """Put a template into the table."""
    TEMPLATES[function.__name__] = function
    return function


def _task(intent: str, kind: Kind, site: str, checks: list[Any], *moves: Any) -> Objective:
    return Objective(intent, kind, (site,), f"http://{site}.test/", tuple(checks), plan(*moves))


def _both(intent: str, sites: tuple[str, str], checks: list[Any], *moves: Any) -> Objective:
    return Objective(intent, "change", sites, "http://home.test/", tuple(checks), plan(*moves))


def _site(name: str) -> Move:
    from agentgym_env_webarena.sites.home import SITES

    title, about = SITES[name]
    return follow(f"{title}: {about}")


ALL = follow("All sites")


# The shop, as mara.


@template
def shop_cheapest(draw: Draw) -> Objective:
    category = store_data.CATEGORIES[draw.number][0]
    found = draw.rows("store", "SELECT name, sku, stock FROM products WHERE category = ? ORDER BY price, id", category)
    at = next(place for place, (_, _, stock) in enumerate(found) if stock)
    name, sku, _ = found[at]
    return _task(
        f"What is the SKU of the cheapest product in {category} that is in stock?", "information", "shop", [Answer(exact=sku, seen=(sku,))],
        follow(category), choose("Sort by", "price"), push("Sort"), pages(name, at), follow(name), stop(sku),
    )  # fmt: skip


def _my_orders(draw: Draw, *statuses: str) -> list[int]:
    marks = ", ".join("?" for _ in statuses)
    where = f"AND status IN ({marks})" if statuses else ""
    return [
        number
        for (number,) in draw.rows(
            "store", f"SELECT id FROM orders WHERE user = ? {where} ORDER BY id DESC", store_data.BUYER, *statuses
        )
    ]


def _to_order(draw: Draw, number: int) -> list[Move]:
    return [follow("My orders"), *pages("", _my_orders(draw).index(number)), follow(f"#{number}")]


@template
def shop_pieces(draw: Draw) -> Objective:
    orders = _my_orders(draw)
    number = orders[(draw.number * 5 + draw.rng.randrange(5)) % len(orders)]
    lines = draw.rows(
        "store",
        "SELECT p.name, l.quantity, p.sku FROM lines l JOIN products p ON p.id = l.product WHERE order_id = ? ORDER BY l.id",
        number,
    )
    name, _, sku = lines[-1]
    pieces = sum(quantity for _, quantity, _ in lines)
    return _task(
        f"How many pieces did I order in all with order #{number}, and what is the SKU of the last product on its list? Answer with the number, a blank, and the SKU.",
        "information", "shop", [Answer(exact=f"{pieces} {sku}", seen=(f"Order #{number}", sku))], _to_order(draw, number), follow(name), stop(f"{pieces} {sku}"),
    )  # fmt: skip


@template
def shop_buy(draw: Draw) -> Objective:
    product, name, price = draw.one("store", "SELECT id, name, price FROM products WHERE stock > 20 ORDER BY id")
    quantity, note = draw.rng.randint(2, 4), f"Ring at {words.place(draw.rng)} twice"
    done = Rows(
        "store",
        "SELECT o.note, o.total, l.product, l.quantity FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.user = 'mara' AND o.day = ?1",
        ((note, round(price * quantity, 2), product, quantity),),
    )
    return _task(
        f'Order {quantity} of "{name}" to my usual address, with the note "{note}" for the driver.', "change", "shop",
        [Rows("store", done.query.replace("?1", f"'{TODAY}'"), done.rows)],
        write("Search for products", name), push("Search"), follow(name), write("Quantity", str(quantity)), push("Add to cart"),
        follow("Go to checkout"), write("Note for the driver", note), push("Place order"), stop(),
    )  # fmt: skip


@template
def shop_review(draw: Draw) -> Objective:
    orders = _my_orders(draw)
    number = orders[(draw.number * 5 + 2) % len(orders)]
    product, name = draw.rows(
        "store",
        "SELECT p.id, p.name FROM lines l JOIN products p ON p.id = l.product WHERE order_id = ? ORDER BY l.id",
        number,
    )[0]
    stars, title, text = draw.rng.randint(1, 5), f"After {draw.rng.randint(2, 9)} weeks", words.sentence(draw.rng)
    return _task(
        f'Review the first product of my order #{number}: {stars} stars, title "{title}", text "{text}"', "change", "shop",
        [Rows("store", f"SELECT product, stars, title, body FROM reviews WHERE user = 'mara' AND day = '{TODAY}'", ((product, stars, title, text),))],
        _to_order(draw, number), follow(name), follow("Write a review"), write("Stars (1 to 5)", str(stars)), write("Title", title), write("Review", text), push("Send review"), stop(),
    )  # fmt: skip


@template
def shop_cancel(draw: Draw) -> Objective:
    orders = _my_orders(draw, "pending", "processing")
    number = orders[draw.number % len(orders)]
    (address,) = draw.rows("store", "SELECT address FROM users WHERE name = 'mara'")[0]
    mail = f"mara{draw.rng.randint(10, 99)}@post.test"
    return _task(
        f"Cancel my order #{number}, and set the e-mail address of my account to {mail}.", "change", "shop",
        [Rows("store", f"SELECT status FROM orders WHERE id = {number}", (("cancelled",),)), Rows("store", "SELECT email, address FROM users WHERE name = 'mara'", ((mail, address),))],
        _to_order(draw, number), push("Cancel order"), follow("My account"), write("E-mail", mail), push("Save"), stop(),
    )  # fmt: skip


@template
def shop_wish(draw: Draw) -> Objective:
    one, first = draw.one("store", "SELECT id, name FROM products WHERE category = 'Music' ORDER BY id")
    two, second = draw.one("store", "SELECT id, name FROM products WHERE category = 'Travel' ORDER BY id")
    return _task(
        f'Put "{first}" and "{second}" on my wish list.', "change", "shop",
        [Rows("store", "SELECT product FROM wishes WHERE user = 'mara' ORDER BY product", tuple((each,) for each in sorted((one, two))))],
        write("Search for products", first), push("Search"), follow(first), push("Add to wish list"),
        follow("Home"), write("Search for products", second), push("Search"), follow(second), push("Add to wish list"), stop(),
    )  # fmt: skip


# The administration, as its manager.


def _find_order(number: int) -> list[Move]:
    return [follow("Orders"), write("Order number", str(number)), push("Find")]


@template
def admin_mail(draw: Draw) -> Objective:
    number, name, mail = draw.one(
        "store", "SELECT o.id, o.user, u.email FROM orders o JOIN users u ON u.name = o.user ORDER BY o.id"
    )
    (spent,) = draw.rows(
        "store", "SELECT round(sum(total), 2) FROM orders WHERE user = ? AND status != 'cancelled'", name
    )[0]
    answer = f"{mail} ${spent or 0:.2f}"
    return _task(
        f"Give the e-mail address of the customer of order #{number} and what they have spent, as the customer's page says it: address, a blank, amount.",
        "information", "admin", [Answer(exact=answer, seen=(mail,))], _find_order(number), follow(name), stop(answer),
    )  # fmt: skip


@template
def admin_best(draw: Draw) -> Objective:
    year, place = ("2022", "2023", "2024")[draw.number % 3], draw.number // 3 * 3 + 1
    found = draw.rows(
        "store",
        "SELECT p.name, p.sku, sum(l.quantity) AS sold FROM lines l JOIN orders o ON o.id = l.order_id JOIN products p ON p.id = l.product WHERE o.status != 'cancelled' AND substr(o.day, 1, 4) = ? GROUP BY p.id ORDER BY sold DESC, p.name LIMIT 10",
        year,
    )
    name, sku, _ = found[place]
    return _task(
        f"What is the SKU of the product in place {place + 1} of the best sellers of {year}?", "information", "admin", [Answer(exact=sku, seen=(sku,))],
        follow("Best sellers"), choose("Year", year), push("Show"), follow("Products"), write("Name or SKU", name), push("Search"), follow(name), stop(sku),
    )  # fmt: skip


@template
def admin_price(draw: Draw) -> Objective:
    product, name, sku = draw.one("store", "SELECT id, name, sku FROM products ORDER BY id")
    price, stock = round(draw.rng.uniform(5, 200), 2), draw.rng.randint(5, 90)
    return _task(
        f"Set the price of the product {sku} to {price:.2f} dollars and its stock to {stock}.", "change", "admin",
        [Rows("store", f"SELECT price, stock, visible FROM products WHERE id = {product}", ((price, stock, 1),))],
        follow("Products"), write("Name or SKU", sku), push("Search"), follow(name), write("Price in dollars", f"{price:.2f}"), write("Stock", str(stock)), push("Save"), stop(),
    )  # fmt: skip


@template
def admin_reject(draw: Draw) -> Objective:
    waiting = draw.rows(
        "store",
        "SELECT r.id, p.name, r.title FROM reviews r JOIN products p ON p.id = r.product WHERE r.status = 'pending' ORDER BY r.id DESC",
    )
    at = (draw.number * 20 + draw.rng.randrange(20)) % len(waiting)
    number, name, title = waiting[at]
    same = [each for each in waiting if each[1:] == (name, title)]
    number, at = same[0][0], waiting.index(same[0])
    return _task(
        f'A review that is waiting calls "{name}" "{title}". Reject it.', "change", "admin",
        [Rows("store", f"SELECT status FROM reviews WHERE id = {number}", (("rejected",),))],
        follow("Reviews"), choose("Status", "pending"), push("Show"), pages("", at), follow(f"#{number}"), push("Reject"), stop(),
    )  # fmt: skip


@template
def admin_ship(draw: Draw) -> Objective:
    number = draw.one("store", "SELECT id FROM orders WHERE status = 'processing' ORDER BY id")
    note = f"Parcel {draw.rng.randint(10_000, 99_999)}"
    return _task(
        f'Order #{number} has left: set its status to shipped, with the note "{note}".', "change", "admin",
        [Rows("store", f"SELECT status, note FROM orders WHERE id = {number}", (("shipped", note),))],
        _find_order(number), choose("New status", "shipped"), write("Note", note), push("Save"), stop(),
    )  # fmt: skip


@template
def admin_find(draw: Draw) -> Objective:
    name, full = draw.one("store", "SELECT name, full_name FROM users WHERE role = 'customer' ORDER BY name")
    last = draw.rows("store", "SELECT id FROM orders WHERE user = ? ORDER BY id DESC", name)
    number = last[0][0]
    return _task(
        f"Open the page of the latest order of the customer {full}.", "navigation", "admin", [Address(f"http://admin.test/order/{number}")],
        follow("Customers"), write("Name or e-mail", full), push("Search"), follow(name), follow(f"#{number}"), stop(),
    )  # fmt: skip


# The forum, as mara.


@template
def forum_discussed(draw: Draw) -> Objective:
    board = draw.one("forum", "SELECT name FROM boards ORDER BY name")
    title, author = draw.rows(
        "forum",
        "SELECT title, user FROM posts p WHERE board = ? ORDER BY (SELECT count(*) FROM comments c WHERE c.post = p.id) DESC, id",
        board,
    )[0]
    (count,) = draw.rows("forum", "SELECT count(*) FROM comments WHERE user = ?", author)[0]
    answer = f"{author} {count}"
    return _task(
        f"Who wrote the post with the most comments in the board {board}, and how many comments has that person written in all? Answer with the user name, a blank, and the number.",
        "information", "forum", [Answer(exact=answer, seen=(f"{author} - Commonroom",))],
        follow("Boards"), follow(board), choose("Sort by", "most comments"), push("Sort"), follow(title), follow(author), stop(answer),
    )  # fmt: skip


@template
def forum_publish(draw: Draw) -> Objective:
    board = draw.one("forum", "SELECT name FROM boards ORDER BY name")
    title, text = f"Meeting in {words.place(draw.rng)}", f"Bring {draw.rng.randint(2, 9)} things about {board}."
    return _task(
        f'Publish a post in the board {board}: title "{title}", text "{text}". Then subscribe to the board.', "change", "forum",
        [Rows("forum", f"SELECT board, title, body FROM posts WHERE user = '{MEMBER}'", ((board, title, text),)), Rows("forum", f"SELECT board FROM subscriptions WHERE user = '{MEMBER}'", ((board,),))],
        follow("Write a post"), choose("Board", board), write("Title", title), write("Text", text), push("Publish"), follow(board), push("Subscribe"), stop(),
    )  # fmt: skip


def _search_post(title: str) -> list[Move]:
    return [follow("Search"), write("Words in the title", title), push("Search"), follow(title)]


@template
def forum_comment(draw: Draw) -> Objective:
    post, title = draw.one("forum", "SELECT id, title FROM posts ORDER BY id")
    text = f"I saw the same in {words.place(draw.rng)}."
    return _task(
        f'Comment on the post "{title}": "{text}" And vote it up.', "change", "forum",
        [Rows("forum", f"SELECT post, body FROM comments WHERE user = '{MEMBER}'", ((post, text),)), Rows("forum", f"SELECT post, vote FROM votes WHERE user = '{MEMBER}'", ((post, 1),))],
        _search_post(title), write("Your comment", text), push("Send comment"), push("Vote up"), stop(),
    )  # fmt: skip


@template
def forum_close(draw: Draw) -> Objective:
    post, board = draw.one(
        "forum",
        f"SELECT p.id, p.board FROM posts p JOIN boards b ON b.name = p.board WHERE b.moderator = '{MEMBER}' ORDER BY p.id",
    )
    worst, title = draw.rows("forum", "SELECT id, title FROM posts WHERE board = ? ORDER BY base DESC, id", board)[
        draw.number
    ]
    place = ("highest", "second highest", "third highest", "fourth highest", "fifth highest", "sixth highest")[
        draw.number
    ]
    assert post
    return _task(
        f"You moderate the board {board}. Close the post with the {place} score there.", "change", "forum",
        [Rows("forum", "SELECT id FROM posts WHERE closed", ((worst,),))],
        follow("Boards"), follow(board), choose("Sort by", "top"), push("Sort"), follow(title), push("Close post"), stop(),
    )  # fmt: skip


@template
def forum_message(draw: Draw) -> Objective:
    title, author = draw.one("forum", "SELECT title, user FROM posts ORDER BY id")
    subject, text = f"Your post {draw.rng.randint(100, 999)}", f"Would you show me that in {words.place(draw.rng)}?"
    return _task(
        f'Send the author of "{title}" a message: subject "{subject}", text "{text}"', "change", "forum",
        [Rows("forum", "SELECT sender, receiver, subject, body FROM messages", ((MEMBER, author, subject, text),))],
        _search_post(title), follow(author), write("Subject", subject), write("Message", text), push("Send message"), stop(),
    )  # fmt: skip


@template
def forum_top(draw: Draw) -> Objective:
    board = draw.one("forum", "SELECT name FROM boards ORDER BY name DESC")
    post, title, author = draw.rows(
        "forum", "SELECT id, title, user FROM posts WHERE board = ? ORDER BY base DESC, id", board
    )[0]
    latest, other = draw.rows("forum", "SELECT id, title FROM posts WHERE user = ? ORDER BY day DESC, id DESC", author)[
        0
    ]
    assert post
    return _task(
        f"Open the newest post of the person who wrote the post with the highest score in the board {board}.", "navigation", "forum",
        [Address(f"http://forum.test/p/{latest}")],
        follow("Boards"), follow(board), choose("Sort by", "top"), push("Sort"), follow(title), follow(author), follow(other), stop(),
    )  # fmt: skip


# The host of code, as mara.


def _project(name: str) -> list[Move]:
    return [follow("Projects"), write("Project", name), push("Search"), follow(name)]


@template
def code_commits(draw: Draw) -> Objective:
    query = "SELECT project, author, count(*) FROM commits GROUP BY project, author HAVING count(*) > 3 ORDER BY project, author"
    name, author, count = draw.one("code", query)
    last = draw.rows(
        "code", "SELECT id FROM commits WHERE project = ? AND author = ? ORDER BY day DESC, id", name, author
    )[0][0]
    answer = f"{count} {last}"
    return _task(
        f"How many commits has {author} made in the project {name}, and which is the newest? Answer with the number, a blank, and the commit.",
        "information", "code", [Answer(exact=answer, seen=(last,))], _project(name), follow("Commits"), write("Author", author), push("Show"), stop(answer),
    )  # fmt: skip


@template
def code_issue(draw: Draw) -> Objective:
    name, member = draw.one(
        "code",
        "SELECT m.project, m.user FROM members m JOIN projects p ON p.name = m.project WHERE m.user != p.owner ORDER BY m.project, m.user",
    )
    title, text = f"Crash number {draw.rng.randint(100, 999)}", words.sentence(draw.rng)
    return _task(
        f'Open an issue in {name}: title "{title}", text "{text}", label performance, assigned to {member}.', "change", "code",
        [Rows("code", f"SELECT project, title, body, label, assignee, state FROM issues WHERE author = '{DEVELOPER}' AND day = '{TODAY}'", ((name, title, text, "performance", member, "open"),))],
        _project(name), follow("Issues"), follow("New issue"), write("Title", title), write("Text", text), choose("Label", "performance"), choose("Assignee", member), push("Create issue"), stop(),
    )  # fmt: skip


@template
def code_close(draw: Draw) -> Objective:
    mine = draw.rows(
        "code",
        "SELECT i.id, i.title, i.project FROM issues i JOIN projects p ON p.name = i.project WHERE p.owner = ? AND i.state = 'open' ORDER BY i.id",
        DEVELOPER,
    )
    number, title, name = mine[draw.number * len(mine) // INSTANCES]
    text = f"Mended in {words.place(draw.rng)}."
    return _task(
        f'Close the issue "{title}" of {name} with the note "{text}"', "change", "code",
        [Rows("code", f"SELECT state FROM issues WHERE id = {number}", (("closed",),)), Rows("code", "SELECT issue, user, body FROM notes", ((number, DEVELOPER, text),))],
        _project(name), follow("Issues"), follow(title), write("Note", text), push("Add note"), push("Close issue"), stop(),
    )  # fmt: skip


@template
def code_invite(draw: Draw) -> Objective:
    mine = [name for (name,) in draw.rows("code", "SELECT name FROM projects WHERE owner = ? ORDER BY name", DEVELOPER)]
    name = mine[draw.number % len(mine)]
    guest = draw.one(
        "code",
        "SELECT name FROM users WHERE name NOT IN (SELECT user FROM members WHERE project = ?) ORDER BY name",
        name,
    )
    return _task(
        f"Make {guest} a developer of the project {name}.", "change", "code",
        [Rows("code", f"SELECT role FROM members WHERE project = '{name}' AND user = '{guest}'", (("developer",),))],
        _project(name), follow("Members"), write("User name", guest), choose("Role", "developer"), push("Invite"), stop(),
    )  # fmt: skip


@template
def code_settings(draw: Draw) -> Objective:
    mine = [
        name for (name,) in draw.rows("code", "SELECT name FROM projects WHERE owner = ? ORDER BY name DESC", DEVELOPER)
    ]
    name = mine[draw.number % len(mine)]
    port, message = draw.rng.randint(2000, 9000), f"Port of {words.place(draw.rng)}"
    return _task(
        f'Replace the whole of settings.ini in {name} by the one line "port = {port}", with the commit message "{message}".', "change", "code",
        [Rows("code", f"SELECT trim(body, char(10)) FROM files WHERE project = '{name}' AND path = 'settings.ini'", ((f"port = {port}",),)), Rows("code", f"SELECT author FROM commits WHERE message = '{message}'", ((DEVELOPER,),))],
        _project(name), follow("settings.ini"), write("Text", f"port = {port}"), write("Commit message", message), push("Commit"), stop(),
    )  # fmt: skip


@template
def code_filter(draw: Draw) -> Objective:
    name, label = draw.one(
        "code", "SELECT DISTINCT project, label FROM issues WHERE state = 'closed' ORDER BY project, label"
    )
    return _task(
        f"Show the closed issues of {name} with the label {label}.", "navigation", "code", [Address(f"http://code.test/{name}/issues?state=closed&label={label}")],
        _project(name), follow("Issues"), choose("State", "closed"), choose("Label", label), push("Filter"), stop(),
    )  # fmt: skip


# The map, as mara.


def _place(name: str, town: str) -> list[Move]:
    return [
        follow("Search"),
        write("Name or town", name),
        push("Search"),
        Move("click", "link", name, town, why=f"{name} in {town} is the one."),
    ]


def _unique(kind: str) -> str:
    return f"SELECT id, name, town, street, phone, opens, x, y FROM places p WHERE kind = '{kind}' AND (SELECT count(*) FROM places q WHERE q.name LIKE p.name || '%') = 1 ORDER BY id"


@template
def map_way(draw: Draw) -> Objective:
    how = tuple(maps.SPEEDS)[draw.number % 3]
    towns = draw.rows("map", "SELECT name, x, y FROM towns WHERE name NOT IN (SELECT name FROM places) ORDER BY name")
    start, goal = draw.rng.sample(towns, 2)
    distance = maps.kilometres({"x": start[1], "y": start[2]}, {"x": goal[1], "y": goal[2]})
    answer = f"{distance} km {maps.minutes(distance, how)} min"
    return _task(
        f"How far is it from {start[0]} to {goal[0]}, and how long does it take {how}? Answer such as: 12.3 km 45 min", "information", "map", [Answer(exact=answer, seen=(f"{distance} km",))],
        follow("Directions"), write("From", start[0]), write("To", goal[0]), choose("How", how), push("Find the way"), stop(answer),
    )  # fmt: skip


@template
def map_nearest(draw: Draw) -> Objective:
    number, name, town, *_, x, y = draw.one("map", _unique("library"))
    near = sorted(
        draw.rows("map", "SELECT id, name, phone, x, y FROM places WHERE town = ? AND id != ?", town, number),
        key=lambda each: (maps.kilometres({"x": x, "y": y}, {"x": each[3], "y": each[4]}), each[0]),
    )
    _, other, phone, *_ = near[0]
    return _task(
        f"What is the telephone number of the place that is nearest to {name}?", "information", "map", [Answer(exact=phone, seen=(phone,))],
        _place(name, town), follow(other), stop(phone),
    )  # fmt: skip


@template
def map_bookmark(draw: Draw) -> Objective:
    one, first, town, *_ = draw.one("map", _unique("cafe"))
    two, second, other, *_ = draw.one("map", _unique("museum"))
    label = f"Trip {draw.rng.randint(10, 99)}"
    return _task(
        f'Bookmark {first} and {second}, both with the label "{label}".', "change", "map",
        [Rows("map", "SELECT place, label FROM bookmarks WHERE user = 'mara' ORDER BY place", tuple((each, label) for each in sorted((one, two))))],
        _place(first, town), write("Label", label), push("Bookmark"), _place(second, other), write("Label", label), push("Bookmark"), stop(),
    )  # fmt: skip


@template
def map_report(draw: Draw) -> Objective:
    number, name, town, *_ = draw.one("map", _unique("pharmacy"))
    text = f"The door is in {words.place(draw.rng)} Street now."
    return _task(
        f'Report about {name} in {town}: "{text}"', "change", "map",
        [Rows("map", "SELECT place, user, text, state FROM reports", ((number, "mara", text, "new"),))],
        _place(name, town), write("What is wrong?", text), push("Send report"), stop(),
    )  # fmt: skip


@template
def map_town(draw: Draw) -> Objective:
    towns = draw.rows("map", "SELECT name, region, people FROM towns ORDER BY name")
    at = draw.number * 6 + draw.rng.randrange(6)
    name, region, people = towns[at]
    (hotels,) = draw.rows("map", "SELECT count(*) FROM places WHERE town = ? AND kind = 'hotel'", name)[0]
    answer = f"{region}, {people}, {hotels}"
    return _task(
        f"In which region is {name}, how many people live there, and how many hotels does it have? Answer with the three, with commas between them.",
        "information", "map", [Answer(exact=answer, seen=(region,))], follow("Towns"), pages(name, at), follow(name), stop(answer),
    )  # fmt: skip


@template
def map_open(draw: Draw) -> Objective:
    towns = draw.rows("map", "SELECT name FROM towns ORDER BY name DESC")
    name = towns[draw.number * 6 + draw.rng.randrange(6)][0]
    kind = maps.KINDS[draw.rng.randrange(len(maps.KINDS))]
    at = draw.rows("map", "SELECT count(*) FROM towns WHERE name < ?", name)[0][0]
    first = draw.rows("map", "SELECT id, name FROM places WHERE town = ? AND kind = ? ORDER BY name, id", name, kind)[0]
    return _task(
        f"Open the page of the first {kind} by name in {name}.", "navigation", "map", [Address(f"http://map.test/place/{first[0]}")],
        follow("Towns"), pages(name, at), follow(name), follow(f"Every {kind} in {name}"), follow(first[1]), stop(),
    )  # fmt: skip


# The encyclopedia, as mara.


def _article(title: str) -> list[Move]:
    return [follow("Search"), write("Search for", title), push("Search"), follow(title)]


_FREE = "SELECT title FROM articles WHERE NOT protected AND category = '{}' ORDER BY id"


@template
def wiki_chain(draw: Draw) -> Objective:
    title = draw.one("wiki", _FREE.format("Rivers"))
    query = "SELECT b.id, b.title FROM links l JOIN articles a ON a.id = l.article JOIN articles b ON b.id = l.other WHERE a.title = ? ORDER BY b.title"
    number, other = draw.rows("wiki", query, title)[0]
    name, value = draw.rows("wiki", "SELECT name, value FROM facts WHERE article = ? ORDER BY rowid", number)[0]
    (versions,) = draw.rows("wiki", "SELECT count(*) FROM versions WHERE article = ?", number)[0]
    answer = f"{value}, {versions}"
    return _task(
        f'Under "See also", the article {title} names an article first. What does that one give for "{name}", and how many versions has it had? Answer with both, with a comma between.',
        "information", "wiki", [Answer(exact=answer, seen=(f"History of {other}",))], _article(title), follow(other), follow("History"), stop(answer),
    )  # fmt: skip


@template
def wiki_edit(draw: Draw) -> Objective:
    title = draw.one("wiki", _FREE.format("Lakes"))
    text, summary = (
        f"{title} was measured again in {draw.rng.randint(1995, 2023)}.",
        f"Measured by {words.place(draw.rng)}",
    )
    return _task(
        f'Replace the text of the article {title} by "{text}", with the summary "{summary}".', "change", "wiki",
        [Rows("wiki", f"SELECT body FROM articles WHERE title = '{title}'", ((text,),)), Rows("wiki", "SELECT user, body FROM versions WHERE summary = '" + summary + "'", (("mara", text),))],
        _article(title), follow("Edit"), write("Text", text), write("Summary of the change", summary), push("Save page"), stop(),
    )  # fmt: skip


@template
def wiki_new(draw: Draw) -> Objective:
    title, text = f"{words.place(draw.rng)} Upper Bridge {draw.rng.randint(2, 99)}", words.sentence(draw.rng)
    return _task(
        f'Create the article "{title}" in the category Bridges with the text "{text}", and watch it.', "change", "wiki",
        [Rows("wiki", f"SELECT a.category, a.body, w.user FROM articles a JOIN watched w ON w.article = a.id WHERE a.title = '{title}'", (("Bridges", text, "mara"),))],
        follow("New article"), write("Title", title), choose("Category", "Bridges"), write("Text", text), push("Create article"), push("Watch"), stop(),
    )  # fmt: skip


@template
def wiki_watch(draw: Draw) -> Objective:
    one, two = draw.one("wiki", _FREE.format("Castles")), draw.one("wiki", _FREE.format("Mountains"))
    return _task(
        f"Watch the articles {one} and {two}.", "change", "wiki",
        [Rows("wiki", "SELECT a.title FROM watched w JOIN articles a ON a.id = w.article WHERE w.user = 'mara' ORDER BY a.title", tuple((each,) for each in sorted((one, two))))],
        _article(one), push("Watch"), _article(two), push("Watch"), stop(),
    )  # fmt: skip


@template
def wiki_talk(draw: Draw) -> Objective:
    title = draw.one("wiki", _FREE.format("Bridges"))
    (number, last) = draw.rows(
        "wiki",
        "SELECT v.article, v.user FROM versions v JOIN articles a ON a.id = v.article WHERE a.title = ? ORDER BY v.id DESC",
        title,
    )[0]
    text = f"Thank you, {last}!"
    return _task(
        f'Find out who made the latest version of the article {title}, and add to its talk page: "Thank you, NAME!" with that user name.', "change", "wiki",
        [Rows("wiki", "SELECT article, user, body FROM talk", ((number, "mara", text),))],
        _article(title), follow("History"), Move("go_back", why="The history says the name. I go back to the article."), follow("Talk"), write("Text", text), push("Add to the talk"), stop(),
    )  # fmt: skip


@template
def wiki_open(draw: Draw) -> Objective:
    titles = [
        title for (title,) in draw.rows("wiki", "SELECT title FROM articles WHERE category = 'People' ORDER BY title")
    ]
    at = 20 + draw.number * 12 + draw.rng.randrange(12)
    return _task(
        f"Open the history of the article about {titles[at]}, by way of its category.", "navigation", "wiki", [Address(f"http://wiki.test/wiki/{titles[at].replace(' ', '%20')}/history")],
        follow("Categories"), follow("People"), pages("", at), follow(titles[at]), follow("History"), stop(),
    )  # fmt: skip


# Two sites.


@template
def wiki_to_forum(draw: Draw) -> Objective:
    title = draw.one("wiki", _FREE.format("Castles"))
    built = draw.rows(
        "wiki",
        "SELECT f.value FROM facts f JOIN articles a ON a.id = f.article WHERE a.title = ? AND f.name = 'Built'",
        title,
    )[0][0]
    heading = f"Age of {title}"
    return _both(
        f'Find out in the encyclopedia when {title} was built, and publish a post in the forum\'s board history: title "{heading}", the year alone as its text.', ("wiki", "forum"),
        [Rows("forum", f"SELECT board, title, body FROM posts WHERE user = '{MEMBER}'", (("history", heading, built),))],
        _site("wiki"), _article(title), ALL, _site("forum"), follow("Write a post"), choose("Board", "history"), write("Title", heading), write("Text", built), push("Publish"), stop(),
    )  # fmt: skip


@template
def shop_to_code(draw: Draw) -> Objective:
    name, sku = draw.one("store", "SELECT name, sku FROM products ORDER BY id DESC")
    project = draw.one("code", "SELECT name FROM projects ORDER BY name")
    title = f"Price list {draw.rng.randint(100, 999)}"
    return _both(
        f'Look up the SKU of "{name}" in the shop, and open an issue in the project {project}: title "{title}", the SKU as its text, label question.', ("shop", "code"),
        [Rows("code", f"SELECT project, title, body, label FROM issues WHERE author = '{DEVELOPER}' AND day = '{TODAY}'", ((project, title, sku, "question"),))],
        _site("shop"), write("Search for products", name), push("Search"), follow(name), ALL, _site("code"), _project(project)[1:], follow("Issues"), follow("New issue"),
        write("Title", title), write("Text", sku), choose("Label", "question"), push("Create issue"), stop(),
    )  # fmt: skip


@template
def map_to_shop(draw: Draw) -> Objective:
    _, name, town, street, *_ = draw.one("map", _unique("hotel"))
    return _both(
        f"I am staying at {name} in {town}. Look up its street on the map, and set the address of my account in the shop to street and town, with a comma and a blank between.", ("map", "shop"),
        [Rows("store", "SELECT address FROM users WHERE name = 'mara'", ((f"{street}, {town}",),))],
        _site("map"), _place(name, town)[1:], ALL, _site("shop"), follow("My account"), write("Address", f"{street}, {town}"), push("Save"), stop(),
    )  # fmt: skip


@template
def admin_to_forum(draw: Draw) -> Objective:
    name, sku, stock = draw.one("store", "SELECT name, sku, stock FROM products WHERE category = 'Pets' ORDER BY id")
    person = draw.one(
        "forum", "SELECT user FROM (SELECT user, min(id) AS first FROM posts GROUP BY user) ORDER BY first"
    )
    title = draw.rows("forum", "SELECT title FROM posts WHERE user = ? ORDER BY id", person)[0][0]
    text = f"{stock} of {sku}"
    return _both(
        f'The author of the forum\'s post "{title}" asked how many of {sku} the shop has in stock. Look it up in the administration, and send them a message with the subject "Stock" and a text such as: 12 of {sku}', ("admin", "forum"),
        [Rows("forum", "SELECT sender, receiver, subject, body FROM messages", ((MEMBER, person, "Stock", text),))],
        _site("admin"), follow("Products"), write("Name or SKU", sku), push("Search"), follow(name), ALL, _site("forum"), _search_post(title), follow(person), write("Subject", "Stock"), write("Message", text), push("Send message"), stop(),
    )  # fmt: skip


@template
def wiki_to_map(draw: Draw) -> Objective:
    title = draw.one("wiki", _FREE.format("People"))
    trade = draw.rows(
        "wiki",
        "SELECT f.value FROM facts f JOIN articles a ON a.id = f.article WHERE a.title = ? AND f.name = 'Trade'",
        title,
    )[0][0]
    number, name, town, *_ = draw.one("map", _unique("museum"))
    return _both(
        f"Bookmark {name} in {town} on the map, with the trade of {title} as its label, as the encyclopedia says it.", ("wiki", "map"),
        [Rows("map", "SELECT place, label FROM bookmarks WHERE user = 'mara'", ((number, trade),))],
        _site("wiki"), _article(title), ALL, _site("map"), _place(name, town)[1:], write("Label", trade), push("Bookmark"), stop(),
    )  # fmt: skip


@template
def code_to_wiki(draw: Draw) -> Objective:
    name, owner = draw.one("code", "SELECT name, owner FROM projects WHERE owner != 'mara' ORDER BY name DESC")
    title = draw.one("wiki", _FREE.format("Lakes"))
    number = draw.rows("wiki", "SELECT id FROM articles WHERE title = ?", title)[0][0]
    return _both(
        f"Find the owner of the project {name}, and add that user name alone to the talk page of the article {title}.", ("code", "wiki"),
        [Rows("wiki", "SELECT article, user, body FROM talk", ((number, "mara", owner),))],
        _site("code"), _project(name)[1:], ALL, _site("wiki"), _article(title), follow("Talk"), write("Text", owner), push("Add to the talk"), stop(),
    )  # fmt: skip


def objective(name: str, number: int) -> Objective:
    """The task of a template and a number."""
    return TEMPLATES[name](Draw(name, number))
