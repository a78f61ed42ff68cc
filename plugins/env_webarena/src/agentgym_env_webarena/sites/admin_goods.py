"""Products and reviews in the shop's administration."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request, url_for

from agentgym_env_webarena.sites.framework import (
    Facts,
    Field,
    Form,
    Link,
    Page,
    Table,
    back,
    change,
    given,
    listed,
    listing,
    role,
    row,
    search_form,
    searched_for,
    show,
    whole_number,
)


def add_goods(app: Flask) -> None:
    """Add the pages."""

    @app.get("/products")
    def products() -> str:
        text = searched_for()
        return listing(
            "Products",
            ("Product", "SKU", "Price", "Stock"),
            lambda each: (
                Link(each["name"], url_for("product", number=each["id"])),
                each["sku"],
                f"${each['price']:.2f}",
                each["stock"],
            ),
            "SELECT * FROM products WHERE instr(lower(name || ' ' || sku), lower(?)) ORDER BY name, id",
            text,
            above=[search_form("Name or SKU", text)],
        )

    @app.get("/product/<int:number>")
    def product(number: int) -> str:
        item = row("SELECT * FROM products WHERE id = ?", number)
        fields = [
            Field("price", "Price in dollars", value=f"{item['price']:.2f}"),
            Field("stock", "Stock", value=item["stock"]),
            Field("visible", "Visible", "select", "yes" if item["visible"] else "no", ("yes", "no")),
        ]
        facts = Facts(
            {
                "SKU": item["sku"],
                "Category": item["category"],
                "Price": f"${item['price']:.2f}",
                "Stock": item["stock"],
                "Visible": "yes" if item["visible"] else "no",
            }
        )
        return show(Page(item["name"], [facts, Form(url_for("set_product", number=number), "Save", fields)]))

    @app.post("/product/<int:number>")
    def set_product(number: int) -> Any:
        item = row("SELECT * FROM products WHERE id = ?", number)
        try:
            price = round(float(given("price")), 2)
        except ValueError:
            abort(400, "Price must be a number such as 12.50.")
        if not 0 < price < 100_000:
            abort(400, "Price must be between 0 and 100,000 dollars.")
        if price != item["price"] and role() != "manager":
            abort(400, "Only managers may change prices.")
        change(
            "UPDATE products SET price = ?, stock = ?, visible = ? WHERE id = ?",
            price,
            whole_number("stock", 0, 100_000),
            given("visible") == "yes",
            number,
        )
        return back("product", number=number)

    @app.get("/reviews")
    def reviews() -> str:
        status = request.args.get("status", "all")
        found, pages = listed(
            "SELECT r.*, p.name FROM reviews r JOIN products p ON p.id = r.product WHERE ? IN ('all', r.status) ORDER BY r.id DESC",
            status,
        )
        table = [
            (
                Link(f"#{each['id']}", url_for("review", number=each["id"])),
                each["name"],
                each["stars"],
                each["title"],
                each["status"],
            )
            for each in found
        ]
        pick = Form(
            url_for("reviews"),
            "Show",
            [Field("status", "Status", "select", status, ("all", "pending", "approved", "rejected"))],
            "get",
        )
        return show(Page("Reviews", [pick, Table(("Review", "Product", "Stars", "Title", "Status"), table), pages]))

    @app.get("/review/<int:number>")
    def review(number: int) -> str:
        found = row("SELECT r.*, p.name FROM reviews r JOIN products p ON p.id = r.product WHERE r.id = ?", number)
        facts = Facts(
            {
                "Product": found["name"],
                "By": found["user"],
                "Stars": found["stars"],
                "Title": found["title"],
                "Review": found["body"],
                "Day": found["day"],
                "Status": found["status"],
            }
        )
        return show(
            Page(
                f"Review #{number}",
                [
                    facts,
                    Form(
                        url_for("judge", number=number), "Approve", [Field("status", kind="hidden", value="approved")]
                    ),
                    Form(url_for("judge", number=number), "Reject", [Field("status", kind="hidden", value="rejected")]),
                ],
            )
        )

    @app.post("/review/<int:number>")
    def judge(number: int) -> Any:
        status = given("status")
        if status not in ("approved", "rejected"):
            abort(400, "There is no such status.")
        change(
            "UPDATE reviews SET status = ? WHERE id = ?",
            status,
            row("SELECT id FROM reviews WHERE id = ?", number)["id"],
        )
        return back("review", number=number)
