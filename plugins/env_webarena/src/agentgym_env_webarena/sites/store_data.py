"""The data that the shop and its administration share: products, reviews, customers, orders."""

from __future__ import annotations

import random
import sqlite3

from agentgym_env_webarena.sites import words

CATEGORIES = (
    ("Kitchen", ("Kettle", "Toaster", "Frying Pan", "Knife Set", "Scale"), 14, 120),
    ("Garden", ("Rake", "Watering Can", "Planter", "Garden Hose", "Lantern"), 9, 90),
    ("Office", ("Desk Lamp", "Stapler", "Notebook", "Chair Mat", "Whiteboard"), 4, 140),
    ("Sports", ("Yoga Mat", "Dumbbell", "Running Belt", "Jump Rope", "Water Bottle"), 7, 80),
    ("Music", ("Ukulele", "Drum Pad", "Microphone", "Headphones", "Music Stand"), 18, 300),
    ("Toys", ("Puzzle", "Building Set", "Toy Train", "Plush Bear", "Board Game"), 8, 70),
    ("Travel", ("Suitcase", "Backpack", "Neck Pillow", "Luggage Scale", "Rain Poncho"), 9, 180),
    ("Pets", ("Dog Leash", "Cat Tree", "Bird Feeder", "Fish Tank", "Pet Brush"), 6, 150),
)
COLORS = ("Black", "White", "Red", "Blue", "Green", "Grey")
STATUSES = ("pending", "processing", "shipped", "complete", "cancelled")
BUYER, CLERK, MANAGER = "mara", "clerk", "manager"
"""Who is logged in from the start: in the shop, and in the administration."""

_SCHEMA = """
CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT, role TEXT, full_name TEXT, email TEXT, address TEXT);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price REAL, stock INTEGER, sku TEXT, visible INTEGER DEFAULT 1);
CREATE TABLE reviews (id INTEGER PRIMARY KEY, product INTEGER, user TEXT, stars INTEGER, title TEXT, body TEXT, day TEXT,
  status TEXT DEFAULT 'approved');
CREATE TABLE orders (id INTEGER PRIMARY KEY, user TEXT, day TEXT, status TEXT, total REAL, address TEXT, note TEXT DEFAULT '');
CREATE TABLE lines (id INTEGER PRIMARY KEY, order_id INTEGER, product INTEGER, quantity INTEGER, price REAL);
CREATE TABLE carts (user TEXT, product INTEGER, quantity INTEGER, PRIMARY KEY (user, product));
CREATE TABLE wishes (user TEXT, product INTEGER, PRIMARY KEY (user, product));
CREATE INDEX reviews_of ON reviews (product);
CREATE INDEX orders_of ON orders (user);
CREATE INDEX lines_of ON lines (order_id);
"""


def fill(base: sqlite3.Connection, rng: random.Random) -> None:
    """Make the tables and their rows."""
    base.executescript(_SCHEMA)
    people = words.several(rng, words.person, 150)
    names = [BUYER, CLERK, MANAGER, *words.several(rng, words.handle, 147)]
    for name, full in zip(names, people, strict=True):
        role = name if name in (CLERK, MANAGER) else "customer"
        address = f"{rng.randint(1, 99)} {words.place(rng)} Street, {words.place(rng)}"
        mail = f"{full.lower().replace(' ', '.')}@mail.test"
        base.execute(
            "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)", (name, words.password(rng), role, full, mail, address)
        )
    products = _products(base, rng)
    customers = [name for name in names if name not in (CLERK, MANAGER)]
    _reviews(base, rng, customers, products)
    _orders(base, rng, customers, products)


def _products(base: sqlite3.Connection, rng: random.Random) -> list[tuple[int, float]]:
    found: list[tuple[int, float]] = []
    seen: set[str] = set()
    while len(found) < 1040:
        category, things, low, high = CATEGORIES[len(found) % len(CATEGORIES)]
        name = f"{words.place(rng)} {rng.choice(things)} {rng.choice(COLORS)}"
        if name in seen:
            continue
        seen.add(name)
        price = round(rng.uniform(low, high), 2)
        number = len(found) + 1
        stock = rng.choice((0, 3, 8, 25, 60, 140))
        sku = f"{category[:2].upper()}-{number:05d}"
        base.execute(
            "INSERT INTO products (id, name, category, price, stock, sku) VALUES (?, ?, ?, ?, ?, ?)",
            (number, name, category, price, stock, sku),
        )
        found.append((number, price))
    return found


def _reviews(
    base: sqlite3.Connection, rng: random.Random, people: list[str], products: list[tuple[int, float]]
) -> None:
    titles = ("Good", "As described", "Would buy again", "Disappointed", "Fine", "A favourite", "Careful with the size")
    for product, _ in products:
        for _ in range(rng.choice((0, 1, 2, 3, 5))):
            stars = rng.choice((1, 2, 3, 4, 4, 5, 5))
            status = "pending" if rng.random() < 0.08 else "approved"
            base.execute(
                "INSERT INTO reviews (product, user, stars, title, body, day, status) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (product, rng.choice(people), stars, rng.choice(titles), words.sentence(rng), words.day(rng), status),
            )


def _orders(base: sqlite3.Connection, rng: random.Random, people: list[str], products: list[tuple[int, float]]) -> None:
    for number in range(1, 1201):
        buyer = BUYER if number % 40 == 0 else rng.choice(people[1:])
        bought = rng.sample(products, rng.randint(1, 4))
        lines = [(product, rng.randint(1, 3), price) for product, price in bought]
        total = round(sum(quantity * price for _, quantity, price in lines), 2)
        status = rng.choice(STATUSES)
        address = base.execute("SELECT address FROM users WHERE name = ?", (buyer,)).fetchone()[0]
        base.execute(
            "INSERT INTO orders (id, user, day, status, total, address) VALUES (?, ?, ?, ?, ?, ?)",
            (number, buyer, words.day(rng), status, total, address),
        )
        base.executemany(
            "INSERT INTO lines (order_id, product, quantity, price) VALUES (?, ?, ?, ?)",
            [(number, *line) for line in lines],
        )
