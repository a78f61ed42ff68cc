# ruff: noqa: E501, S608
# Intents are long lines, and queries are made of our own names: nothing that a model says gets here.
"""Tasks in its administration, as the manager."""

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
    return task(
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
    return task(
        f"What is the SKU of the product in place {place + 1} of the best sellers of {year}?", "information", "admin", [Answer(exact=sku, seen=(sku,))],
        follow("Best sellers"), choose("Year", year), push("Show"), follow("Products"), write("Name or SKU", name), push("Search"), follow(name), stop(sku),
    )  # fmt: skip


@template
def admin_price(draw: Draw) -> Objective:
    product, name, sku = draw.one("store", "SELECT id, name, sku FROM products ORDER BY id")
    price, stock = round(draw.rng.uniform(5, 200), 2), draw.rng.randint(5, 90)
    return task(
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
    return task(
        f'A review that is waiting calls "{name}" "{title}". Reject it.', "change", "admin",
        [Rows("store", f"SELECT status FROM reviews WHERE id = {number}", (("rejected",),))],
        follow("Reviews"), choose("Status", "pending"), push("Show"), pages("", at), follow(f"#{number}"), push("Reject"), stop(),
    )  # fmt: skip


@template
def admin_ship(draw: Draw) -> Objective:
    number = draw.one("store", "SELECT id FROM orders WHERE status = 'processing' ORDER BY id")
    note = f"Parcel {draw.rng.randint(10_000, 99_999)}"
    return task(
        f'Order #{number} has left: set its status to shipped, with the note "{note}".', "change", "admin",
        [Rows("store", f"SELECT status, note FROM orders WHERE id = {number}", (("shipped", note),))],
        _find_order(number), choose("New status", "shipped"), write("Note", note), push("Save"), stop(),
    )  # fmt: skip


@template
def admin_find(draw: Draw) -> Objective:
    name, full = draw.one("store", "SELECT name, full_name FROM users WHERE role = 'customer' ORDER BY name")
    last = draw.rows("store", "SELECT id FROM orders WHERE user = ? ORDER BY id DESC", name)
    number = last[0][0]
    return task(
        f"Open the page of the latest order of the customer {full}.", "navigation", "admin", [Address(f"http://admin.test/order/{number}")],
        follow("Customers"), write("Name or e-mail", full), push("Search"), follow(name), follow(f"#{number}"), stop(),
    )  # fmt: skip
