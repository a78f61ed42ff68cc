"""The shop's basket and orders."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, url_for

from agentgym_env_webarena.sites.framework import (
    Facts,
    Field,
    Form,
    Link,
    Links,
    Page,
    Table,
    Text,
    back,
    change,
    given,
    listing,
    row,
    rows,
    show,
    signed_in,
    user,
    value,
    whole_number,
)
from agentgym_env_webarena.sites.words import TODAY


def add_basket(app: Flask) -> None:
    """Add the pages."""

    @app.get("/cart")
    def cart() -> str:
        lines = rows(
            "SELECT p.id, p.name, p.price, c.quantity FROM carts c JOIN products p ON p.id = c.product WHERE c.user = ? ORDER BY p.name",
            signed_in(),
        )
        if not lines:
            return show(Page("Cart", [Text("Your cart is empty.")]))
        parts: list[Any] = [
            Table(
                ("Product", "Price", "Quantity"),
                [
                    (
                        Link(each["name"], url_for("product", number=each["id"])),
                        f"${each['price']:.2f}",
                        each["quantity"],
                    )
                    for each in lines
                ],
            )
        ]
        total = sum(each["price"] * each["quantity"] for each in lines)
        parts.append(Facts({"Total": f"${total:.2f}"}))
        parts += [
            Form(url_for("remove"), f"Remove {each['name']}", [Field("product", kind="hidden", value=each["id"])])
            for each in lines
        ]
        parts.append(Links([Link("Go to checkout", url_for("checkout"))]))
        return show(Page("Cart", parts))

    @app.post("/cart/add")
    def add() -> Any:
        item = row("SELECT * FROM products WHERE id = ? AND visible", whole_number("product", 1, 10**9))
        quantity = whole_number("quantity", 1, 50)
        if quantity > item["stock"]:
            abort(400, f"Only {item['stock']} of {item['name']} are in stock.")
        change(
            "INSERT INTO carts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity",
            signed_in(),
            item["id"],
            quantity,
        )
        return back("cart")

    @app.post("/cart/remove")
    def remove() -> Any:
        change("DELETE FROM carts WHERE user = ? AND product = ?", signed_in(), whole_number("product", 1, 10**9))
        return back("cart")

    @app.get("/checkout")
    def checkout() -> str:
        address = value("SELECT address FROM users WHERE name = ?", signed_in())
        fields = [Field("address", "Address", value=address), Field("note", "Note for the driver", required=False)]
        return show(Page("Checkout", [Form(url_for("buy"), "Place order", fields)]))

    @app.post("/checkout")
    def buy() -> Any:
        lines = rows(
            "SELECT p.id, p.price, p.stock, c.quantity FROM carts c JOIN products p ON p.id = c.product WHERE c.user = ?",
            signed_in(),
        )
        if not lines:
            abort(400, "Your cart is empty.")
        total = round(sum(each["price"] * each["quantity"] for each in lines), 2)
        placed = change(
            "INSERT INTO orders (user, day, status, total, address, note) VALUES (?, ?, 'pending', ?, ?, ?)",
            user(), TODAY.isoformat(), total, given("address", 200), given("note", 200, empty=True),
        )  # fmt: skip
        for each in lines:
            change(
                "INSERT INTO lines (order_id, product, quantity, price) VALUES (?, ?, ?, ?)",
                placed,
                each["id"],
                each["quantity"],
                each["price"],
            )
            change("UPDATE products SET stock = stock - ? WHERE id = ?", each["quantity"], each["id"])
        change("DELETE FROM carts WHERE user = ?", user())
        return back("order", number=placed)

    @app.get("/orders")
    def orders() -> str:
        return listing(
            "My orders",
            ("Order", "Day", "Status", "Total"),
            lambda each: (
                Link(f"#{each['id']}", url_for("order", number=each["id"])),
                each["day"],
                each["status"],
                f"${each['total']:.2f}",
            ),
            "SELECT * FROM orders WHERE user = ? ORDER BY id DESC",
            signed_in(),
        )

    @app.get("/order/<int:number>")
    def order(number: int) -> str:
        found = row("SELECT * FROM orders WHERE id = ? AND user = ?", number, signed_in())
        lines = rows(
            "SELECT p.name, l.quantity, l.price, p.id FROM lines l JOIN products p ON p.id = l.product WHERE l.order_id = ? ORDER BY l.id",
            number,
        )
        table = [
            (Link(each["name"], url_for("product", number=each["id"])), each["quantity"], f"${each['price']:.2f}")
            for each in lines
        ]
        facts = Facts(
            {
                "Day": found["day"],
                "Status": found["status"],
                "Address": found["address"],
                "Total": f"${found['total']:.2f}",
            }
        )
        parts: list[Any] = [facts, Table(("Product", "Quantity", "Price"), table)]
        if found["status"] in ("pending", "processing"):
            parts.append(Form(url_for("cancel", number=number), "Cancel order"))
        return show(Page(f"Order #{number}", parts))

    @app.post("/order/<int:number>/cancel")
    def cancel(number: int) -> Any:
        found = row("SELECT status FROM orders WHERE id = ? AND user = ?", number, signed_in())
        if found["status"] not in ("pending", "processing"):
            abort(400, "This order can no longer be cancelled.")
        change("UPDATE orders SET status = 'cancelled' WHERE id = ?", number)
        return back("order", number=number)
