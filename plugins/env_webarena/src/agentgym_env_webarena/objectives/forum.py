# ruff: noqa: E501, S608
# Intents are long lines, and queries are made of our own names: nothing that a model says gets here.
"""Tasks in the forum, as mara."""

from __future__ import annotations

from agentgym_env_webarena.objective import Address, Answer, Move, Objective, Rows, choose, follow, push, stop, write
from agentgym_env_webarena.objectives.drawing import Draw, task, template
from agentgym_env_webarena.sites import words
from agentgym_env_webarena.sites.forum_data import MEMBER


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
    return task(
        f"Who wrote the post with the most comments in the board {board}, and how many comments has that person written in all? Answer with the user name, a blank, and the number.",
        "information", "forum", [Answer(exact=answer, seen=(f"{author} - Commonroom",))],
        follow("Boards"), follow(board), choose("Sort by", "most comments"), push("Sort"), follow(title), follow(author), stop(answer),
    )  # fmt: skip


@template
def forum_publish(draw: Draw) -> Objective:
    board = draw.one("forum", "SELECT name FROM boards ORDER BY name")
    title, text = f"Meeting in {words.place(draw.rng)}", f"Bring {draw.rng.randint(2, 9)} things about {board}."
    return task(
        f'Publish a post in the board {board}: title "{title}", text "{text}". Then subscribe to the board.', "change", "forum",
        [Rows("forum", f"SELECT board, title, body FROM posts WHERE user = '{MEMBER}'", ((board, title, text),)), Rows("forum", f"SELECT board FROM subscriptions WHERE user = '{MEMBER}'", ((board,),))],
        follow("Write a post"), choose("Board", board), write("Title", title), write("Text", text), push("Publish"), follow(board), push("Subscribe"), stop(),
    )  # fmt: skip


def search_post(title: str) -> list[Move]:
    return [follow("Search"), write("Words in the title", title), push("Search"), follow(title)]


@template
def forum_comment(draw: Draw) -> Objective:
    post, title = draw.one("forum", "SELECT id, title FROM posts ORDER BY id")
    text = f"I saw the same in {words.place(draw.rng)}."
    return task(
        f'Comment on the post "{title}": "{text}" And vote it up.', "change", "forum",
        [Rows("forum", f"SELECT post, body FROM comments WHERE user = '{MEMBER}'", ((post, text),)), Rows("forum", f"SELECT post, vote FROM votes WHERE user = '{MEMBER}'", ((post, 1),))],
        search_post(title), write("Your comment", text), push("Send comment"), push("Vote up"), stop(),
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
    return task(
        f"You moderate the board {board}. Close the post with the {place} score there.", "change", "forum",
        [Rows("forum", "SELECT id FROM posts WHERE closed", ((worst,),))],
        follow("Boards"), follow(board), choose("Sort by", "top"), push("Sort"), follow(title), push("Close post"), stop(),
    )  # fmt: skip


@template
def forum_message(draw: Draw) -> Objective:
    title, author = draw.one("forum", "SELECT title, user FROM posts ORDER BY id")
    subject, text = f"Your post {draw.rng.randint(100, 999)}", f"Would you show me that in {words.place(draw.rng)}?"
    return task(
        f'Send the author of "{title}" a message: subject "{subject}", text "{text}"', "change", "forum",
        [Rows("forum", "SELECT sender, receiver, subject, body FROM messages", ((MEMBER, author, subject, text),))],
        search_post(title), follow(author), write("Subject", subject), write("Message", text), push("Send message"), stop(),
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
    return task(
        f"Open the newest post of the person who wrote the post with the highest score in the board {board}.", "navigation", "forum",
        [Address(f"http://forum.test/p/{latest}")],
        follow("Boards"), follow(board), choose("Sort by", "top"), push("Sort"), follow(title), follow(author), follow(other), stop(),
    )  # fmt: skip
