# Tables of a page are long lines; what a list is sorted by comes from the tables above, never from a request.
"""A web shop: catalogue, search, cart, checkout, orders, reviews, wish list, account."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request, url_for

from agentgym_env_webarena.sites.framework import (
    Facts,
    Field,
    Form,
    Heading,
    Link,
    Links,
    Page,
    Table,
    add_login,
    back,
    change,
    given,
    listed,
    make_site,
    row,
    rows,
    searched_for,
    show,
    signed_in,
    whole_number,
)
from agentgym_env_webarena.sites.shop_basket import add_basket
from agentgym_env_webarena.sites.store_data import CATEGORIES
from agentgym_env_webarena.sites.words import TODAY

_ORDERS = {
    "name": "p.name, p.id",
    "price": "p.price, p.id",
    "price, highest first": "p.price DESC, p.id",
    "rating": "stars DESC, p.id",
}
"""What a list can be sorted by, and how SQL says it: no other text gets there."""
_LIST = (
    "SELECT p.id, p.name, p.price, p.stock, coalesce(round(avg(r.stars), 1), 0) AS stars, count(r.id) AS reviews FROM products p "
    "LEFT JOIN reviews r ON r.product = p.id AND r.status = 'approved' WHERE p.visible AND {} GROUP BY p.id ORDER BY {}"
)


def make() -> Flask:
    """The shop's application."""
    app = make_site(
        "shop",
        "Tillmart",
        "store",
        [
            ("Home", "/"),
            ("Cart", "/cart"),
            ("My orders", "/orders"),
            ("Wish list", "/wishes"),
            ("My account", "/account"),
        ],
    )
    add_login(app)
    _catalogue(app)
    add_basket(app)
    _account(app)
    return app


def _products(title: str, where: str, *values: Any) -> str:
    order = request.args.get("sort", "name")
    found, pages = listed(_LIST.format(where, _ORDERS.get(order, "p.name, p.id")), *values)
    table = [
        (
            Link(item["name"], url_for("product", number=item["id"])),
            f"${item['price']:.2f}",
            item["stars"] or "-",
            "in stock" if item["stock"] else "sold out",
        )
        for item in found
    ]
    hidden = [Field(name, kind="hidden", value=request.args[name]) for name in ("q",) if name in request.args]
    sort = Form(request.path, "Sort", [*hidden, Field("sort", "Sort by", "select", order, tuple(_ORDERS))], "get")
    return show(Page(title, [sort, Table(("Product", "Price", "Rating", "Stock"), table), pages]))


def _catalogue(app: Flask) -> None:
    @app.get("/")
    def home() -> str:
        links = [Link(name, url_for("category", name=name)) for name, *_ in CATEGORIES]
        search = Form(url_for("search"), "Search", [Field("q", "Search for products")], "get")
        return show(Page("Welcome", [search, Heading("Categories"), Links(links)]))

    @app.get("/category/<name>")
    def category(name: str) -> str:
        row("SELECT 1 FROM products WHERE category = ?", name)
        return _products(name, "p.category = ?", name)

    @app.get("/search")
    def search() -> str:
        text = searched_for()
        pieces = text.split() or [""]
        where = " AND ".join("p.name LIKE ? ESCAPE '!'" for _ in pieces)
        escaped = [piece.replace("!", "!!").replace("%", "!%").replace("_", "!_") for piece in pieces]
        return _products(f"Results for {text}", where, *(f"%{piece}%" for piece in escaped))

    @app.get("/product/<int:number>")
    def product(number: int) -> str:
        item = row("SELECT * FROM products WHERE id = ? AND visible", number)
        reviews = rows("SELECT * FROM reviews WHERE product = ? AND status = 'approved' ORDER BY day DESC, id", number)
        stars = f"{sum(each['stars'] for each in reviews) / len(reviews):.1f} of 5" if reviews else "no reviews"
        facts = {
            "Price": f"${item['price']:.2f}",
            "SKU": item["sku"],
            "Category": Link(item["category"], url_for("category", name=item["category"])),
            "Stock": item["stock"],
            "Rating": f"{stars} ({len(reviews)})",
        }
        buy = Form(
            url_for("add"),
            "Add to cart",
            [Field("product", kind="hidden", value=number), Field("quantity", "Quantity", value=1)],
        )
        wish = Form(url_for("wish"), "Add to wish list", [Field("product", kind="hidden", value=number)])
        table = [(each["stars"], each["title"], each["body"], each["user"], each["day"]) for each in reviews]
        more = Links([Link("Write a review", url_for("write_review", number=number))])
        return show(
            Page(
                item["name"],
                [
                    Facts(facts),
                    buy,
                    wish,
                    Heading("Reviews"),
                    Table(("Stars", "Title", "Review", "By", "Day"), table),
                    more,
                ],
            )
        )

    @app.get("/product/<int:number>/review")
    def write_review(number: int) -> str:
        signed_in()
        item = row("SELECT name FROM products WHERE id = ?", number)
        fields = [Field("stars", "Stars (1 to 5)"), Field("title", "Title"), Field("review", "Review", "area")]
        return show(
            Page(f"Review {item['name']}", [Form(url_for("send_review", number=number), "Send review", fields)])
        )

    @app.post("/product/<int:number>/review")
    def send_review(number: int) -> Any:
        row("SELECT 1 FROM products WHERE id = ?", number)
        change(
            "INSERT INTO reviews (product, user, stars, title, body, day) VALUES (?, ?, ?, ?, ?, ?)",
            number, signed_in(), whole_number("stars", 1, 5), given("title", 80), given("review", 2000), TODAY.isoformat(),
        )  # fmt: skip
        return back("product", number=number)


def _account(app: Flask) -> None:
    @app.get("/wishes")
    def wishes() -> str:
        found = rows(
            "SELECT p.id, p.name, p.price FROM wishes w JOIN products p ON p.id = w.product WHERE w.user = ? ORDER BY p.name",
            signed_in(),
        )
        table = [(Link(each["name"], url_for("product", number=each["id"])), f"${each['price']:.2f}") for each in found]
        return show(Page("Wish list", [Table(("Product", "Price"), table)]))

    @app.post("/wishes/add")
    def wish() -> Any:
        change(
            "INSERT OR IGNORE INTO wishes VALUES (?, ?)",
            signed_in(),
            row("SELECT id FROM products WHERE id = ?", whole_number("product", 1, 10**9))["id"],
        )
        return back("wishes")

    @app.get("/account")
    def account() -> str:
        found = row("SELECT * FROM users WHERE name = ?", signed_in())
        fields = [
            Field("full_name", "Full name", value=found["full_name"]),
            Field("email", "E-mail", value=found["email"]),
            Field("address", "Address", value=found["address"]),
        ]
        return show(Page("My account", [Form(url_for("save"), "Save", fields)]))

    @app.post("/account")
    def save() -> Any:
        mail = given("email", 120)
        if "@" not in mail.strip("@"):
            abort(400, "That is no e-mail address.")
        change(
            "UPDATE users SET full_name = ?, email = ?, address = ? WHERE name = ?",
            given("full_name", 120),
            mail,
            given("address", 200),
            signed_in(),
        )
        return back("account")
