"""The tasks on our own sites: enough of them, of every kind, none that a guess does."""

from __future__ import annotations

from collections import Counter
from statistics import median
from urllib.parse import urlsplit

import pytest

from agentgym_env_webarena import objectives, tasks
from agentgym_env_webarena.checks import passes
from agentgym_env_webarena.config import WebArenaConfig
from agentgym_env_webarena.expert import expert_move
from agentgym_env_webarena.gate import State
from agentgym_env_webarena.objective import Address, Answer, Objective
from agentgym_env_webarena.sites import web
from agentgym_env_webarena.sites.framework import cookie
from agentgym_env_webarena.tree import Tree


@pytest.fixture(scope="module")
def found() -> dict[str, Objective]:
    return {task.id: task.data for split in tasks.SPLITS for task in tasks.tasks(WebArenaConfig(), split)}


def test_there_are_enough_of_every_sort(found: dict[str, Objective]) -> None:
    assert len(found) >= 120
    sites = Counter(site for each in found.values() if len(each.sites) == 1 for site in each.sites)
    assert set(sites) == set(web.USERS)
    assert min(sites.values()) >= 15
    assert sum(len(each.sites) > 1 for each in found.values()) >= 20
    kinds = Counter(each.kind for each in found.values())
    assert kinds["change"] >= 40
    assert set(kinds) == {"information", "navigation", "change"}
    assert median(len(each.plan) for each in found.values()) >= 6


def test_no_task_comes_twice(found: dict[str, Objective]) -> None:
    assert len({each.intent for each in found.values()}) == len(found)


def test_stopping_at_once_does_nothing(found: dict[str, Objective]) -> None:
    state = State(web.images())
    try:
        done = [
            id
            for id, each in found.items()
            if all(passes(check, "", each.start, lambda site, query: state.ask(site, query)) for check in each.checks)
        ]
    finally:
        state.close()
    assert done == []


def test_no_answer_is_common(found: dict[str, Objective]) -> None:
    answers = Counter(check.exact for each in found.values() for check in each.checks if isinstance(check, Answer))
    assert answers.most_common(1)[0][1] <= 2


def test_no_task_is_done_on_one_page(found: dict[str, Objective]) -> None:
    # Each way leads over at least one page more than the one that it ends on.
    for id, each in found.items():
        loads = [move for move in each.plan if move.verb == "click" and move.role in ("link", "button")]
        assert len(loads) >= 2, id


def test_what_an_answer_rests_on_is_not_on_the_first_page(found: dict[str, Objective]) -> None:
    state = State(web.images())
    try:
        first = {start: _page(start, state) for start in {each.start for each in found.values()}}
        for id, each in found.items():
            for check in each.checks:
                if isinstance(check, Answer):
                    assert check.seen, id
                    assert not all(text in first[each.start] for text in check.seen), id
                if isinstance(check, Address):
                    assert urlsplit(check.address).path not in ("", "/"), id
    finally:
        state.close()


def test_the_expert_has_nothing_but_the_elements_that_it_sees(found: dict[str, Objective]) -> None:
    nothing = Tree("", {})
    for id, each in found.items():
        *moves, last = each.plan
        assert last.verb == "stop", id
        for move in moves:
            # No addresses: a page is reached by what leads there.
            assert move.verb in ("click", "type", "go_back", "press [Enter]"), id
            assert not move.role or expert_move(nothing, move) is None
            assert move.role or move.verb == "go_back", id


def _page(address: str, state: State) -> str:
    site = urlsplit(address).netloc
    client = web.apps()[site].test_client()
    name = site.removesuffix(".test")
    if name in web.USERS:
        client.set_cookie(f"{name}_session", cookie(web.apps()[site], web.USERS[name]), domain=site)
    return client.get("/", base_url=address, environ_overrides={"agentgym.state": state}).text


def test_the_same_tasks_come_out_again(found: dict[str, Objective]) -> None:
    again = {id: objectives.objective(*_parts(id)) for id in list(found)[:40]}
    assert all(found[id] == each for id, each in again.items())


def _parts(id: str) -> tuple[str, int]:
    _, name, number = id.split("-")
    return name, int(number)
