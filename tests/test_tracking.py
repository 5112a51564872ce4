"""What trackers are told, and what TensorBoard reads back, is what ``scalars.csv`` holds."""

import csv
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from mlsearch import plots
from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig
from mlsearch.learning.training import Trainer
from mlsearch.runs.tracking import TENSORBOARD, TRACKERS, EventLog

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
    events = accumulators.EventAccumulator(str(run / TENSORBOARD))
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
    [events] = trainer.record.trackers
    events.scalars(30, {"loss": -1.0})  # logged, but lost before it was saved
    events.close()
    Trainer.resume(tmp_path / "run").run()
    logged, rows = logged_and_written(tmp_path / "run", "loss")
    assert [step for step, _ in rows] == list(range(5, 45, 5))
    np.testing.assert_allclose(logged, rows, rtol=1e-6)


@pytest.mark.parametrize("count", range(8, 11))
def test_files_are_read_in_the_order_they_were_made(tmp_path, monkeypatch, count) -> None:
    """The tenth of a process too, though its name sorts before that of the ninth."""
    monkeypatch.setattr(writers, "_global_uid", writers.AtomicCounter(count))
    for step, last_step in ((5, 0), (6, 5)):
        events = EventLog(tmp_path, step=last_step)
        events.scalars(step, {"loss": float(step)})
        events.close()
    assert [event.step for event in read_back(tmp_path).Scalars("loss")] == [5, 6]


def test_events_hold_the_hyperparameters_and_the_learning_rate(tmp_path) -> None:
    config = replaced(CONFIG, {"training.schedule": "cosine", "training.learning_rate": 0.01})
    Trainer(config, tmp_path / "run").run()
    events = read_back(tmp_path / "run")
    rates = [event.value for event in events.Scalars("learning_rate")]
    assert len(rates) == 8
    assert 0 < rates[-1] < rates[0] <= 0.01
    plugin = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    assert all(name in plugin for name in (b"training.learning_rate", b"model.hidden", b"method"))


class Recorded:
    """A tracker that remembers what it was told, in the order of the calls."""

    def __init__(self, run, settings, step=0):
        self.begun, self.seen, self.closed = (run, settings, step), [], 0

    def scalars(self, step, values):
        self.seen.append((step, dict(values)))

    def close(self):
        self.closed += 1


def test_a_tracker_of_your_own(tmp_path, monkeypatch) -> None:
    made = []
    monkeypatch.setitem(TRACKERS, "mine", lambda *given: made.append(Recorded(*given)) or made[-1])
    Trainer(CONFIG, tmp_path / "run", trackers=["mine"]).run()
    longer = Trainer.resume(tmp_path / "run", 45, trackers=["mine"])
    longer.run()
    assert not (tmp_path / "run" / TENSORBOARD).exists()
    first, second = made
    assert first.begun[0] == second.begun[0] == tmp_path / "run"
    assert first.begun[1]["training.steps"] == 40
    assert (first.begun[2], second.begun[2]) == (0, 40)
    assert (first.closed, second.closed) == (1, 1)
    assert [step for step, _ in first.seen + second.seen] == list(range(5, 50, 5))
    for (step, told), row in zip(first.seen + second.seen, longer.rows, strict=True):
        rate = told.pop("learning_rate")
        assert rate == CONFIG.training.learning_rate
        assert {"step": step, "seconds": row["seconds"], **told} == row


def test_an_unknown_tracker_is_refused_before_the_run(tmp_path) -> None:
    with pytest.raises(
        ValueError, match="trackers: unknown tracker 'wandbb'; did you mean 'wandb'"
    ):
        Trainer(CONFIG, tmp_path / "run", trackers=["wandbb"])
    assert not (tmp_path / "run").exists()


def test_a_tracker_that_is_not_installed_leaves_the_run_free(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ImportError):
        Trainer(CONFIG, tmp_path / "run", trackers=["wandb"])
    Trainer.resume(tmp_path / "run").run()  # it is not locked


class Wandb:
    """The calls of wandb that the tracker makes, and what they were given."""

    def __init__(self):
        self.inits, self.logged, self.finished = [], [], 0

    def init(self, *, project, name, id, resume, config):
        self.inits.append({"project": project, "name": name, "id": id, "resume": resume, **config})
        return self

    def log(self, values, *, step):
        self.logged.append((step, values["loss"]))

    def finish(self):
        self.finished += 1


def test_wandb_gets_one_run_that_goes_on(tmp_path, monkeypatch) -> None:
    wandb = Wandb()
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    monkeypatch.delenv("WANDB_PROJECT", raising=False)
    Trainer(CONFIG, tmp_path / "run", trackers=["wandb"]).run()
    Trainer.resume(tmp_path / "run", 45, trackers=["wandb"]).run()
    first, second = wandb.inits
    assert (first["project"], first["name"], first["method"]) == ("mlsearch", "run", "contrastive")
    assert first["id"] == second["id"]
    assert (first["resume"], second["resume"]) == (None, "allow")
    assert [step for step, _ in wandb.logged] == list(range(5, 50, 5))
    assert wandb.finished == 2


class Mlflow:
    """The calls of mlflow that the tracker makes, and what they were given."""

    def __init__(self):
        self.experiments, self.begun, self.params, self.logged, self.ended = [], [], [], [], 0

    def set_experiment(self, name):
        self.experiments.append(name)

    def start_run(self, *, run_id, run_name):
        self.begun.append(run_id)
        return SimpleNamespace(info=SimpleNamespace(run_id=run_id or "an id"))

    def log_params(self, params):
        self.params.append(params)

    def log_metrics(self, values, *, step):
        self.logged.append((step, values["loss"]))

    def end_run(self):
        self.ended += 1


def test_mlflow_gets_one_run_that_goes_on(tmp_path, monkeypatch) -> None:
    mlflow = Mlflow()
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    Trainer(CONFIG, tmp_path / "run", trackers=["mlflow"]).run()
    Trainer.resume(tmp_path / "run", 45, trackers=["mlflow"]).run()
    assert mlflow.experiments == ["mlsearch", "mlsearch"]
    assert mlflow.begun == [None, "an id"]
    assert [params["training.steps"] for params in mlflow.params] == [40]
    assert [step for step, _ in mlflow.logged] == list(range(5, 50, 5))
    assert mlflow.ended == 2


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
    assert not (tmp_path / "run" / TENSORBOARD).exists()
