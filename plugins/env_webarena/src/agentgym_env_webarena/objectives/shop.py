# ruff: noqa: E501, S608
# Intents are long lines, and queries are made of our own names: nothing that a model says gets here.
"""Tasks in the shop, as mara."""

from __future__ import annotations

from agentgym_env_webarena.objective import Answer, Move, Objective, Rows, choose, follow, pages, push, stop, write
from agentgym_env_webarena.objectives.drawing import TODAY, Draw, task, template
from agentgym_env_webarena.sites import store_data, words


@template
def shop_cheapest(draw: Draw) -> Objective:
    category = store_data.CATEGORIES[draw.number][0]
    found = draw.rows("store", "SELECT name, sku, stock FROM products WHERE category = ? ORDER BY price, id", category)
    at = next(place for place, (_, _, stock) in enumerate(found) if stock)
    name, sku, _ = found[at]
    return task(
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
    return task(
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
    return task(
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
    return task(
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
    return task(
        f"Cancel my order #{number}, and set the e-mail address of my account to {mail}.", "change", "shop",
        [Rows("store", f"SELECT status FROM orders WHERE id = {number}", (("cancelled",),)), Rows("store", "SELECT email, address FROM users WHERE name = 'mara'", ((mail, address),))],
        _to_order(draw, number), push("Cancel order"), follow("My account"), write("E-mail", mail), push("Save"), stop(),
    )  # fmt: skip


@template
def shop_wish(draw: Draw) -> Objective:
    one, first = draw.one("store", "SELECT id, name FROM products WHERE category = 'Music' ORDER BY id")
    two, second = draw.one("store", "SELECT id, name FROM products WHERE category = 'Travel' ORDER BY id")
    return task(
        f'Put "{first}" and "{second}" on my wish list.', "change", "shop",
        [Rows("store", "SELECT product FROM wishes WHERE user = 'mara' ORDER BY product", tuple((each,) for each in sorted((one, two))))],
        write("Search for products", first), push("Search"), follow(first), push("Add to wish list"),
        follow("Home"), write("Search for products", second), push("Search"), follow(second), push("Add to wish list"), stop(),
    )  # fmt: skip
