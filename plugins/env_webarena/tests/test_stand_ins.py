"""WebArena's tasks in the browser, on stand-ins of its sites: not verified on the official sites."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError, InfrastructureFault
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Step
from agentgym_env_webarena.environment import WebArenaEnvironment
from agentgym_env_webarena.official import files
from agentgym_env_webarena.world import Host

MARKUP = {"url": "__SHOPPING__/kettle.html", "locator": "", "required_contents": {"must_include": ["Buy & pay"]}}
ORDER = {
    "url": "func:shopping_get_latest_order_url()",
    "locator": "document.querySelector('.sku').outerText",
    "required_contents": {"exact_match": "b00-kettle"},
}
POST = {
    "url": "func:reddit_get_post_url('__last_url__')",
    "locator": "document.querySelector('.text').outerText",
    "required_contents": {"must_include": ["i like tea |OR| i like books"]},
}
ROLE = {
    "url": "__GITLAB__/emma/notes/-/project_members",
    "locator": "func:gitlab_get_project_memeber_role(__page__, 'emma')",
    "required_contents": {"must_include": ["Guest"]},
}
AUTHOR = {
    "url": "last",
    "locator": "func:shopping_get_sku_latest_review_author('B00J8')",
    "required_contents": {"must_include": ["Emma Lopez"]},
}
RATING = {
    "url": "last",
    "locator": "func:shopping_get_sku_latest_review_rating('B00J8')",
    "required_contents": {"must_include": ["100"]},
}
MISSING = {
    "url": "last",
    "locator": "document.querySelector('.nothing').outerText",
    "required_contents": {"must_include": ["x"]},
}
LEAVE = "goto [http://onestopmarket.com/leave]"


def task(
    number: int, types: list[str], actions: list[str], *, holds: bool = True, site: str = "shopping", **rules: Any
) -> dict[str, Any]:
    """A task in WebArena's format, with what is done in the test."""
    return {
        "task_id": number,
        "sites": [site],
        "start_url": f"__{site.upper()}__" + ("" if site in ("shopping", "shopping_admin", "map") else "/in"),
        "storage_state": None if site == "map" else f"./.auth/{site}_state.json",
        "geolocation": None,
        "intent": f"Do {number}.",
        "eval": {"eval_types": types, "reference_answers": None, "reference_url": "", "program_html": []} | rules,
        "actions": actions,
        "holds": holds,
    }


TASKS = [
    task(0, ["string_match"], ["stop [5.00]"], reference_answers={"must_include": ["5.00"]}),
    task(1, ["string_match"], ["stop [6]"], reference_answers={"exact_match": "5"}, holds=False),
    task(
        2,
        ["url_match"],
        ["goto [http://onestopmarket.com/kettle.html]", "stop []"],
        reference_url="__SHOPPING__/kettle.html",
    ),
    task(3, ["url_match"], ["stop []"], reference_url="__SHOPPING__/kettle.html", holds=False),
    task(4, ["program_html"], ["stop []"], program_html=[MARKUP]),
    task(
        5,
        ["program_html"],
        ["goto [http://onestopmarket.com/kettle.html]", "click [Buy & pay]", "stop []"],
        program_html=[ORDER],
    ),
    task(
        6,
        ["program_html"],
        ["goto [http://reddit.com/f/books/4/a/-/comment/7]", "stop []"],
        program_html=[POST],
        site="reddit",
    ),
    task(7, ["program_html"], ["stop []"], program_html=[ROLE], site="gitlab"),
    task(8, ["program_html"], ["stop []"], program_html=[AUTHOR, RATING]),
    task(9, ["program_html"], ["stop []"], program_html=[MISSING], holds=False),
    task(
        10,
        ["url_match", "program_html"],
        ["stop []"],
        program_html=[MARKUP],
        reference_url="__SHOPPING__/in",
        holds=False,
    ),
    task(11, ["string_match"], ["stop [14min]"], reference_answers={"must_include": ["14min"]}, site="map"),
    task(12, ["string_match"], ["stop [emma]"], reference_answers={"must_include": ["emma"]}, site="shopping_admin"),
    task(13, ["string_match"], ["stop [x]"], reference_answers={"fuzzy_match": ["x"]}),
    task(14, ["string_match"], ["stop [x]"], reference_answers={"exact_match": "x"}, site="wikipedia"),
]


