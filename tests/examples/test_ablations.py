"""The variants of the ablations: every one is a valid change of the file, and differs from what it is paired with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agentgym_core.pipeline import read

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def ablations() -> Iterator[ModuleType]:
    for name in ("torch", "agentgym_algo_bc", "agentgym_algo_agentevol", "agentgym_policy_transformers"):
        pytest.importorskip(name, reason=f"the ablations need {name}: make setup-learn")
    sys.path.insert(0, str(EXAMPLES))
    import ablations

    yield ablations
    sys.path.remove(str(EXAMPLES))


def test_every_variant_is_a_valid_file_of_its_own(ablations: ModuleType) -> None:
    found: dict[str, Any] = {}
    for variant in ablations.VARIANTS:
        settings = read(ablations.FILE, (*ablations.STARTS[variant.start], *variant.changes))
        found[variant.name] = settings.model_dump(mode="json")
    for variant in ablations.VARIANTS:
        if variant.against:
            assert found[variant.name] != found[variant.against]
            assert found[variant.name]["tasks"]["held_out"] == found[variant.against]["tasks"]["held_out"]
    assert len({variant.name for variant in ablations.VARIANTS}) == len(ablations.VARIANTS)


def test_every_variant_is_a_set_up_that_its_algorithm_takes(ablations: ModuleType) -> None:
    from agentgym_core.registry import configure, lookup

    for variant in ablations.VARIANTS:
        made = read(ablations.FILE, (*ablations.STARTS[variant.start], *variant.changes))
        (stage,) = (each for each in made.stages if each.name == "evolve")
        config = dict(stage.config)
        configure("algorithm", lookup("algorithm", "agentevol"), config)
        learner = {**config["learner_config"], **config.get("learner_config_evolution", {})}
        configure("algorithm", lookup("algorithm", config.get("learner", "bc")), learner)


def test_the_table_pairs_rows_over_the_seeds_that_both_have(ablations: ModuleType, tmp_path: Path) -> None:
    import _study

    from agentgym_algo_agentevol.kept import KeptRow
    from agentgym_core.evaluation.rows import row
    from agentgym_core.types import EpisodeKey, Outcome, Trajectory

    def keep(name: str, seed: int, wins: int) -> None:
        episodes = []
        for number in range(20):
            key = EpisodeKey("maze-v1", "", f"t{number}", 0)
            outcome = Outcome.SOLVED if number < wins else Outcome.FAILED
            episodes.append(
                row(Trajectory(key.digest, key, "eval", outcome, score=float(number < wins), success=number < wins))
            )
        studies[name].keep(seed, [KeptRow(name, tuple(episodes))], {}, name)

    variants = ablations._chosen("k-1")
    studies = {name: _study.Study(tmp_path, "this") for name in ("start-all", "reference", "k-1")}
    assert list(ablations._table(studies, variants, (1, 2, 3))) == ["Nothing is done yet."]
    for seed, (start, reference, k) in enumerate([(3, 8, 9), (4, 9, 12), (5, 8, 8)], 1):
        keep("start-all", seed, start)
        keep("reference", seed, reference)
        if seed < 3:
            keep("k-1", seed, k)
    table = list(ablations._table(studies, variants, (1, 2, 3)))
    rows = {cells[1].strip(): cells for cells in (line.split("|") for line in table[2:])}
    assert rows["reference"][3].strip() == "3"
    assert "against start-all, 3 seeds" in rows["reference"][-2]
    assert "+10.0" in rows["k-1"][-2]
    assert "against reference, 2 seeds" in rows["k-1"][-2]


def test_a_variant_is_chosen_with_what_it_is_paired_with(ablations: ModuleType) -> None:
    chosen = [variant.name for variant in ablations._chosen("merge-previous")]
    assert chosen == ["reference", "merge-initial", "merge-previous"]
    with pytest.raises(SystemExit, match="no variant nonsense; there are: reference"):
        ablations._chosen("nonsense")
