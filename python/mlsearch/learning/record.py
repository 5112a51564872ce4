"""What a training run keeps in its folder, and its lock."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from mlsearch.base.errors import CheckpointError
from mlsearch.base.plugins import find
from mlsearch.base.settings import dotted, to_dict
from mlsearch.config import RunConfig
from mlsearch.learning import processes
from mlsearch.learning.steps import Learner
from mlsearch.runs import checkpoint, finished
from mlsearch.runs.lock import RunLock
from mlsearch.runs.scalars import write_scalars
from mlsearch.runs.tracking import TENSORBOARD, TRACKERS, Tracker


class RunRecord:
    """The run folder of a training: config, log, weights and what it needs to resume.

    Of several processes, the first one writes and locks.

    Args:
        folder: the run folder.
        trackers: names of ``TRACKERS``: where numbers are logged besides.

    Attributes:
        rows: what was logged, one row for each logged step.
        seconds: spent on steps.
        trackers: those in use, while the run is trained.
    """

    def __init__(self, folder: Path, trackers: Sequence[str] = (TENSORBOARD,)) -> None:
        self.folder = folder
        self._named = {name: find(TRACKERS, name, "tracker", "trackers") for name in trackers}
        self.trackers: list[Tracker] = []
        self.rows: list[dict[str, float]] = []
        self.seconds = 0.0
        self._lock: RunLock | None = None  # until the run ends

    def check_unused(self) -> None:
        """Raises CheckpointError if the folder holds a run already."""
        if finished.exists(self.folder):
            raise CheckpointError(f"{self.folder}: holds a run already; resume it or name another")

    def begin(self, config: RunConfig) -> None:
        """Makes and locks the folder and writes the config.

        Raises:
            CheckpointError: the folder holds a run already.
            OSError: it cannot be written.
        """
        processes.wait_for_all()
        if processes.is_first():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = RunLock(self.folder)
            self.check_unused()  # by a process that was quicker
            checkpoint.write_config(self.folder, config)
            self._track(config, step=0)

    def _track(self, config: RunConfig, step: int) -> None:
        settings = dotted(to_dict(config))
        try:
            self.trackers = [make(self.folder, settings, step) for make in self._named.values()]
        except BaseException:
            self.release()
            raise

    def resume(self, learner: Learner) -> int:
        """Locks the folder and gives a learner what was saved; returns the step of that.

        Raises:
            CheckpointError: the state is damaged, or another process trains in the folder.
        """
        if processes.is_first():
            self._lock = RunLock(self.folder)
        try:
            step = self._load(learner) if self._state.exists() else 0
        except BaseException:
            self.release()
            raise
        if processes.is_first():
            self._track(learner.config, step)
        return step

    def lengthen(self, config: RunConfig, step: int) -> None:
        """Writes the config of a run that is to take another number of steps.

        Raises:
            ValueError: the run has taken more already.
        """
        if config.training.steps < step:
            self.release()
            raise ValueError(
                f"steps: expected at least the {step} that {self.folder} has taken, "
                f"got {config.training.steps}"
            )
        if processes.is_first():
            checkpoint.write_config(self.folder, config)

    def close_trackers(self) -> None:
        """Ends what is logged elsewhere."""
        for tracker in self.trackers:
            tracker.close()

    def release(self) -> None:
        """Lets others train in the folder."""
        if self._lock:
            self._lock.release()

    def log(
        self, step: int, values: Mapping[str, float], also: Mapping[str, float] | None = None
    ) -> Mapping[str, float]:
        """Adds values to the row of a step, and returns the row.

        Args:
            step: number of steps taken.
            values: what to add.
            also: what trackers are told besides.
        """
        if not self.rows or self.rows[-1]["step"] != step:
            self.rows.append({"step": step, "seconds": round(self.seconds, 3)})
        self.rows[-1].update(values)
        for tracker in self.trackers:
            tracker.scalars(step, {**values, **(also or {})})
        return self.rows[-1]

    def save(self, learner: Learner, step: int) -> None:
        """Writes ``scalars.csv``, the weights, and all that is needed to resume."""
        if not processes.is_first():
            return
        self._state.parent.mkdir(exist_ok=True)
        write_scalars(self.folder / "scalars.csv", self.rows)
        checkpoint.save_model(self.folder, learner.deployed())
        tensors = {**learner.tensors(), "random": torch.get_rng_state()}
        notes = {"step": step, "seconds": self.seconds, "rows": self.rows}
        checkpoint.save_tensors(self._state, tensors, {"notes": json.dumps(notes)})

    @property
    def _state(self) -> Path:
        return self.folder / "training_state" / "last.safetensors"

    def _load(self, learner: Learner) -> int:
        tensors, metadata = checkpoint.load_tensors(self._state)
        learner.load(tensors, self._state)
        try:
            notes = json.loads(metadata["notes"])
            step, self.seconds = operator.index(notes["step"]), float(notes["seconds"])
            self.rows = [dict(row) for row in notes["rows"]]
            torch.set_rng_state(tensors["random"])
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"{self._state}: damaged ({error})") from error
        return step