@pytest.fixture(scope="module")
def source(addresses: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> EnvironmentSource:
    folder = tmp_path_factory.mktemp("official")
    (folder / "tasks.json").write_text(json.dumps(TASKS))
    known = {site: {"username": "emma@post.test", "password": f"pass of {site}"} for site in addresses if site != "map"}
    (folder / "accounts.json").write_text(json.dumps(known))
    return resolve_environment(
        "webarena",
        {
            "tasks": "webarena",
            "file": str(folder / "tasks.json"),
            "accounts": str(folder / "accounts.json"),
            "addresses": addresses,
            "seconds": 30,
        },
    )


@pytest.fixture(scope="module")
def browser(source: EnvironmentSource) -> Iterator[Host]:
    with WebArenaEnvironment.engine(source.config) as opened:
        yield opened


def played(instance: GuardedEnvironment, number: int, actions: list[str]) -> Step:
    """The last step of actions; `click [NAME]` is for the button of that name."""
    grammar = Grammar(instance.source.description.actions)
    step = instance.reset(ResetRequest(task=f"webarena_{number}", seed=0)).step
    for text in actions:
        if text.startswith("click ["):
            number = next(
                each.id
                for each in instance.environment._tabs.tree.elements.values()
                if each.name == text[7:-1]  # type: ignore[attr-defined]
            )
            text = f"click [{number}]"
        step = instance.step(grammar.action(text)).step
    return step


@pytest.mark.parametrize("record", TASKS[:13], ids=lambda record: str(record["task_id"]))
def test_each_evaluator_says_what_was_done(record: dict[str, Any], source: EnvironmentSource, browser: Host) -> None:
    with GuardedEnvironment(source, browser) as instance:
        step = played(instance, record["task_id"], record["actions"])
    assert (step.score, step.success, step.terminated) == (float(record["holds"]), record["holds"], True)


def test_the_agent_is_signed_in_and_reads_public_names(source: EnvironmentSource, browser: Host) -> None:
    with GuardedEnvironment(source, browser) as instance:
        seen = played(instance, 0, []).observation
        assert "Welcome, emma!" in seen
        assert "http://onestopmarket.com/kettle.html" in seen
        assert "127.0.0.1" not in seen
        assert "Signed in as emma" in played(instance, 12, []).observation


def test_redirects_to_elsewhere_are_refused(source: EnvironmentSource, browser: Host) -> None:
    with GuardedEnvironment(source, browser) as instance:
        assert "There is no site '127.0.0.1:59997' here." in played(instance, 0, [LEAVE]).observation


def test_a_task_that_needs_a_judge_is_refused_where_there_is_none(source: EnvironmentSource, browser: Host) -> None:
    with (
        GuardedEnvironment(source, browser) as instance,
        pytest.raises(AgentGymError, match="a model judges the answer"),
    ):
        played(instance, 13, [])


def test_a_site_that_is_not_configured_is_told(source: EnvironmentSource, browser: Host) -> None:
    with GuardedEnvironment(source, browser) as instance, pytest.raises(AgentGymError, match="'wikipedia'"):
        played(instance, 14, [])


def test_an_account_that_is_not_known_or_not_taken_is_told(
    source: EnvironmentSource, browser: Host, tmp_path: Path
) -> None:
    path = tmp_path / "accounts.json"
    for table, words in (
        ({}, "no name and password"),
        ({"shopping": {"username": "emma@post.test", "password": "s3cret"}}, "did not take"),
    ):
        path.write_text(json.dumps(table))
        other = resolve_environment("webarena", source.config.model_dump(mode="json") | {"accounts": str(path)})
        with GuardedEnvironment(other, browser) as instance, pytest.raises(AgentGymError, match=words) as caught:
            played(instance, 0, [])
        assert "s3cret" not in str(caught.value)


def test_a_site_that_is_down_is_a_fault_and_others_go_on(
    source: EnvironmentSource, browser: Host, addresses: dict[str, str], serve: Callable[[Flask], str]
) -> None:
    down = resolve_environment(
        "webarena", source.config.model_dump(mode="json") | {"addresses": addresses | {"map": "http://127.0.0.1:59998"}}
    )
    with down.cls.engine(down.config) as there, GuardedEnvironment(down, there) as instance:
        with pytest.raises(InfrastructureFault, match="does not answer"):
            played(instance, 11, [])
        with pytest.raises(InfrastructureFault, match="does not answer"):
            played(instance, 0, ["goto [http://openstreetmap.org/]"])
        assert played(instance, 0, ["stop [5.00]"]).score == 1.0


@pytest.mark.filterwarnings("ignore:Transitional processing:DeprecationWarning")
@pytest.mark.skipif(find_spec(files.PACKAGE) is None, reason=f"webarena-verified is not installed ({files.HINT})")
def test_webarena_verified_judges_answers_and_requests(source: EnvironmentSource, tmp_path: Path) -> None:
    def verified(number: int, kind: str, *more: Any, data: Any = None) -> dict[str, Any]:
        said = {
            "evaluator": "AgentResponseEvaluator",
            "results_schema": {"type": "array", "items": {"type": "number"}} if data else {"type": "null"},
            "expected": {"task_type": kind, "status": "SUCCESS", "retrieved_data": data},
        }
        return {
            "task_id": number,
            "sites": ["shopping"],
            "intent_template_id": number,
            "start_urls": ["__SHOPPING__"],
            "intent": f"Do {number}.",
            "intent_template": "Do {{n}}.",
            "instantiation_dict": {"n": number},
            "revision": 1,
            "eval": [said, *more],
        }

    bought = {
        "evaluator": "NetworkEventEvaluator",
        "expected": {"url": "__SHOPPING__/buy", "http_method": "POST", "response_status": 302},
    }
    path = tmp_path / "verified.json"
    path.write_text(
        json.dumps([verified(0, "retrieve", data=[5]), verified(1, "mutate", bought), verified(2, "retrieve")])
    )
    table = source.config.model_dump(mode="json") | {"tasks": "webarena-verified", "file": str(path)}
    other = resolve_environment("webarena", table)
    said = {"task_type": "RETRIEVE", "status": "SUCCESS", "retrieved_data": [5], "error_details": None}
    right, wrong = json.dumps(said), json.dumps(said | {"retrieved_data": [6]})
    done = '{"task_type": "MUTATE", "status": "SUCCESS", "retrieved_data": null, "error_details": null}'
    buy = ["goto [http://onestopmarket.com/kettle.html]", "click [Buy & pay]"]
    with other.cls.engine(other.config) as there, GuardedEnvironment(other, there) as instance:
        assert "one JSON object" in other.description.instruction
        assert played(instance, 0, [f"stop [{right}]"]).score == 1.0
        for answer in (wrong, "5", "", '{"task_type": 5, "status": 6}'):
            assert played(instance, 0, [f"stop [{answer}]"]).score == 0.0
        assert played(instance, 1, [*buy, f"stop [{done}]"]).score == 1.0
        assert played(instance, 1, [f"stop [{done}]"]).score == 0.0
        # The package's evaluator fails on data where none are expected: that is the answer's, and no fault.
        assert played(instance, 2, [f"stop [{right}]"]).score == 0.0


def test_what_the_configuration_lacks_is_told_before_anything_starts() -> None:
    with pytest.raises(ConfigError, match="no address"):
        resolve_environment("webarena", {"tasks": "webarena", "addresses": {"map": "127.0.0.1"}})
