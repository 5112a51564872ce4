"""Trackers of other projects, each in the few calls that it takes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlsearch.base.files import replacing


class WandbTracker:
    """A run of Weights & Biases in the project ``mlsearch`` (or that of ``WANDB_PROJECT``).

    A run that goes on after a stop goes on there too: its id follows from the path of the folder.

    Args:
        run: the run folder.
        settings: its config by dotted names.
        step: the step that it goes on from, 0 for a new run.

    Raises:
        ImportError: ``wandb`` is not installed; ``pip install "mlsearch[wandb]"``.
    """

    def __init__(self, run: Path, settings: Mapping[str, Any], step: int = 0) -> None:
        import wandb

        self._run = wandb.init(
            project=None if os.environ.get("WANDB_PROJECT") else "mlsearch",
            name=run.name,
            id=sha256(str(run.resolve()).encode()).hexdigest()[:16],
            resume="allow" if step else None,
            config=dict(settings),
        )

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """As of :class:`~mlsearch.runs.tracking.Tracker`."""
        self._run.log(dict(values), step=step)

    def close(self) -> None:
        """As of :class:`~mlsearch.runs.tracking.Tracker`."""
        self._run.finish()


class MlflowTracker:
    """A run of MLflow in the experiment ``mlsearch`` (or that of ``MLFLOW_EXPERIMENT_NAME``).

    Its id is kept in ``RUN/mlflow_run_id``, so that a run that goes on after a stop goes on there.

    Args:
        run: the run folder.
        settings: its config by dotted names.
        step: the step that it goes on from, 0 for a new run.

    Raises:
        ImportError: ``mlflow`` is not installed; ``pip install "mlsearch[mlflow]"``.
    """

    def __init__(self, run: Path, settings: Mapping[str, Any], step: int = 0) -> None:
        import mlflow

        if not os.environ.get("MLFLOW_EXPERIMENT_NAME"):
            mlflow.set_experiment("mlsearch")
        known = run / "mlflow_run_id"
        is_known = step > 0 and known.exists()
        self._mlflow = mlflow
        started = mlflow.start_run(
            run_id=known.read_text(encoding="utf-8") if is_known else None, run_name=run.name
        )
        if is_known:
            return
        mlflow.log_params(dict(settings))
        with replacing(known) as file:
            file.write_text(started.info.run_id, encoding="utf-8")

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """As of :class:`~mlsearch.runs.tracking.Tracker`."""
        self._mlflow.log_metrics(dict(values), step=step)

    def close(self) -> None:
        """As of :class:`~mlsearch.runs.tracking.Tracker`."""
        self._mlflow.end_run()
