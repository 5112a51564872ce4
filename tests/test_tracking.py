"""What TensorBoard reads back is what ``scalars.csv`` holds."""

import csv

import numpy as np
import pytest

from mlsearch import plots
from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig
from mlsearch.learning.training import Trainer
from mlsearch.runs.tracking import FOLDER, EventLog

accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
writers = pytest.importorskip("tensorboard.summary.writer.event_file_writer")

CONFIG = replaced(
    RunConfig(method="contrastive"),
    {
        "data.num_trajectories": 50,
        "training.steps": 40,
        "training.log_every": 5,
        "training.evaluate_every": 20,
        "training.checkpoint_every": 10,
    },
)


def read_back(run):
    events = accumulators.EventAccumulator(str(run / FOLDER))
    events.Reload()
    return events


def logged_and_written(run, name):
    """(step, value) pairs of one scalar, from the event files and from scalars.csv."""
    logged = [(e.step, e.value) for e in read_back(run).Scalars(name.replace(".", "/"))]
    with (run / "scalars.csv").open(newline="") as file:
        rows = [(int(r["step"]), float(r[name])) for r in csv.DictReader(file) if r[name]]
    return logged, rows


@pytest.mark.parametrize("name", ["loss", "validation.accuracy"])
def test_events_hold_the_scalars(tmp_path, name) -> None:
    Trainer(CONFIG, tmp_path / "run", evaluate=lambda model: {"accuracy": 0.25}).run()
    logged, rows = logged_and_written(tmp_path / "run", name)
    assert len(rows) == (8 if name == "loss" else 2)
    np.testing.assert_allclose(logged, rows, rtol=1e-6)


def test_a_resumed_run_logs_every_step_once(tmp_path) -> None:
    trainer = Trainer(CONFIG, tmp_path / "run")

    def fail(step, row) -> None:
        if step == 25:
            raise RuntimeError("stop here")

    trainer.progress = fail
    with pytest.raises(RuntimeError, match="stop here"):
        trainer.run()
    trainer.record.events.scalars(30, {"loss": -1.0})  # logged, but lost before it was saved
    trainer.record.events.close()
    Trainer.resume(tmp_path / "run").run()
    logged, rows = logged_and_written(tmp_path / "run", "loss")
    assert [step for step, _ in rows] == list(range(5, 45, 5))
    np.testing.assert_allclose(logged, rows, rtol=1e-6)


@pytest.mark.parametrize("count", range(8, 11))
def test_files_are_read_in_the_order_they_were_made(tmp_path, monkeypatch, count) -> None:
    """The tenth of a process too, though its name sorts before that of the ninth."""
    monkeypatch.setattr(writers, "_global_uid", writers.AtomicCounter(count))
    for step, purge_step in ((5, None), (6, 6)):
        events = EventLog(tmp_path, purge_step)
        events.scalars(step, {"loss": float(step)})
        events.close()
    assert [event.step for event in read_back(tmp_path).Scalars("loss")] == [5, 6]


def test_figures_are_logged(tmp_path) -> None:
    events = EventLog(tmp_path)
    events.figure(
        "training",
        plots.training_curves({"a": [{"step": 1, "loss": 1.0}, {"step": 2, "loss": 0.5}]}),
    )
    events.close()
    assert read_back(tmp_path).Tags()["images"] == ["training"]


def test_without_tensorboard_nothing_is_written(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("mlsearch.runs.tracking.find_spec", lambda name: None)
    Trainer(CONFIG, tmp_path / "run").run()
    assert not (tmp_path / "run" / FOLDER).exists()
