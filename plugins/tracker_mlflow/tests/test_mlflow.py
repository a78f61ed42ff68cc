from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import ConfigError
from agentgym_core.registry import make
from agentgym_tracker.conformance import Kept, TrackerConformance

tracking = pytest.importorskip("mlflow.tracking", reason="mlflow is not installed: make setup-learn")

# MLflow 3 asks SQLAlchemy 2.1 for what that one deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without runs: MLflow makes its tables by one migration after the other, which takes seconds."""
    file = tmp_path_factory.mktemp("mlflow") / "empty.db"
    tracking.MlflowClient(tracking_uri=f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    # alembic sets the levels of loggers, once for the whole process.
    yield
    logging.getLogger("agentgym").setLevel(logging.NOTSET)


def client_of(folder: Path) -> Any:
    return tracking.MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")


class TestMlflow(TrackerConformance):
    tracker = "mlflow"

    @pytest.fixture(autouse=True)
    def made(self, tmp_path: Path, tables: Path) -> None:
        shutil.copy(tables, tmp_path / "mlflow.db")

    def config(self, folder: Path) -> Mapping[str, Any]:
        return {"uri": f"sqlite:///{folder / 'mlflow.db'}"}

    def read(self, folder: Path, run: str) -> Kept:
        client = client_of(folder)
        experiment = client.get_experiment_by_name("agentgym")
        (found,) = client.search_runs([experiment.experiment_id], f"attributes.run_name = '{run}'")
        metrics = {
            name: sorted((item.step, item.value) for item in client.get_metric_history(found.info.run_id, name))
            for name in found.data.metrics
        }
        return Kept(metrics, found.data.params, found.info.status.lower())

    def sabotage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*arguments: Any, **more: Any) -> None:
            raise OSError("no space left")

        monkeypatch.setattr("mlflow.tracking.MlflowClient", full)

    def test_nothing_of_the_user_or_the_machine_goes_with_it(self, tmp_path: Path) -> None:
        self.collect(tmp_path, 1)
        client = client_of(tmp_path)
        (found,) = client.search_runs([client.get_experiment_by_name("agentgym").experiment_id])
        assert set(found.data.tags) == {"agentgym.run", "agentgym.kind", "agentgym.folder", "mlflow.runName"}


def test_a_setting_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="url"):
        make("extension", "observer.mlflow", {"url": "sqlite:///x.db"})
