"""WebArena's tasks: the package's 812 where it is installed, and files of the same format. No browser is needed."""

from __future__ import annotations

import json
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ComponentUnavailable, ConfigError
from agentgym_env_webarena.official import files
from agentgym_env_webarena.official.accounts import Accounts
from agentgym_env_webarena.official.answers import needs_judge
from agentgym_env_webarena.official.pages import call
from agentgym_env_webarena.official.sites import SITES
from agentgym_env_webarena.official.task import read

installed = pytest.mark.skipif(
    find_spec(files.PACKAGE) is None, reason=f"webarena-verified is not installed ({files.HINT})"
)


def record(number: int, **more: Any) -> dict[str, Any]:
    return {
        "task_id": number,
        "sites": ["shopping"],
        "start_url": "__SHOPPING__ |AND| __MAP__/x",
        "storage_state": "./.auth/gitlab.reddit_state.json",
        "intent": f"Do {number}.",
        "eval": {"eval_types": ["string_match"], "reference_answers": {"exact_match": "x"}},
    } | more


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([record(number) for number in (3, 0, 7)]))
    return path


def test_a_file_of_tasks_is_read(tasks: Path) -> None:
    source = resolve_environment("webarena", {"tasks": "webarena", "file": str(tasks)})
    assert source.splits == {"webarena": 3}
    found = list(source.tasks("webarena"))
    assert [task.id for task in found] == ["webarena_0", "webarena_3", "webarena_7"]
    task = found[0].data
    assert task.start == ("__SHOPPING__", "__MAP__/x")
    assert task.accounts == ("gitlab", "reddit")
    assert len({each.fingerprint for each in found}) == 3


def test_a_task_is_the_same_wherever_its_sites_are(tasks: Path) -> None:
    table = {"tasks": "webarena", "file": str(tasks)}
    here = resolve_environment("webarena", table | {"addresses": {"shopping": "http://a.test"}})
    there = resolve_environment("webarena", table | {"addresses": {"shopping": "http://b.test:8"}})
    assert [task.fingerprint for task in here.tasks("webarena")] == [
        task.fingerprint for task in there.tasks("webarena")
    ]


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "[1]", '[{"task_id": 1}]', '[{"task_id": "x"}]', json.dumps([record(1), record(1)])]
)
def test_a_file_that_is_something_else_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"tasks\.json"):
        files.records("webarena", path)


def test_a_package_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda _: None)
    with pytest.raises(ComponentUnavailable) as caught:
        files.package_file("webarena")
    assert "pip install webarena-verified" in caught.value.hint


@pytest.mark.parametrize(
    "table",
    [
        {"addresses": {"shopping": "http://a.test"}},
        {"tasks": "webarena", "addresses": {"shopping": "a.test"}},
        {"tasks": "webarena", "addresses": {"shop": "http://a.test"}},
        {"tasks": "webarena", "allow": ["tiles"]},
        {"tasks": "webarena", "allow": ["http://tiles:80"]},
        {"tasks": "webarena", "accounts": "/nowhere"},
    ],
)
def test_a_configuration_that_cannot_be_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        resolve_environment("webarena", table)


def test_accounts_are_read_and_not_told(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_text('{"reddit": {"username": "emma", "password": "s3cret"}}')
    accounts = Accounts.read(path)
    assert accounts.password("reddit") == ("emma", "s3cret")
    assert "s3cret" not in repr(accounts)
    with pytest.raises(ConfigError, match="'gitlab'"):
        accounts.password("gitlab")
    for content in ("[]", '{"reddit": "s3cret"}', '{"reddit": "s3cret'):
        path.write_text(content)
        with pytest.raises(ConfigError) as caught:
            Accounts.read(path)
        assert "s3cret" not in str(caught.value)


@installed
def test_all_tasks_of_webarena_can_be_read_and_judged() -> None:
    found = [read("webarena", each) for each in files.records("webarena").values()]
    assert [task.number for task in sorted(found, key=lambda task: task.number)] == list(range(812))
    assert Counter(task.kind for task in found) == {"information": 325, "navigation": 66, "change": 421}
    assert sum(needs_judge(task.evaluation) for task in found) == 118
    kinds = {kind for task in found for kind in task.evaluation["eval_types"]}
    assert kinds == {"string_match", "url_match", "program_html"}
    assert all(set(task.sites) <= set(SITES) and set(task.accounts) <= set(SITES) for task in found)
    names = set()
    for task in found:
        for target in task.evaluation["program_html"]:
            assert set(target["required_contents"]) <= {"exact_match", "must_include"}
            for text in (target["url"], target["locator"]):
                if text.startswith("func:"):
                    names.add(call(text)[0])
                elif text is target["locator"].strip() and text:
                    assert text.startswith(("document.", "[...document."))
    assert names == {
        "reddit_get_post_url",
        "shopping_get_latest_order_url",
        "shopping_get_sku_latest_review_author",
        "shopping_get_sku_latest_review_rating",
        "gitlab_get_project_memeber_role",
    }


@installed
def test_all_tasks_of_webarena_verified_can_be_read() -> None:
    found = [read("webarena-verified", each) for each in files.records("webarena-verified").values()]
    assert len(found) == 812
    assert {task.kind for task in found} == {"information", "navigation", "change"}
    assert all(set(task.sites) <= set(SITES) for task in found)


@installed
def test_the_papers_twenty_items_are_known_by_their_ids(tmp_path: Path) -> None:
    suites = pytest.importorskip("agentgym_data.suites")
    ids = [f"webarena_{number * 41}" for number in range(20)]
    (tmp_path / "webarena_test.json").write_text(json.dumps(ids))
    suite = suites.agenteval(
        lambda id: resolve_environment(id, {"tasks": "webarena"}), items=tmp_path, only=["webarena"]
    )
    (part,) = suite.parts
    assert (part.suite, [task.id for task in part.tasks], part.max_rounds) == ("agenteval", ids, 25)
