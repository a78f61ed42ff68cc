# ruff: noqa: E501, S608
# Intents are long lines, and queries are made of our own names: nothing that a model says gets here.
"""Tasks on the host of code, as mara."""

from __future__ import annotations

from agentgym_env_webarena.objective import Address, Answer, Move, Objective, Rows, choose, follow, push, stop, write
from agentgym_env_webarena.objectives.drawing import INSTANCES, TODAY, Draw, task, template
from agentgym_env_webarena.sites import words
from agentgym_env_webarena.sites.code_data import DEVELOPER


def to_project(name: str) -> list[Move]:
    return [follow("Projects"), write("Project", name), push("Search"), follow(name)]


@template
def code_commits(draw: Draw) -> Objective:
    query = "SELECT project, author, count(*) FROM commits GROUP BY project, author HAVING count(*) > 3 ORDER BY project, author"
    name, author, count = draw.one("code", query)
    last = draw.rows(
        "code", "SELECT id FROM commits WHERE project = ? AND author = ? ORDER BY day DESC, id", name, author
    )[0][0]
    answer = f"{count} {last}"
    return task(
        f"How many commits has {author} made in the project {name}, and which is the newest? Answer with the number, a blank, and the commit.",
        "information", "code", [Answer(exact=answer, seen=(last,))], to_project(name), follow("Commits"), write("Author", author), push("Show"), stop(answer),
    )  # fmt: skip


@template
def code_issue(draw: Draw) -> Objective:
    name, member = draw.one(
        "code",
        "SELECT m.project, m.user FROM members m JOIN projects p ON p.name = m.project WHERE m.user != p.owner ORDER BY m.project, m.user",
    )
    title, text = f"Crash number {draw.rng.randint(100, 999)}", words.sentence(draw.rng)
    return task(
        f'Open an issue in {name}: title "{title}", text "{text}", label performance, assigned to {member}.', "change", "code",
        [Rows("code", f"SELECT project, title, body, label, assignee, state FROM issues WHERE author = '{DEVELOPER}' AND day = '{TODAY}'", ((name, title, text, "performance", member, "open"),))],
        to_project(name), follow("Issues"), follow("New issue"), write("Title", title), write("Text", text), choose("Label", "performance"), choose("Assignee", member), push("Create issue"), stop(),
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
    return task(
        f'Close the issue "{title}" of {name} with the note "{text}"', "change", "code",
        [Rows("code", f"SELECT state FROM issues WHERE id = {number}", (("closed",),)), Rows("code", "SELECT issue, user, body FROM notes", ((number, DEVELOPER, text),))],
        to_project(name), follow("Issues"), follow(title), write("Note", text), push("Add note"), push("Close issue"), stop(),
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
    return task(
        f"Make {guest} a developer of the project {name}.", "change", "code",
        [Rows("code", f"SELECT role FROM members WHERE project = '{name}' AND user = '{guest}'", (("developer",),))],
        to_project(name), follow("Members"), write("User name", guest), choose("Role", "developer"), push("Invite"), stop(),
    )  # fmt: skip


@template
def code_settings(draw: Draw) -> Objective:
    mine = [
        name for (name,) in draw.rows("code", "SELECT name FROM projects WHERE owner = ? ORDER BY name DESC", DEVELOPER)
    ]
    name = mine[draw.number % len(mine)]
    port, message = draw.rng.randint(2000, 9000), f"Port of {words.place(draw.rng)}"
    return task(
        f'Replace the whole of settings.ini in {name} by the one line "port = {port}", with the commit message "{message}".', "change", "code",
        [Rows("code", f"SELECT trim(body, char(10)) FROM files WHERE project = '{name}' AND path = 'settings.ini'", ((f"port = {port}",),)), Rows("code", f"SELECT author FROM commits WHERE message = '{message}'", ((DEVELOPER,),))],
        to_project(name), follow("settings.ini"), write("Text", f"port = {port}"), write("Commit message", message), push("Commit"), stop(),
    )  # fmt: skip


@template
def code_filter(draw: Draw) -> Objective:
    name, label = draw.one(
        "code", "SELECT DISTINCT project, label FROM issues WHERE state = 'closed' ORDER BY project, label"
    )
    return task(
        f"Show the closed issues of {name} with the label {label}.", "navigation", "code", [Address(f"http://code.test/{name}/issues?state=closed&label={label}")],
        to_project(name), follow("Issues"), choose("State", "closed"), choose("Label", label), push("Filter"), stop(),
    )  # fmt: skip
