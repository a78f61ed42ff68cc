# ruff: noqa: E501
# Tables of a page are long lines; what a list is sorted by comes from the tables above, never from a request.
"""The shop's administration: orders, products, reviews, customers and reports. Managers may change prices, clerks may not."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request, url_for

from agentgym_env_webarena.sites.admin_goods import add_goods
from agentgym_env_webarena.sites.framework import (
    Facts,
    Field,
    Form,
    Heading,
    Link,
    Page,
    Table,
    add_login,
    back,
    change,
    given,
    listed,
    listing,
    make_site,
    role,
    row,
    rows,
    search_form,
    searched_for,
    show,
    value,
)
from agentgym_env_webarena.sites.store_data import STATUSES

_STAFF = ("clerk", "manager")


def make() -> Flask:
    """The administration's application."""
    menu = [
        ("Dashboard", "/"),
        ("Orders", "/orders"),
        ("Products", "/products"),
        ("Reviews", "/reviews"),
        ("Customers", "/customers"),
        ("Best sellers", "/report/best"),
        ("Sales by month", "/report/months"),
    ]
    app = make_site("admin", "Tillmart administration", "store", menu)
    add_login(app)

    @app.before_request
    def staff_only() -> None:
        if request.endpoint not in ("login", "enter", "leave") and role() not in _STAFF:
            abort(403)

    _sales(app)
    add_goods(app)
    _reports(app)
    return app


def _sales(app: Flask) -> None:
    @app.get("/")
    def dashboard() -> str:
        counts = {
            f"Orders {status}": value("SELECT count(*) FROM orders WHERE status = ?", status) for status in STATUSES
        }
        waiting = value("SELECT count(*) FROM reviews WHERE status = 'pending'")
        return show(Page("Dashboard", [Facts(counts | {"Reviews that wait": waiting})]))

    @app.get("/orders")
    def orders() -> str:
        status = request.args.get("status", "all")
        found, pages = listed("SELECT * FROM orders WHERE ? IN ('all', status) ORDER BY id DESC", status)
        table = [
            (
                Link(f"#{each['id']}", url_for("order", number=each["id"])),
                each["day"],
                each["user"],
                each["status"],
                f"${each['total']:.2f}",
            )
            for each in found
        ]
        pick = Form(url_for("orders"), "Show", [Field("status", "Status", "select", status, ("all", *STATUSES))], "get")
        look = Form(url_for("find_order"), "Find", [Field("number", "Order number")], "get")
        return show(Page("Orders", [pick, look, Table(("Order", "Day", "Customer", "Status", "Total"), table), pages]))

    @app.get("/orders/find")
    def find_order() -> Any:
        text = request.args.get("number", "").strip().lstrip("#")
        found = row("SELECT id FROM orders WHERE id = ?", int(text) if text.isdecimal() else -1)
        return back("order", number=found["id"])

    @app.get("/order/<int:number>")
    def order(number: int) -> str:
        found = row("SELECT * FROM orders WHERE id = ?", number)
        lines = rows(
            "SELECT p.name, l.quantity, l.price FROM lines l JOIN products p ON p.id = l.product WHERE l.order_id = ? ORDER BY l.id",
            number,
        )
        facts = Facts(
            {
                "Day": found["day"],
                "Customer": Link(found["user"], url_for("customer", name=found["user"])),
                "Status": found["status"],
                "Address": found["address"],
                "Note": found["note"] or "-",
                "Total": f"${found['total']:.2f}",
            }
        )
        table = Table(
            ("Product", "Quantity", "Price"),
            [(each["name"], each["quantity"], f"${each['price']:.2f}") for each in lines],
        )
        form = Form(
            url_for("set_status", number=number),
            "Save",
            [
                Field("status", "New status", "select", found["status"], STATUSES),
                Field("note", "Note", value=found["note"], required=False),
            ],
        )
        return show(Page(f"Order #{number}", [facts, table, form]))

    @app.post("/order/<int:number>")
    def set_status(number: int) -> Any:
        status = given("status")
        if status not in STATUSES:
            abort(400, "There is no such status.")
        change(
            "UPDATE orders SET status = ?, note = ? WHERE id = ?",
            status,
            given("note", 200, empty=True),
            row("SELECT id FROM orders WHERE id = ?", number)["id"],
        )
        return back("order", number=number)

    @app.get("/customers")
    def customers() -> str:
        text = searched_for()
        return listing(
            "Customers",
            ("User", "Name", "E-mail"),
            lambda each: (Link(each["name"], url_for("customer", name=each["name"])), each["full_name"], each["email"]),
            "SELECT * FROM users WHERE role = 'customer' AND instr(lower(full_name || ' ' || email), lower(?)) ORDER BY full_name, name",
            text,
            above=[search_form("Name or e-mail", text)],
        )

    @app.get("/customer/<name>")
    def customer(name: str) -> str:
        found = row("SELECT * FROM users WHERE name = ?", name)
        bought = rows("SELECT * FROM orders WHERE user = ? ORDER BY id DESC", name)
        facts = Facts(
            {
                "Name": found["full_name"],
                "E-mail": found["email"],
                "Address": found["address"],
                "Orders": len(bought),
                "Spent": f"${sum(each['total'] for each in bought if each['status'] != 'cancelled'):.2f}",
            }
        )
        table = Table(
            ("Order", "Day", "Status", "Total"),
            [
                (
                    Link(f"#{each['id']}", url_for("order", number=each["id"])),
                    each["day"],
                    each["status"],
                    f"${each['total']:.2f}",
                )
                for each in bought
            ],
        )
        return show(Page(found["full_name"], [facts, Heading("Orders"), table]))


def _reports(app: Flask) -> None:
    @app.get("/report/best")
    def best() -> str:
        year = number_of_year()
        found = rows(
            "SELECT p.name, sum(l.quantity) AS sold, round(sum(l.quantity * l.price), 2) AS earned FROM lines l JOIN orders o ON o.id = l.order_id "
            "JOIN products p ON p.id = l.product WHERE o.status != 'cancelled' AND substr(o.day, 1, 4) = ? GROUP BY p.id ORDER BY sold DESC, p.name LIMIT 10",
            year,
        )  # fmt: skip
        pick = Form(url_for("best"), "Show", [Field("year", "Year", "select", year, ("2022", "2023", "2024"))], "get")
        return show(
            Page(
                f"Best sellers of {year}",
                [
                    pick,
                    Table(
                        ("Product", "Sold", "Earned"),
                        [(each["name"], each["sold"], f"${each['earned']:.2f}") for each in found],
                    ),
                ],
            )
        )

    @app.get("/report/months")
    def months() -> str:
        year = number_of_year()
        found = rows(
            "SELECT substr(day, 1, 7) AS month, count(*) AS orders, round(sum(total), 2) AS earned FROM orders WHERE status != 'cancelled' AND substr(day, 1, 4) = ? GROUP BY month ORDER BY month",
            year,
        )
        pick = Form(url_for("months"), "Show", [Field("year", "Year", "select", year, ("2022", "2023", "2024"))], "get")
        return show(
            Page(
                f"Sales of {year} by month",
                [
                    pick,
                    Table(
                        ("Month", "Orders", "Earned"),
                        [(each["month"], each["orders"], f"${each['earned']:.2f}") for each in found],
                    ),
                ],
            )
        )


def number_of_year() -> str:
    """The year that a report is for."""
    year = request.args.get("year", "2023")
    return year if year in ("2022", "2023", "2024") else "2023"
